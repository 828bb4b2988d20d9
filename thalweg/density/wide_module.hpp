// A shared object that holds tables once more, compiled for a wider instruction set than the library.
#pragma once
#include <memory>
#include <string>

namespace thalweg {

/// The module of that file name, from where it is installed or built, and a symbol of it; nothing when this machine
/// lacks the instruction set or the file is not found. The same source at every set gives the same bits, so a module
/// that is not found costs speed and nothing else.
class WideModule {
 public:
  WideModule(const std::string& file, const char* symbol);
  void* symbol() const { return symbol_; }  ///< null: use the library's own
  const std::shared_ptr<void>& handle() const { return handle_; }

 private:
  std::shared_ptr<void> handle_;
  void* symbol_ = nullptr;
};

}  // namespace thalweg
