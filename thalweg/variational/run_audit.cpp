#include "thalweg/variational/run_audit.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "thalweg/core/error.hpp"

namespace thalweg {
namespace {

/// The parameters of a model in the columns of a run.
class ParameterReader {
 public:
  ParameterReader(const Model& model, const StoredDraws& stored) : stored_(stored) {
    values_.origin = "a stored draw";
    for (const Variable& v : model.variables()) {
      if (v.block != Block::parameters || v.size == 0) continue;
      const auto found = std::find_if(stored.columns.begin(), stored.columns.end(), [&](const ColumnGroup& group) {
        return group.kind == ColumnKind::parameter && group.name == v.name && group.shape == v.shape;
      });
      if (found == stored.columns.end()) fail("the run has no parameter {} of the shape that the model has", v.name);
      DataValue& value = values_.values[v.name];
      value.shape = v.shape;
      value.reals.resize(static_cast<std::size_t>(v.size));
      groups_.push_back({&*found, &value});
    }
  }

  /// Keeps `count` evenly spaced draws of a chain, and says whether any parameter moved over its last `tail`.
  bool read(std::int64_t chain, std::int64_t count, std::int64_t tail) {
    const std::int64_t n = stored_.per_chain;
    bool moved = false;
    for (Group& g : groups_) {
      const std::int64_t size = g.columns->size;
      if (count == 0 && (moved || tail == 0)) break;
      g.picked.resize(static_cast<std::size_t>(count * size));
      std::vector<double> head(static_cast<std::size_t>(size));
      stored_.blocks(chain, g.columns->first, size, [&](std::int64_t first, std::int64_t m, std::span<const double> b) {
        const auto at = [&](std::int64_t i, std::int64_t draw) {
          return b[static_cast<std::size_t>(i * m + draw - first)];
        };
        for (std::int64_t s = 0; s < count; ++s) {
          const std::int64_t draw = (2 * s + 1) * n / (2 * count);
          if (draw < first || draw >= first + m) continue;
          for (std::int64_t i = 0; i < size; ++i) g.picked[static_cast<std::size_t>(s * size + i)] = at(i, draw);
        }
        for (std::int64_t draw = std::max(first, n - tail); !moved && draw < std::min(n, first + m); ++draw)
          for (std::int64_t i = 0; i < size; ++i) {
            double& before = head[static_cast<std::size_t>(i)];
            if (draw == n - tail)
              before = at(i, draw);
            else
              moved = moved || before != at(i, draw);
          }
      });
    }
    return moved;
  }
  /// Draw `s` of those kept, by name.
  const DataMap& draw(std::int64_t s) {
    for (Group& g : groups_)
      std::copy_n(g.picked.begin() + s * g.columns->size, g.columns->size, g.value->reals.begin());
    return values_;
  }

 private:
  struct Group {
    const ColumnGroup* columns;
    DataValue* value;
    std::vector<double> picked{};  ///< [count][size]
  };
  const StoredDraws& stored_;
  DataMap values_;
  std::vector<Group> groups_;
};

}  // namespace

AuditedDraws audited_draws(const Model& model, const StoredDraws& stored, std::int64_t most) {
  const auto d = static_cast<std::size_t>(model.dimension());
  const std::int64_t n = stored.per_chain, chains = std::min(stored.chains, most);
  const std::int64_t per_chain = chains == 0 ? 0 : std::min(n, std::max<std::int64_t>(1, most / chains));
  AuditedDraws out{.dimension = d,
                   .chains = static_cast<std::size_t>(chains),
                   .per_chain = static_cast<std::size_t>(per_chain),
                   .x = std::vector<double>(static_cast<std::size_t>(chains * per_chain) * d),
                   .tail = n >= 20 ? std::max<std::int64_t>(10, n / 10) : 0,
                   .stuck = {}};
  for (const Variable& v : model.variables())
    if (v.block == Block::parameters && v.type.find("unit_vector") != v.type.npos)
      out.no_identities = v.name + " is a unit vector, whose length in the unconstrained space is not stored";
  ParameterReader reader(model, stored);
  Workspace workspace = model.workspace(1);
  std::int64_t taken = 0;
  for (std::int64_t c = 0; c < stored.chains; ++c) {
    const bool take = taken < chains && taken * stored.chains / chains == c;
    const bool moved = reader.read(c, take ? per_chain : 0, out.tail);
    if (out.tail > 0 && !moved) out.stuck.push_back(c);
    for (std::int64_t s = 0; take && s < per_chain; ++s) {
      const std::span<double> x(out.x.data() + static_cast<std::size_t>(taken * per_chain + s) * d, d);
      try {
        workspace.unconstrain(reader.draw(s), x);
      } catch (const Error& error) {
        if (out.unusable_reason.empty()) out.unusable_reason = error.what();
        std::fill(x.begin(), x.end(), std::numeric_limits<double>::quiet_NaN());
      }
    }
    taken += take;
  }
  return out;
}

EvaluateRows evaluate_with(Points& points) {
  return [&points](std::size_t n, const double* x, double* gradient, double* log_p) {
    points.evaluate(n, points.dimension(), x, gradient, log_p);
  };
}

}  // namespace thalweg
