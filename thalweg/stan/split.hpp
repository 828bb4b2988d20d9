// Which terms of a program's log density are prior and which likelihood.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "thalweg/density/model_table.hpp"
#include "thalweg/stan/ast.hpp"

namespace thalweg::stan {

/// An additive term of the log density, as it stands in the source.
struct SplitTerm {
  Location location;
  Part part;
  std::string reason;  ///< "the outcome y is data"
  bool subtracted = false;
};

/// A summand of an increment of target, and the parts for which it is evaluated.
struct SplitPiece {
  const Expression* term;
  bool subtracted;
  Parts parts;
};

/// The terms of log p in the order of the source, and what the emitter needs in order to evaluate some of them.
///
/// A term is prior when its outcome (left of `~`, first argument of a density) is made of parameters alone, whatever
/// its hyperparameters, covariates, sizes and indexes are made of; likelihood when its outcome depends on data, or is a
/// literal on a path that observed data decide. A formula that is no density counts as a density of the parameters in
/// it when nothing of data comes near it. Terms are followed through accumulators; what is no plain sum (mixtures,
/// hidden-Markov sums, users' functions) is classed as a whole, by the densities in it. What these rules don't tell is
/// undecided, and a comment `// thalweg: prior` or `// thalweg: likelihood` decides: at the end of a line of the
/// statement, or alone on the line before it.
class Split {
 public:
  const std::vector<SplitTerm>& terms() const { return terms_; }
  bool is_decided() const;

  /// The parts for which a statement is evaluated: a `~`, or an assignment to a sum of several parts. whole_density:
  /// always.
  Parts parts_of(const Statement& s) const;
  /// Of `target +=` and `jacobian +=`: one when all summands belong to the same parts, or when nothing calls the
  /// function that the statement is in.
  std::vector<SplitPiece> pieces_of(const Statement& s) const;

 private:
  friend class SplitBuilder;
  std::vector<SplitTerm> terms_;
  std::map<int, Parts> parts_;  // by Statement::id
  std::map<int, std::vector<SplitPiece>> pieces_;
};

/// `program` must be checked and free of errors.
///
/// Cost    a few passes over the tree for each way in which a function is called.
/// Errors  Error, rendered like the checker's, for a comment `// thalweg: …` that says something else or stands where
/// no
///         term is.
Split split(const Program& program);

/// A stretch of the source on one line: blanks are single, what is too long ends in an ellipsis.
std::string one_line(const Source& source, Location where, std::size_t longest = 80);

}  // namespace thalweg::stan
