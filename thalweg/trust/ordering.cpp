#include "thalweg/trust/ordering.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <numeric>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

constexpr int digit_bits = 11, passes = 3;
constexpr std::size_t radix = std::size_t(1) << digit_bits;

/// Integers in the order of the doubles they come from; −0 and 0 agree.
std::uint64_t key_of(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x + 0.0);
  return bits ^ ((bits >> 63) ? ~std::uint64_t(0) : std::uint64_t(1) << 63);
}

}  // namespace

void Ordering::radix_passes(std::span<const double> values) {
  const std::size_t n = values.size();
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const std::uint64_t base = key_of(*low), range = key_of(*high) - base;
  index_bits_ = std::max(1, int(std::bit_width(n - 1)));
  const int kept = std::min(digit_bits * passes, 64 - index_bits_);
  const int shift = std::max(0, int(std::bit_width(range)) - kept);

  std::array<std::array<std::uint32_t, radix>, passes> counts{};
  records_.resize(n);
  scratch_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t digits = (key_of(values[i]) - base) >> shift;
    records_[i] = digits << index_bits_ | i;
    for (int p = 0; p < passes; ++p) ++counts[p][digits >> (p * digit_bits) & (radix - 1)];
  }
  for (int p = 0; p < passes; ++p) {
    auto& count = counts[p];
    if (std::find(count.begin(), count.end(), n) != count.end()) continue;  // one bucket holds all
    std::exclusive_scan(count.begin(), count.end(), count.begin(), std::uint32_t(0));
    const int place = index_bits_ + p * digit_bits;
    for (const std::uint64_t record : records_) scratch_[count[record >> place & (radix - 1)]++] = record;
    records_.swap(scratch_);
  }
}

void Ordering::repair(std::span<const double> values) {
  const std::size_t n = sorted_.size();
  for (std::size_t first = 0; first < n;) {
    const std::uint64_t digits = records_[first] >> index_bits_;
    std::size_t last = first + 1;
    bool ordered = true;
    for (; last < n && records_[last] >> index_bits_ == digits; ++last) ordered &= sorted_[last - 1] <= sorted_[last];
    if (!ordered) {
      std::sort(index_.begin() + first, index_.begin() + last, [&](std::uint32_t a, std::uint32_t b) {
        return values[a] != values[b] ? values[a] < values[b] : a < b;
      });
      for (std::size_t j = first; j < last; ++j) sorted_[j] = values[index_[j]];
    }
    first = last;
  }
}

void Ordering::assign(std::span<const double> values) {
  const std::size_t n = values.size();
  require(n < (std::size_t(1) << 31), "a quantity may have at most 2^31 draws; found {}", n);
  sorted_.resize(n);
  index_.resize(n);
  if (n == 0) return;
  radix_passes(values);
  const std::uint64_t mask = (std::uint64_t(1) << index_bits_) - 1;
  for (std::size_t j = 0; j < n; ++j) {
    index_[j] = std::uint32_t(records_[j] & mask);
    sorted_[j] = values[index_[j]];
  }
  repair(values);
}

double Ordering::quantile(double probability) const {
  require(probability >= 0 && probability <= 1, "probability must be in [0, 1]; found {}", probability);
  if (sorted_.empty()) return std::nan("");
  const double position = probability * double(sorted_.size() - 1);
  const auto below = std::size_t(position);
  const double weight = position - double(below);
  if (weight == 0 || sorted_[below] == sorted_[below + 1]) return sorted_[below];
  return (1 - weight) * sorted_[below] + weight * sorted_[below + 1];
}

double NormalScores::exact(double rank) const {
  const double p = (rank - 0.375) / (double(count_) + 0.25);
  return p < 0.5 ? -std::sqrt(2.0) * boost::math::erfc_inv(2 * p) : std::sqrt(2.0) * boost::math::erfc_inv(2 - 2 * p);
}

void NormalScores::assign(std::int64_t count) {
  if (count == count_) return;
  count_ = count;
  table_.resize(count);
  for (std::int64_t i = 0; i < (count + 1) / 2; ++i) {
    table_[i] = exact(double(i + 1));
    table_[count - 1 - i] = -table_[i];
  }
  if (count % 2) table_[count / 2] = 0;
}

double NormalScores::operator()(double rank) const {
  const auto whole = std::int64_t(rank);
  return double(whole) == rank ? table_[whole - 1] : exact(rank);
}

}  // namespace thalweg
