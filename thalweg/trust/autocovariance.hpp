// Autocovariances of chains, lag by lag, computed when they are asked for.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace thalweg {

/// The mean over chains of
///   γ_c(t) = (1/n) Σ_{i<n−t} (x_{c,i} − x̄_c)(x_{c,i+t} − x̄_c).
///
/// Shapes  values: [chains][n].
/// Cost    n·chains multiplications a lag, asked for in rising order; from lag 256 on one FFT gives all the others.
class Autocovariance {
 public:
  void assign(std::span<const double> values, std::int64_t chains);
  std::int64_t chains() const { return chains_; }
  std::int64_t draws() const { return draws_; }
  /// The variance (divisor chains − 1) of the chain means; 0 for one chain.
  double variance_of_means() const { return variance_of_means_; }
  double operator()(std::int64_t lag);

 private:
  void transform();
  std::vector<double> centred_, all_lags_;
  std::int64_t chains_ = 0, draws_ = 0;
  double variance_of_means_ = 0;
};

/// The same for the indicators 1(x ≤ bound), as bits: exact counts, 64 draws an operation.
class IndicatorAutocovariance {
 public:
  /// `values`: [chains][draws].
  void assign(std::span<const double> values, std::int64_t chains, double bound);
  std::int64_t chains() const { return chains_; }
  std::int64_t draws() const { return draws_; }
  double variance_of_means() const { return variance_of_means_; }
  /// All indicators agree: there is nothing to estimate.
  bool constant() const { return constant_; }
  double operator()(std::int64_t lag) const;

 private:
  std::int64_t ones(std::int64_t chain, std::int64_t first, std::int64_t last) const;
  std::vector<std::uint64_t> bits_;
  std::int64_t chains_ = 0, draws_ = 0, words_ = 0;
  double variance_of_means_ = 0;
  bool constant_ = true;
};

/// Σ v and Σ (v − about)², in eight interleaved partial sums: the same bits on every machine.
double sum(std::span<const double> values);
double sum_of_squares(std::span<const double> values, double about);
/// Variance with divisor n − 1; 0 for fewer than two values.
double variance(std::span<const double> values);
/// Mean with one step of refinement.
double mean(std::span<const double> values);

}  // namespace thalweg
