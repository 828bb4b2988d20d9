#include "thalweg/stan/unit_cache.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

namespace thalweg::stan {
namespace fs = std::filesystem;
namespace {

std::string first_lines(const std::string& path, int most) {
  std::ifstream in(path);
  std::string text;
  int n = 0;
  for (std::string line; n < most && std::getline(in, line); ++n) text += "\n  " + line;
  return text;
}

/// Files that go away again unless kept.
class Leftovers {
 public:
  explicit Leftovers(std::vector<std::string> paths) : paths_(std::move(paths)) {}
  ~Leftovers() {
    std::error_code ignored;
    for (const auto& path : paths_) fs::remove(path, ignored);
  }
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;
  void keep() { paths_.clear(); }

 private:
  std::vector<std::string> paths_;
};

void rename_into_place(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail("cannot rename {} to {}: {}", from, to, error.message());
}

}  // namespace

bool compile_unit(const Toolchain& toolchain, const CompileOptions& options, const std::string& unit,
                  const std::string& base) {
  const std::string object = base + ".so";
  if (fs::exists(object)) return true;
  static std::atomic<int> serial{0};
  const std::string own = fmt::format("{}.{}.{}", base, getpid(), serial++), cpp = own + ".cpp", so = own + ".so",
                    log = own + ".log";
  Leftovers leftovers({cpp, so, log});
  write_cached(cpp, unit);
  std::vector<std::string> command{toolchain.compiler};
  command.insert(command.end(), toolchain.flags.begin(), toolchain.flags.end());
  command.insert(command.end(), {"-I" + toolchain.headers, "-o", so, cpp});
  int status = run_program(command, log, options.keep_going);
  // g++ 12 dies in its vectoriser over some very long blocks; the bits don't depend on the level
  if (status > 0 && first_lines(log, 12).find("internal compiler error") != std::string::npos) {
    std::replace(command.begin(), command.end(), std::string("-O2"), std::string("-O1"));
    status = run_program(command, log, options.keep_going);
  }
  if (status != 0) {
    const std::string words = first_lines(log, 12);
    if (options.keep_going && !options.keep_going()) fail("the compilation was interrupted");
    const auto says = [&](const char* text) { return words.find(text) != words.npos; };
    if (status < 0 || says("No space left") || says("terminated program"))
      fail(
          "the C++ compiler {} did not finish: it was killed, or memory or disk (of {} or of TMPDIR) ran out; free "
          "some, or set THALWEG_CACHE and TMPDIR to other folders{}",
          toolchain.compiler, toolchain.cache, words);
    std::error_code ignored;
    fs::remove(so, ignored);
    leftovers.keep();  // for the report
    throw DoesNotCompile(fmt::format(
        "the C++ that thalweg wrote for this program does not compile (status {}): a bug of thalweg, please report it "
        "with the program. The unit is {}, the compiler's words are in {}:{}",
        status, cpp, log, words));
  }
  rename_into_place(cpp, base + ".cpp");
  rename_into_place(so, object);
  return false;
}

LoadedUnit load_unit(const std::string& object, const char* symbol) {
  void* handle = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const std::string why = dlerror();
    std::error_code ignored;
    fs::remove(object, ignored);  // a truncated object would fail for ever
    fail("cannot load the compiled program {}: {}. It was removed; run the command again to compile it anew", object,
         why);
  }
  std::shared_ptr<void> keep(handle, [](void* h) { dlclose(h); });
  void* const function = dlsym(handle, symbol);
  if (!function) fail("{} is not a compiled thalweg program: it has no {}", object, symbol);
  return {function, std::move(keep)};
}

std::string program_stem(const std::string& name) { return fs::path(name).stem().string(); }

std::string read_cached(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write_cached(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.flush();
  if (!out) fail("cannot write {}: the disk may be full; THALWEG_CACHE names another folder", path);
}

}  // namespace thalweg::stan
