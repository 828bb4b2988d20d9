#include "thalweg/io/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <set>
#include <utility>

#include "thalweg/core/error.hpp"
#include "thalweg/io/files.hpp"

namespace thalweg {
namespace {

// Closing any descriptor of a file drops all POSIX locks that the process has on it, SQLite's among them. So a file
// that this process has locked is never opened a second time here: it is found in this list first.
using Identity = std::pair<unsigned long long, unsigned long long>;
std::mutex held_mutex;
std::set<Identity>& held() {
  static std::set<Identity> files;
  return files;
}

/// A lock on one byte, far behind the data and SQLite's own lock bytes (at 2^30), that belongs to the open file and not
/// to the process. False when somebody else has it.
bool try_lock(int file, const std::string& path) {
#if defined(F_OFD_SETLK)
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(std::int64_t{1} << 62);
  lock.l_len = 1;
  if (::fcntl(file, F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  if (errno != EINVAL) fail("{}: cannot be locked: {}", path, explain(errno));
#endif
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  fail("{}: cannot be locked: {}; keep the run file on a local disk", path, explain(errno));
}

[[noreturn]] void fail_in_use(const std::string& path) {
  fail("{}: another process is writing this run; wait until it ends, or stop it", path);
}

}  // namespace

RunLock::RunLock(const std::string& path) {
  const std::lock_guard guard(held_mutex);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail("{}: cannot be opened: {}", path, explain(errno));
  const Identity identity{status.st_dev, status.st_ino};
  if (held().contains(identity)) fail_in_use(path);
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) fail("{}: cannot be written: {}", path, explain(errno));
  bool locked = false;
  try {
    locked = try_lock(file, path);
  } catch (...) {
    ::close(file);
    throw;
  }
  if (!locked) {
    ::close(file);
    fail_in_use(path);
  }
  file_ = file;
  device_ = identity.first;
  inode_ = identity.second;
  held().insert(identity);
}

RunLock::~RunLock() {
  const std::lock_guard guard(held_mutex);
  held().erase({device_, inode_});
  ::close(file_);
}

bool RunLock::is_held(const std::string& path) {
  if (!file_exists(path)) return false;
  try {
    const RunLock probe(path);
    return false;
  } catch (const Error&) {
    return ::access(path.c_str(), W_OK) == 0;
  }
}

}  // namespace thalweg
