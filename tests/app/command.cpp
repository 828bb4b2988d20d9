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

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// In the child: where a standard stream goes.
void direct(int stream, const std::string& to) {
  if (to == Process::closed) {
    close(stream);
  } else if (to == Process::broken_pipe) {
    int ends[2];
    if (pipe(ends) != 0) _exit(96);
    dup2(ends[1], stream);
    close(ends[0]);
    close(ends[1]);
  } else {
    dup2(open(to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), stream);
  }
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

std::string Folder::read(const std::string& name) const { return contents(*this / name); }

std::vector<std::string> Folder::files_in(const std::string& path) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(path, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(".captured")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Process::Process(const Folder& folder, const std::vector<std::string>& arguments, const Streams& streams) {
  static int count = 0;
  if (streams.out.empty()) out_ = folder / (".captured-out-" + std::to_string(++count));
  if (streams.err.empty()) err_ = folder / (".captured-err-" + std::to_string(++count));
  std::vector<char*> argv;
  for (const std::string& a : streams.launcher) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(const_cast<char*>(THALWEG_PROGRAM));
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    direct(1, out_.empty() ? streams.out : out_);
    direct(2, err_.empty() ? streams.err : err_);
    if (chdir(folder.path().c_str()) != 0) _exit(97);
    execv(argv[0], argv.data());
    _exit(98);
  }
}

std::string Process::errors_so_far() const { return contents(err_); }

void Process::send(int signal) const { kill(pid_, signal); }

bool Process::running() {
  if (!done_) done_ = waitpid(pid_, &status_, WNOHANG) == pid_;
  return !done_;
}

Result Process::wait() {
  if (!done_) waitpid(pid_, &status_, 0);
  done_ = true;
  return {exit_status(status_), out_.empty() ? "" : contents(out_), err_.empty() ? "" : contents(err_)};
}

Result run(const Folder& folder, const std::vector<std::string>& arguments) {
  return Process(folder, arguments).wait();
}

}  // namespace thalweg::app_test
