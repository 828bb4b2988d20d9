#include "thalweg/stan/toolchain.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "thalweg/core/error.hpp"

extern char** environ;

namespace thalweg::stan {
namespace fs = std::filesystem;
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// An executable by name or path; empty when there is none.
std::string find_executable(const std::string& name) {
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0 ? fs::absolute(name).string() : "";
  std::istringstream path(environment("PATH"));
  for (std::string folder; std::getline(path, folder, ':');) {
    const std::string file = (folder.empty() ? "." : folder) + "/" + name;
    if (access(file.c_str(), X_OK) == 0 && !fs::is_directory(file)) return file;
  }
  return "";
}

std::string find_compiler(const CompileOptions& options) {
  std::string wanted = options.compiler.empty() ? environment("THALWEG_CXX") : options.compiler;
  if (!wanted.empty()) {
    if (std::string found = find_executable(wanted); !found.empty()) return found;
    fail("no C++ compiler at '{}' (from THALWEG_CXX or the options): set it to g++ 12 or later, or clang++ 14 or later",
         wanted);
  }
  for (const char* name : {"c++", "g++", "clang++"})
    if (std::string found = find_executable(name); !found.empty()) return found;
  fail(
      "no C++ compiler found: looked for c++, g++ and clang++ in PATH. A Stan program is compiled before it runs; "
      "install g++ (Debian: apt-get install g++) or set THALWEG_CXX");
}

bool has_runtime(const fs::path& folder) { return fs::exists(folder / "thalweg/stan/runtime.hpp"); }

std::string find_headers(const CompileOptions& options) {
  std::vector<fs::path> tried;
  if (!options.header_directory.empty()) tried.emplace_back(options.header_directory);
  if (const std::string set = environment("THALWEG_INCLUDE"); !set.empty()) tried.emplace_back(set);
  std::error_code ignored;
  const fs::path self = fs::read_symlink("/proc/self/exe", ignored);
  if (!self.empty()) tried.push_back(self.parent_path().parent_path() / "include");
  tried.emplace_back(THALWEG_BUILD_INCLUDE);
  tried.emplace_back(THALWEG_INSTALL_INCLUDE);
  for (const auto& folder : tried)
    if (has_runtime(folder)) return folder.string();
  std::string list;
  for (const auto& folder : tried) list += "\n  " + folder.string();
  fail(
      "thalweg's headers were not found (thalweg/stan/runtime.hpp): set THALWEG_INCLUDE to the folder that has them. "
      "Looked in:{}",
      list);
}

std::string find_cache(const CompileOptions& options) {
  fs::path folder = options.cache_directory;
  if (folder.empty()) folder = environment("THALWEG_CACHE");
  if (folder.empty())
    if (const std::string base = environment("XDG_CACHE_HOME"); !base.empty()) folder = fs::path(base) / "thalweg";
  if (folder.empty())
    if (const std::string home = environment("HOME"); !home.empty()) folder = fs::path(home) / ".cache" / "thalweg";
  if (folder.empty()) fail("no folder for compiled programs: set THALWEG_CACHE to one that can be written");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || access(folder.c_str(), W_OK) != 0)
    fail("the folder for compiled programs cannot be written: {} ({}). Set THALWEG_CACHE to one that can",
         folder.string(), error ? error.message() : std::strerror(errno));
  return folder.string();
}

std::string instruction_set(const CompileOptions& options) {
  if (!options.instruction_set.empty()) return options.instruction_set;
  if (const std::string set = environment("THALWEG_MARCH"); !set.empty()) return set;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd");
  if (v4) return "x86-64-v4";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "x86-64-v3";
#endif
  return "native";
}

void append_file(std::string& text, const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  text += path.filename().string() + '\n' + content.str() + '\n';
}

/// All headers that a unit may include, in order.
std::vector<fs::path> runtime_headers(const std::string& folder) {
  std::vector<fs::path> headers;
  for (const char* room : {"core", "autodiff", "density", "stan"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(folder) / "thalweg" / room))
      if (entry.path().extension() == ".hpp") headers.push_back(entry.path());
  std::sort(headers.begin(), headers.end());
  return headers;
}

/// Of the names and contents of the headers. To read a megabyte takes longer than a short run of a sampler, so that the
/// answer is kept in the cache folder, under the names, sizes and times of change of the files that it was read from.
std::string digest_of_headers(const Toolchain& t) {
  const std::vector<fs::path> headers = runtime_headers(t.headers);
  std::string state;
  for (const auto& header : headers) {
    struct stat info {};
    if (stat(header.c_str(), &info) != 0) fail("cannot read {}: {}", header.string(), std::strerror(errno));
    state += fmt::format("{} {} {} {} {}\n", header.string(), info.st_ino, info.st_size, info.st_mtim.tv_sec,
                         info.st_mtim.tv_nsec);
  }
  const fs::path kept = fs::path(t.cache) / ("headers-" + digest(state));
  std::string known;
  if (std::ifstream in(kept); std::getline(in, known) && known.size() == 32) return known;
  std::string text;
  for (const auto& header : headers) append_file(text, header);
  known = digest(text);
  const std::string own = fmt::format("{}.{}", kept.string(), getpid());
  std::ofstream(own) << known << '\n';
  std::error_code ignored;  // a cache that cannot be written costs time alone; the unit's own file says so
  fs::rename(own, kept, ignored);
  return known;
}

}  // namespace

Toolchain find_toolchain(const CompileOptions& options) {
  Toolchain t;
  t.compiler = find_compiler(options);
  t.headers = find_headers(options);
  t.cache = find_cache(options);
  t.flags = {"-std=c++20",
             "-O2",
             "-fPIC",
             "-shared",
             "-ffp-contract=off",
             "-fno-math-errno",
             "-fno-trapping-math",
             "-march=" + instruction_set(options),
             "-fvisibility=hidden",
             "-fvisibility-inlines-hidden",
             "-Wl,-Bsymbolic",
             "-w"};
#if defined(__x86_64__)
  t.flags.emplace_back("-mprefer-vector-width=512");
#endif
  return t;
}

std::string fingerprint(const Toolchain& t) {
  struct stat info {};
  const fs::path real = fs::canonical(t.compiler);
  stat(real.c_str(), &info);
  std::string text = fmt::format("{} {} {} {}\n", real.string(), info.st_size, info.st_mtime, THALWEG_VERSION);
  for (const auto& flag : t.flags) text += flag + ' ';
  return digest(text + digest_of_headers(t));
}

int run_program(const std::vector<std::string>& command, const std::string& output_file,
                const std::function<bool()>& keep_going) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawnattr_t attributes;  // a process group of its own: a compiler starts others, which must end with it
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t child = 0;
  const int error = posix_spawn(&child, command[0].c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail("cannot start {}: {}", command[0], std::strerror(error));
  int status = 0;
  for (pid_t ended = 0; ended == 0;) {
    ended = waitpid(child, &status, keep_going ? WNOHANG : 0);
    if (ended < 0 && errno == EINTR) ended = 0;
    if (ended != 0 || !keep_going) continue;
    if (!keep_going()) kill(-child, SIGTERM);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string digest(const std::string& text) {
  // FNV-1a over 64 bits, from two starting points
  std::uint64_t a = 0xcbf29ce484222325u, b = 0x84222325cbf29ce4u;
  for (const unsigned char c : text) {
    a = (a ^ c) * 0x100000001b3u;
    b = (b ^ c) * 0x10000000233u;
    b ^= b >> 29;
  }
  return fmt::format("{:016x}{:016x}", a, b);
}

}  // namespace thalweg::stan
