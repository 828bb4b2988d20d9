// Whole files: read at once, or written beside their place and moved there when complete.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thalweg {

/// The whole of a file. Throws Error when it is missing, is a folder or cannot be read.
std::string read_text_file(const std::string& path);

/// What stands at `path`: anything at all, or (symbolic links followed) a folder.
bool file_exists(const std::string& path);
bool is_folder(const std::string& path);
/// Whether two names, symbolic links followed, lead to one file that is there.
bool is_same_file(const std::string& a, const std::string& b);

/// Makes renames in the folder of `path` last through a power cut; does what it can.
void sync_folder_of(const std::string& path);

/// "No space left on device; free some space, or write elsewhere": an errno in words, with what to try.
std::string explain(int error_number);

/// A file that appears at `path` complete or not at all: it is written at `part()`, empty at first, and renamed by
/// `commit`. An object destroyed before that takes the part with it.
///
/// Errors  throws Error, naming the path, when something stands at `path` (unless `overwrite`), and when the file
///         cannot be made, synced or renamed.
class FileInWaiting {
 public:
  FileInWaiting(std::string path, bool overwrite);
  ~FileInWaiting();
  FileInWaiting(const FileInWaiting&) = delete;
  FileInWaiting& operator=(const FileInWaiting&) = delete;

  const std::string& path() const { return path_; }
  const std::string& part() const { return part_; }
  /// Syncs and renames; whoever wrote the part has closed it.
  void commit();

 private:
  std::string path_, part_;
  bool overwrite_, waiting_ = true;
};

/// Writes a FileInWaiting in sequence, buffered. Throws Error when the medium is full or fails.
class OutputFile {
 public:
  OutputFile(std::string path, bool overwrite);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  const std::string& path() const { return place_.path(); }
  std::uint64_t size() const { return written_ + buffer_.size(); }  ///< bytes so far
  void write(std::string_view bytes);
  /// Writes over bytes that are there already.
  void write_at(std::uint64_t offset, std::string_view bytes);
  /// Writes out and closes; `commit` then only renames.
  void close();
  void commit();

 private:
  FileInWaiting place_;
  int file_ = -1;
  std::uint64_t written_ = 0;
  std::vector<char> buffer_;

  void flush();
  [[noreturn]] void fail_to_write(int error_number) const;
};

/// Throws Error when something stands at `path` and `overwrite` is false, or when it is anything but a regular file.
void check_target(const std::string& path, bool overwrite);
/// Renames `from` to `to`; unless `overwrite`, refuses a `to` that has appeared meanwhile.
void move_into_place(const std::string& from, const std::string& to, bool overwrite);

}  // namespace thalweg
