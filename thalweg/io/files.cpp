#include "thalweg/io/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 20;

}  // namespace

std::string read_text_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail("{}: cannot be opened: {}; check the path", path, std::strerror(errno));
  std::string text;
  struct stat status {};
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode))
    text.reserve(static_cast<std::size_t>(status.st_size) + 1);
  for (;;) {
    constexpr std::size_t step = std::size_t{1} << 20;
    const std::size_t size = text.size();
    text.resize(std::max(std::min(text.capacity(), size + step), size + 1));
    const ssize_t n = ::read(file, text.data() + size, text.size() - size);
    text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n > 0) continue;
    const int problem = errno;
    ::close(file);
    if (n < 0) fail("{}: cannot be read: {}", path, std::strerror(problem));
    return text;
  }
}

bool file_exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

bool is_folder(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

void sync_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  const int file = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

std::string explain(int error_number) {
  const std::string what = std::strerror(error_number);
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return what + "; free some space, or write to another place";
    case EFBIG:
      return what +
             "; the limit on file sizes (ulimit -f) or the file system's is reached: raise it, or write to "
             "another place";
    case EACCES:
    case EPERM:
    case EROFS:
      return what + "; check the permissions, or write to another place";
    case ENOENT:
    case ENOTDIR:
      return what + "; check that the folder exists";
    default:
      return what;
  }
}

void check_target(const std::string& path, bool overwrite) {
  if (is_folder(path)) fail("{}: is a folder; expected the name of a file to write", path);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!overwrite) fail("{}: exists already; choose another name, or allow overwriting", path);
  // A rename would put a file in the place of a device, or of the link and not of what it points to.
  if (S_ISLNK(status.st_mode)) fail("{}: is a symbolic link; give the name of the file it points to", path);
  if (!S_ISREG(status.st_mode)) fail("{}: is a device or a pipe; expected the name of a file to write", path);
}

bool is_same_file(const std::string& a, const std::string& b) {
  struct stat first {
  }, second{};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

void move_into_place(const std::string& from, const std::string& to, bool overwrite) {
  int status = -1;
#if defined(RENAME_NOREPLACE)
  if (!overwrite) {
    status = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
    if (status != 0 && errno == EEXIST) check_target(to, false);
  }
#endif
  if (status != 0) {  // overwriting, or a file system without RENAME_NOREPLACE
    check_target(to, overwrite);
    status = ::rename(from.c_str(), to.c_str());
  }
  if (status != 0) fail("{}: cannot be written: {}", to, explain(errno));
  sync_folder_of(to);
}

FileInWaiting::FileInWaiting(std::string path, bool overwrite)
    : path_(std::move(path)), part_(path_ + ".part"), overwrite_(overwrite) {
  check_target(path_, overwrite_);
  const int file = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) fail("{}: cannot be written: {}", path_, explain(errno));
  ::close(file);
}

FileInWaiting::~FileInWaiting() {
  if (waiting_) ::unlink(part_.c_str());
}

void FileInWaiting::commit() {
  const int file = ::open(part_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail("{}: cannot be written: {}", path_, explain(errno));
  const int status = ::fsync(file), error = errno;
  ::close(file);
  if (status != 0 && error != EINVAL && error != EROFS) fail("{}: cannot be written: {}", path_, explain(error));
  move_into_place(part_, path_, overwrite_);
  waiting_ = false;
}

OutputFile::OutputFile(std::string path, bool overwrite) : place_(std::move(path), overwrite) {
  file_ = ::open(place_.part().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0) fail_to_write(errno);
  buffer_.reserve(buffer_size);
}

OutputFile::~OutputFile() {
  if (file_ >= 0) ::close(file_);
}

void OutputFile::fail_to_write(int error_number) const {
  fail("{}: cannot be written: {}", path(), explain(error_number));
}

void OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), buffer_size - buffer_.size());
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    bytes.remove_prefix(n);
    if (buffer_.size() == buffer_size) flush();
  }
}

void OutputFile::write_at(std::uint64_t offset, std::string_view bytes) {
  flush();
  if (::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset)) != std::ssize(bytes))
    fail_to_write(errno);
}

void OutputFile::flush() {
  for (std::size_t done = 0; done < buffer_.size();) {
    const ssize_t n = ::write(file_, buffer_.data() + done, buffer_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_to_write(errno);
    done += static_cast<std::size_t>(n);
  }
  written_ += buffer_.size();
  buffer_.clear();
}

void OutputFile::close() {
  if (file_ < 0) return;
  flush();
  buffer_ = {};
  const int status = ::close(file_);
  file_ = -1;
  if (status != 0) fail_to_write(errno);
}

void OutputFile::commit() {
  close();
  place_.commit();
}

}  // namespace thalweg
