#include "tests/app/command.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace thalweg::app_test {
namespace {

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "thalweg-app-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ + "/" + name) << text;
}

std::vector<std::string> Folder::files() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(".captured")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Process::Process(const Folder& folder, const std::vector<std::string>& arguments, const std::string& out) {
  static int count = 0;
  out_ = out.empty() ? folder / (".captured-out-" + std::to_string(++count)) : out;
  err_ = folder / (".captured-err-" + std::to_string(++count));
  std::vector<char*> argv{const_cast<char*>(THALWEG_BINARY)};
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    const int to_out = open(out_.c_str(), O_WRONLY | O_CREAT, 0600),
              to_err = open(err_.c_str(), O_WRONLY | O_CREAT, 0600);
    dup2(to_out, 1);
    dup2(to_err, 2);
    if (chdir(folder.path().c_str()) != 0) _exit(97);
    execv(argv[0], argv.data());
    _exit(98);
  }
}

void Process::send(int signal) const { kill(pid_, signal); }

bool Process::running() {
  if (!done_) done_ = waitpid(pid_, &status_, WNOHANG) == pid_;
  return !done_;
}

Result Process::wait() {
  if (!done_) waitpid(pid_, &status_, 0);
  done_ = true;
  const bool device = out_.starts_with("/dev/");  // reading /dev/full would never end
  return {exit_status(status_), device ? "" : read(out_), read(err_)};
}

Result run(const Folder& folder, const std::vector<std::string>& arguments) {
  return Process(folder, arguments).wait();
}

}  // namespace thalweg::app_test
