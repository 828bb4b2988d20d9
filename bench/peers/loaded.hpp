// Peers that scripts/bench built beforehand, loaded into this process.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "bench/peers/stan_peer.h"
#include "thalweg/core/data_map.hpp"

namespace thalweg::bench {

/// A program under Stan Math, bound to its data.
class StanPeer {
 public:
  /// From `folder`/<program>.so; nothing when there is no such file or it refuses the data.
  static std::optional<StanPeer> load(const std::string& folder, const std::string& program, const DataMap& data);
  std::int64_t dimension() const { return table_->dimension(model_.get()); }
  double gradient(const double* x, double* gradient) const { return table_->gradient(model_.get(), x, gradient); }

 private:
  StanPeer(const stan_peer* table, void* model) : table_(table), model_(model, table->destroy) {}
  const stan_peer* table_;
  std::shared_ptr<void> model_;
};

}  // namespace thalweg::bench
