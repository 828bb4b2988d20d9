#include "thalweg/trust/autocovariance.hpp"

#include <bit>
#include <cmath>
#include <complex>
#include <unsupported/Eigen/FFT>

namespace thalweg {
namespace {

constexpr std::int64_t direct_lags = 256;
constexpr std::size_t strands = 8;

/// Σ_i term(i) over [0, n): strand k adds the terms with i ≡ k (mod 8), then the strands are added pairwise.
template <class Term>
double strand_sum(std::size_t n, Term term) {
  double s[strands] = {};
  const std::size_t whole = n - n % strands;
  for (std::size_t i = 0; i < whole; i += strands) {
    for (std::size_t k = 0; k < strands; ++k) s[k] += term(i + k);
  }
  for (std::size_t i = whole; i < n; ++i) s[i - whole] += term(i);
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

std::size_t padded_size(std::int64_t draws) { return std::bit_ceil(std::size_t(2 * draws)); }

}  // namespace

double sum(std::span<const double> v) {
  return strand_sum(v.size(), [p = v.data()](std::size_t i) { return p[i]; });
}

double sum_of_squares(std::span<const double> v, double about) {
  return strand_sum(v.size(), [p = v.data(), about](std::size_t i) { return (p[i] - about) * (p[i] - about); });
}

double mean(std::span<const double> v) {
  if (v.empty()) return std::nan("");
  const double n = double(v.size()), first = sum(v) / n;
  const double rest = strand_sum(v.size(), [p = v.data(), first](std::size_t i) { return p[i] - first; });
  return std::isfinite(rest) ? first + rest / n : first;
}

double variance(std::span<const double> v) {
  return v.size() < 2 ? 0 : sum_of_squares(v, mean(v)) / double(v.size() - 1);
}

void Autocovariance::assign(std::span<const double> values, std::int64_t chains) {
  chains_ = chains;
  draws_ = std::int64_t(values.size()) / chains;
  centred_.resize(values.size());
  all_lags_.clear();
  std::vector<double> means(chains);
  for (std::int64_t c = 0; c < chains; ++c) {
    const auto chain = values.subspan(c * draws_, draws_);
    const double m = means[c] = mean(chain);
    double* out = centred_.data() + c * draws_;
    for (std::int64_t i = 0; i < draws_; ++i) out[i] = chain[i] - m;
  }
  variance_of_means_ = variance(means);
}

double Autocovariance::operator()(std::int64_t lag) {
  if (lag >= direct_lags && all_lags_.empty()) transform();
  if (!all_lags_.empty()) return all_lags_[lag];
  double total = 0;
  for (std::int64_t c = 0; c < chains_; ++c) {
    const double* x = centred_.data() + c * draws_;
    total += strand_sum(draws_ - lag, [x, y = x + lag](std::size_t i) { return x[i] * y[i]; });
  }
  return total / double(draws_) / double(chains_);
}

void Autocovariance::transform() {
  // Wiener–Khinchin: the inverse transform of the mean power of the zero-padded chains.
  const std::size_t size = padded_size(draws_);
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  std::vector<double> series(size), power(size / 2 + 1);
  std::vector<std::complex<double>> spectrum;
  for (std::int64_t c = 0; c < chains_; ++c) {
    std::fill(series.begin(), series.end(), 0.0);
    std::copy_n(centred_.begin() + c * draws_, draws_, series.begin());
    fft.fwd(spectrum, series);
    for (std::size_t k = 0; k < power.size(); ++k) power[k] += std::norm(spectrum[k]);
  }
  spectrum.assign(power.begin(), power.end());
  fft.inv(series, spectrum, Eigen::Index(size));
  all_lags_.assign(series.begin(), series.begin() + draws_);
  for (double& g : all_lags_) g /= double(draws_) * double(chains_);
}

void IndicatorAutocovariance::assign(std::span<const double> values, std::int64_t chains, double bound) {
  chains_ = chains;
  draws_ = std::int64_t(values.size()) / chains;
  words_ = draws_ / 64 + 2;  // a zero word behind the last, so that a shifted read never leaves the chain
  bits_.assign(chains * words_, 0);
  std::vector<double> means(chains);
  std::int64_t total = 0;
  for (std::int64_t c = 0; c < chains; ++c) {
    const double* x = values.data() + c * draws_;
    std::uint64_t* word = bits_.data() + c * words_;
    for (std::int64_t first = 0; first < draws_; first += 64) {
      const std::int64_t count = std::min<std::int64_t>(64, draws_ - first);
      std::uint64_t w = 0;
      for (std::int64_t i = 0; i < count; ++i) w |= std::uint64_t(x[first + i] <= bound) << i;
      word[first / 64] = w;
    }
    const std::int64_t n = ones(c, 0, draws_);
    total += n;
    means[c] = double(n) / double(draws_);
  }
  constant_ = total == 0 || total == chains * draws_;
  variance_of_means_ = variance(means);
}

std::int64_t IndicatorAutocovariance::ones(std::int64_t chain, std::int64_t first, std::int64_t last) const {
  const std::uint64_t* word = bits_.data() + chain * words_;
  const auto up_to = [&](std::int64_t end) {
    std::int64_t count = 0;
    for (std::int64_t k = 0; k < end / 64; ++k) count += std::popcount(word[k]);
    return end % 64 ? count + std::popcount(word[end / 64] << (64 - end % 64)) : count;
  };
  return up_to(last) - up_to(first);
}

double IndicatorAutocovariance::operator()(std::int64_t lag) const {
  const std::int64_t offset = lag / 64, shift = lag % 64;
  const double n = double(draws_), pairs = double(draws_ - lag);
  double total = 0;
  for (std::int64_t c = 0; c < chains_; ++c) {
    const std::uint64_t* word = bits_.data() + c * words_;
    std::int64_t both = 0;
    for (std::int64_t k = 0; k + offset + 1 < words_; ++k) {
      const std::uint64_t low = word[k + offset] >> shift;
      const std::uint64_t high = shift ? word[k + offset + 1] << (64 - shift) : 0;
      both += std::popcount(word[k] & (low | high));
    }
    const std::int64_t all = ones(c, 0, draws_);
    const double m = double(all) / n;
    const std::int64_t front = ones(c, 0, draws_ - lag), back = all - ones(c, 0, lag);
    total += (double(both) - m * double(front + back) + pairs * m * m) / n;
  }
  return total / double(chains_);
}

}  // namespace thalweg
