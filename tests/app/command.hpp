// Runs the built command line as a subprocess, in a folder of its own.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace thalweg::app_test {

struct Result {
  int status = -1;  ///< exit status, or 128 + the signal that killed it
  std::string out, err;
};

/// A new empty folder under the system's temporary one, removed with the object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;
  std::vector<std::string> files() const { return files_in(path_); }
  /// Names, sorted; none when there is no such folder.
  static std::vector<std::string> files_in(const std::string& path);

 private:
  std::string path_;
};

/// A command under way.
class Process {
 public:
  /// Where a standard stream goes in place of a file that `wait` reads: a device, nowhere, or a pipe nobody reads.
  static constexpr const char *closed = "closed", *broken_pipe = "broken pipe";
  struct Streams {
    std::string out = "", err = "";
    std::vector<std::string> launcher = {};  ///< a command, with its arguments, that starts thalweg
  };
  Process(const Folder& folder, const std::vector<std::string>& arguments, const Streams& streams);
  Process(const Folder& folder, const std::vector<std::string>& arguments) : Process(folder, arguments, Streams{}) {}
  void send(int signal) const;
  pid_t id() const { return pid_; }
  std::string errors_so_far() const;  ///< what it has written to standard error
  Result wait();
  bool running();  ///< without waiting

 private:
  pid_t pid_;
  int status_ = 0;
  bool done_ = false;
  std::string out_, err_;
};

/// thalweg ARGUMENTS in `folder`, to its end.
Result run(const Folder& folder, const std::vector<std::string>& arguments);

}  // namespace thalweg::app_test
