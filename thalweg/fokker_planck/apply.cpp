#include "thalweg/fokker_planck/apply.hpp"

namespace thalweg::fokker_planck {
namespace {

/// Rates and neighbours of a line in one direction: the link from below and the link to above.
struct Stencil {
  const double *forward_below, *backward_below, *below;
  const double *forward_above, *backward_above, *above;
};

/// One cell's gain from and loss to its two neighbours.
template <bool masses>
inline double exchange(double forward_below, double backward_below, double below, double forward_above,
                       double backward_above, double above, double here) {
  if constexpr (masses)
    return forward_below * below + backward_above * above - (backward_below + forward_above) * here;
  else
    return backward_below * (below - here) + forward_above * (above - here);
}

/// A line with its links along itself and `across` directions beside it. Rates of links that don't exist are zero, so
/// the two ends may read round the line.
template <bool masses, int across>
void line(const Stencil* beside, const double* forward, const double* backward, const double* in, double* out,
          std::size_t n) {
  const auto cell = [&](std::size_t k, std::size_t below, std::size_t above) {
    double sum =
        exchange<masses>(forward[below], backward[below], in[below], forward[k], backward[k], in[above], in[k]);
    for (int s = 0; s < across; ++s) {
      const Stencil& b = beside[s];
      sum += exchange<masses>(b.forward_below[k], b.backward_below[k], b.below[k], b.forward_above[k],
                              b.backward_above[k], b.above[k], in[k]);
    }
    return sum;
  };
  out[0] = cell(0, n - 1, 1);
#pragma GCC ivdep
  for (std::size_t k = 1; k < n - 1; ++k) out[k] = cell(k, k - 1, k + 1);
  out[n - 1] = cell(n - 1, n - 2, 0);
}

}  // namespace

LineOperator::LineOperator(const Generator& generator, ActsOn side)
    : generator_(generator), masses_(side == ActsOn::masses) {
  const Grid& grid = generator.grid;
  const int d = grid.dimension();
  length_ = grid.axis(d - 1).cells;
  lines_ = grid.cells() / length_;
  none_.assign(length_, 0);
  const auto last = static_cast<std::size_t>(d - 1);
  for (const Direction& direction : generator.directions) {
    if (direction.is_axis && direction.step[last] == 1) {
      along_ = &direction;
      continue;
    }
    Across across{&direction, {}, {}, direction.step[last]};
    std::array<int, 3> up = direction.step, down{};
    up[last] = 0;
    for (std::size_t a = 0; a < 3; ++a) down[a] = -up[a];
    const auto line_at = [&](std::size_t l, const std::array<int, 3>& step) {
      const std::size_t cell = grid.neighbour(l * length_, step);
      return cell == grid.cells() ? lines_ : cell / length_;
    };
    for (std::size_t l = 0; l < lines_; ++l) {
      across.up.push_back(line_at(l, up));
      across.down.push_back(line_at(l, down));
    }
    // more than two straight directions only with cross diffusion in three dimensions
    (across.shift == 0 && straight_.size() < 2 ? straight_ : slanted_).push_back(std::move(across));
  }
  for (int s = 0; s < grid.sides(); ++s) {
    std::vector<std::ptrdiff_t> begins(lines_, -1);
    const std::vector<std::size_t> cells = grid.cells_of_side(s);
    for (std::size_t i = cells.size(); i-- > 0;) begins[cells[i] / length_] = static_cast<std::ptrdiff_t>(i);
    at_side_.push_back(std::move(begins));
  }
}

void LineOperator::apply(std::size_t l, const double* in, double* out) const {
  const std::size_t at = l * length_;
  Stencil beside[2]{};
  for (std::size_t s = 0; s < straight_.size(); ++s) {
    const Across& a = straight_[s];
    const double *forward = a.direction->forward.data(), *backward = a.direction->backward.data();
    const std::size_t up = a.up[l], down = a.down[l];
    beside[s] = {down < lines_ ? forward + down * length_ : none_.data(),
                 down < lines_ ? backward + down * length_ : none_.data(),
                 down < lines_ ? in + down * length_ : in + at,
                 forward + at,
                 backward + at,
                 up < lines_ ? in + up * length_ : in + at};
  }
  const double *forward = along_->forward.data() + at, *backward = along_->backward.data() + at;
  const auto call = [&]<int across>() {
    masses_ ? line<true, across>(beside, forward, backward, in + at, out, length_)
            : line<false, across>(beside, forward, backward, in + at, out, length_);
  };
  switch (straight_.size()) {
    case 0:
      call.template operator()<0>();
      break;
    case 1:
      call.template operator()<1>();
      break;
    default:
      call.template operator()<2>();
  }
  for (const Across& across : slanted_) add_shifted(across, l, in, out);
  add_sides(l, in, out);
}

void LineOperator::add_shifted(const Across& across, std::size_t l, const double* in, double* out) const {
  const std::size_t n = length_,
                    s = static_cast<std::size_t>((across.shift + static_cast<int>(n)) % static_cast<int>(n));
  const double *forward = across.direction->forward.data(), *backward = across.direction->backward.data();
  const double* here = in + l * n;
  if (const std::size_t up = across.up[l]; up < lines_)
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t to = k + s < n ? k + s : k + s - n;
      const double f = forward[l * n + k], b = backward[l * n + k], above = in[up * n + to];
      out[k] += masses_ ? b * above - f * here[k] : f * (above - here[k]);
    }
  if (const std::size_t down = across.down[l]; down < lines_)
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t from = k >= s ? k - s : k + n - s;
      const double f = forward[down * n + from], b = backward[down * n + from], below = in[down * n + from];
      out[k] += masses_ ? f * below - b * here[k] : b * (below - here[k]);
    }
}

void LineOperator::add_sides(std::size_t l, const double* in, double* out) const {
  const Grid& grid = generator_.grid;
  for (int s = 0; s < grid.sides(); ++s) {
    const auto side = static_cast<std::size_t>(s);
    const auto& exit = generator_.exit[side];
    const double entry = masses_ ? generator_.entry[side] : 0;
    const std::ptrdiff_t begin = at_side_[side][l];
    if (begin < 0 || (exit.empty() && entry == 0)) continue;
    const bool one = s / 2 == grid.dimension() - 1;  // a side at the end of the line
    const std::size_t first = one && s % 2 == 1 ? length_ - 1 : 0, count = one ? 1 : length_;
    for (std::size_t k = 0; k < count; ++k) {
      if (!exit.empty()) out[first + k] -= exit[static_cast<std::size_t>(begin) + k] * in[l * length_ + first + k];
      out[first + k] += entry;
    }
  }
}

void apply(const LineOperator& op, Team& team, const double* in, double* out) {
  each_line(op, team, in,
            [&](std::size_t first, std::size_t n, const double* line) { std::copy_n(line, n, out + first); });
}

std::array<double, 6> leaving_by_side(const Generator& generator, const double* masses) {
  std::array<double, 6> sum{};
  for (int s = 0; s < generator.grid.sides(); ++s) {
    const auto& exit = generator.exit[static_cast<std::size_t>(s)];
    const auto& cells = generator.exit_cells[static_cast<std::size_t>(s)];
    for (std::size_t i = 0; i < cells.size(); ++i) sum[static_cast<std::size_t>(s)] += exit[i] * masses[cells[i]];
  }
  return sum;
}

}  // namespace thalweg::fokker_planck
