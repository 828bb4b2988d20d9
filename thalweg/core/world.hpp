// The processes of a run, on one machine or on many, as each of them sees the others.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "thalweg/core/error.hpp"

namespace thalweg {

using Bytes = std::vector<unsigned char>;

/// Thrown in the processes that are sound when another has abandoned the run, with that one's message.
struct ProcessFailed : Error {
  using Error::Error;
};

/// Exchanges between processes. All of them make the same exchanges in the same order, and an exchange ends when all
/// have come to it; whoever waits sleeps. One exchange at a time, from any thread.
///
/// A process that cannot go on says so with `abandon` in the place of its next exchange: that exchange then throws
/// ProcessFailed in all others, and there are no more.
class World {
 public:
  World(int rank, int ranks) : rank_(rank), ranks_(ranks) {}
  virtual ~World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  int rank() const { return rank_; }
  int ranks() const { return ranks_; }
  /// The first process owns the run: its file, its clock, its words.
  bool leads() const { return rank_ == 0; }

  /// What each process gives, in the order of ranks.
  virtual std::vector<Bytes> gather(std::span<const unsigned char> mine) = 0;
  /// The numbers of all processes one behind another, in the order of ranks.
  virtual std::vector<double> gather(std::span<const double> mine) = 0;
  /// `to[r]` goes to process r; the answer holds what each had for this one.
  virtual std::vector<Bytes> trade(const std::vector<Bytes>& to) = 0;
  /// Ends the run for all.
  virtual void abandon(const std::string& message) = 0;

  /// What the first process says; the others' `words` are not looked at.
  Bytes from_first(std::span<const unsigned char> words) {
    return std::move(gather(leads() ? words : std::span<const unsigned char>{}).front());
  }
  /// What each process gives, in the first; nothing in the others.
  std::vector<Bytes> to_first(Bytes mine) {
    std::vector<Bytes> to(static_cast<std::size_t>(ranks_));
    to.front() = std::move(mine);
    std::vector<Bytes> from = trade(to);
    if (!leads()) from.clear();
    return from;
  }

 private:
  int rank_, ranks_;
};

/// A run of one process: there is nobody to wait for.
class Alone final : public World {
 public:
  Alone() : World(0, 1) {}
  std::vector<Bytes> gather(std::span<const unsigned char> mine) override { return {Bytes(mine.begin(), mine.end())}; }
  std::vector<double> gather(std::span<const double> mine) override { return {mine.begin(), mine.end()}; }
  std::vector<Bytes> trade(const std::vector<Bytes>& to) override { return to; }
  void abandon(const std::string&) override {}
};

/// Numbers as bytes, and back, between processes of one build.
inline Bytes bytes_of(std::span<const double> numbers) {
  Bytes bytes(numbers.size_bytes());
  if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}
inline std::vector<double> numbers_in(std::span<const unsigned char> bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(double));
  if (!bytes.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(double));
  return numbers;
}

}  // namespace thalweg
