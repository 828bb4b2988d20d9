// Which parameter the outcome of a density is, and whether it is all of it. Private to prior_*.cpp.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "thalweg/stan/ast.hpp"
#include "thalweg/stan/index_size.hpp"

namespace thalweg::stan {

/// What stands around a statement.
struct OutcomePath {
  std::vector<const ForRange*> loops;  ///< null: a loop of another kind
  bool conditional = false;
  std::set<VariableId> decided_by;  ///< parameters on which it depends whether the statement runs
};

struct Outcome {
  VariableId parameter = no_id;  ///< that it is, or is a part of
  std::string why;               ///< it is not the whole of one; empty: it is
};

/// `theta`, `to_vector(B)`, `theta[k]` in a loop over all k, `B[, k]`, `col(B, k)`.
class Outcomes {
 public:
  explicit Outcomes(const Program& program) : program_(program), sizes_(program) {}
  Outcome of(const Expression& outcome, const OutcomePath& path) const;

 private:
  bool covers(const Index& index, const IndexSizes::Size& size, const OutcomePath& path,
              std::set<const ForRange*>& used) const;
  bool is_loop_over(const Expression& e, const IndexSizes::Size& size, const OutcomePath& path,
                    std::set<const ForRange*>& used) const;

  const Program& program_;
  IndexSizes sizes_;
};

}  // namespace thalweg::stan
