// Who may write a run file: one process at a time.
#pragma once
#include <string>

namespace thalweg {

/// Holds the right to continue one file, for the life of the object. The system takes it back when the process ends,
/// however it ends. It does not keep readers out, and nothing is left on the disk.
///
/// Errors  the constructor throws Error when another process, or another lock of this one, holds the right.
class RunLock {
 public:
  explicit RunLock(const std::string& path);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  /// True when the file is locked, by this process or another; an absent file is not.
  static bool is_held(const std::string& path);

 private:
  int file_ = -1;
  unsigned long long device_ = 0, inode_ = 0;
};

}  // namespace thalweg
