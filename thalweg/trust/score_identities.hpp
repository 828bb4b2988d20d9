// Do draws belong to a density? Stein's identities of its gradient hold at them, or they do not.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

struct ScoreIdentitySettings {
  double significance = 0.01;          ///< of all identities together
  std::size_t copies = 1;              ///< draws in a row that are dependent, as those of chains that share a start
  std::size_t most_pairs = 100;        ///< dimensions up to which all pairs (i, j) are looked at; above, i = j only
  std::vector<std::size_t> without{};  ///< coordinates, ascending, whose derivatives are left out
};

/// One identity: of E[gᵢ] = 0 (j = −1) or of E[xᵢ gⱼ] = −δᵢⱼ.
struct ScoreIdentity {
  std::ptrdiff_t i = 0, j = -1;
  double found = 0, expected = 0, standard_error = 0;
  double z() const;  ///< (found − expected)/standard_error; 0 when both are 0
};

struct ScoreIdentities {
  std::vector<ScoreIdentity> failed;  ///< the largest |z| first
  ScoreIdentity worst;
  std::size_t tested = 0;
  double threshold = 0;        ///< |z| up to which chance explains an identity among so many
  std::size_t not_finite = 0;  ///< draws left out because x or g is not finite
  bool hold() const { return failed.empty() && not_finite == 0; }
};

/// Tests both families in standardised units: xᵢ less its mean over its standard deviation sᵢ, gᵢ·sᵢ. They fail for a
/// gradient that is not that of the density, and for draws that are not all of it (a truncated support, a wrong scale);
/// a missing mode far away they do not see.
///
/// Shapes  x, gradient: [n][d], draws and ∇log p there.
/// Cost    n·d² up to `most_pairs` dimensions, n·d above.
/// Errors  std::invalid_argument on sizes that do not fit or fewer than 10 independent draws.
/// Source  C. Stein (1972), Proc. 6th Berkeley Symp. 2, 583–602; the virial theorem (equipartition) of physics.
ScoreIdentities score_identities(std::span<const double> x, std::span<const double> gradient, std::size_t dimension,
                                 const ScoreIdentitySettings& settings = {});

/// "E[theta * d/dtheta] = −0.62, expected −1 (z = 9.1)"
std::string describe(const ScoreIdentity& identity, std::span<const std::string> names);

}  // namespace thalweg
