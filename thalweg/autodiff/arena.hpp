// Memory that is taken in order and given back all at once.
#pragma once
#include <cstddef>
#include <new>

namespace thalweg {

/// A bump allocator over blocks that never move. After the first evaluations have found the size needed, nothing is
/// asked of the system again. Objects in it are never destroyed: only trivially destructible ones may live here.
///
/// Cost  a few instructions an allocation; `rewind` is constant.
class Arena {
 public:
  struct Mark {
    std::size_t block;
    char* next;
  };

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    for (std::size_t i = 0; i < count_; ++i) ::operator delete (blocks_[i].begin, std::align_val_t{64});
    delete[] blocks_;
  }

  /// `bytes` aligned to `alignment`, a power of two of at most 64.
  void* allocate(std::size_t bytes, std::size_t alignment) {
    char* p = reinterpret_cast<char*>((reinterpret_cast<std::size_t>(next_) + alignment - 1) & ~(alignment - 1));
    if (p + bytes > end_ || next_ == nullptr) [[unlikely]]
      return allocate_in_next_block(bytes);
    next_ = p + bytes;
    return p;
  }
  Mark mark() const { return {current_, next_}; }
  void rewind(const Mark& m) {
    if (m.next == nullptr) return reset();
    current_ = m.block;
    next_ = m.next;
    end_ = blocks_[current_].begin + blocks_[current_].size;
  }
  void reset() {
    if (count_ == 0) return;
    current_ = 0;
    next_ = blocks_[0].begin;
    end_ = next_ + blocks_[0].size;
  }

 private:
  struct Block {
    char* begin;
    std::size_t size;
  };

  [[gnu::noinline, gnu::cold]] void* allocate_in_next_block(std::size_t bytes) {
    std::size_t index = next_ == nullptr ? 0 : current_ + 1;
    while (index < count_ && blocks_[index].size < bytes) ++index;
    if (index >= count_) {
      std::size_t size = count_ == 0 ? std::size_t{1} << 16 : 2 * blocks_[count_ - 1].size;
      while (size < bytes) size *= 2;
      auto* grown = new Block[count_ + 1];
      for (std::size_t i = 0; i < count_; ++i) grown[i] = blocks_[i];
      grown[count_] = {static_cast<char*>(::operator new (size, std::align_val_t{64})), size};
      delete[] blocks_;
      blocks_ = grown;
      index = count_++;
    }
    current_ = index;
    next_ = blocks_[index].begin + bytes;
    end_ = blocks_[index].begin + blocks_[index].size;
    return blocks_[index].begin;
  }

  Block* blocks_ = nullptr;
  std::size_t count_ = 0, current_ = 0;
  char* next_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace thalweg
