// The linear algebra of linear response; for sources and for the tests that plant errors in it.
#pragma once
#include "thalweg/variational/rows.hpp"

namespace thalweg {

/// The two signs of the equations.
struct ResponseRules {
  static constexpr double follow = -1;  ///< M = f_mm − f_mω f_ωω⁻¹ f_ωm
  static constexpr double answer = -1;  ///< I − V R
};

/// The second derivatives of the ELBO over mean-field Gaussians, [d][d]; ω = log s.
struct ElboCurvature {
  Matrix mm, mw, ww;
};

/// Σ = (I − V R)⁻¹ V with V = diag(s²); empty when I − V R has no positive spectrum: not at a maximum.
template <class Rules = ResponseRules>
Matrix response_covariance(const ElboCurvature& f, const ColumnVector& s) {
  const Matrix follow = f.ww.partialPivLu().solve(f.mw.transpose());
  Matrix r = f.mm + Rules::follow * (f.mw * follow);
  r.diagonal().array() += s.array().square().inverse();
  // V^½ (I − V^½ R V^½)⁻¹ V^½, symmetric
  Matrix inside = Rules::answer * (s.asDiagonal() * (0.5 * (r + r.transpose())) * s.asDiagonal());
  inside.diagonal().array() += 1;
  const Eigen::LLT<Matrix> llt(inside);
  if (llt.info() != Eigen::Success) return {};
  return s.asDiagonal() * llt.solve(Matrix(s.asDiagonal()));
}

}  // namespace thalweg
