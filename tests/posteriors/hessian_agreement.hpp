// Compares a program's Hessian–vector products with differences of its gradients.
#pragma once
#include "agreement.hpp"

namespace thalweg::testing {

/// How a program's products and its gradients compare.
struct HessianAgreement {
  Agreement::Kind kind = Agreement::Kind::failed;
  std::string words;     ///< what differs, or why products are not exact, or the message
  bool exact = false;    ///< products come from the unit for Hessians
  double error = 0;      ///< largest, relative to what is tolerated: above 1 differs
  double asymmetry = 0;  ///< largest |u·Hv − v·Hu| / (‖u‖‖Hv‖ + ‖v‖‖Hu‖)
  int points = 0;        ///< where differences exist, to 1e-3, to compare with
  double seconds = 0;    ///< of compilation, 0 from the cache
  double cost = 0;       ///< time of a product over that of a gradient, each in its widest packs
};

/// At each point of the reference, with two directions from a fixed seed:
///
///   ‖Hv − D‖∞ ≤ 1e-7 · max(1, ‖Hv‖∞) + 20 · (estimated error of the difference D),
///
/// u·Hv = v·Hu to 1e-10, and the same bits at every width.
HessianAgreement compare_hessian(const Posterior& posterior, const std::string& program_path);

}  // namespace thalweg::testing
