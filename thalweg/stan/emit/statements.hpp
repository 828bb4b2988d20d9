// C++ for statements.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "thalweg/stan/emit/expressions.hpp"
#include "thalweg/stan/emit/regressions.hpp"

namespace thalweg::stan {

/// Lines of C++ under way, with their indentation, and the table of statements that evidence refers to.
class StatementWriter {
 public:
  StatementWriter(EmitContext context, std::vector<Location>& marks, int indent)
      : context_(std::move(context)), marks_(marks), indent_(indent) {}

  void line(const std::string& text);
  void line(const std::string& text, Location source);  ///< with the source line behind it
  void open(const std::string& text);                   ///< a line that ends in `{`; what follows is indented
  void close(const std::string& text = "}");
  void statement(const Statement& s);
  void statements(const std::vector<StatementPtr>& all);
  /// `tape.statement = k;` before what may be rejected; nothing inside functions.
  void mark(const Statement& s);
  /// Checks a variable against the constraint of its declaration.
  void check_constraint(const std::string& name, const DeclaredType& type);

  const EmitContext& context() const { return context_; }
  /// Inside a function: the type that `return` gives.
  std::string return_type;
  std::string take() { return std::move(text_); }
  void append(const std::string& lines) { text_ += lines; }  ///< already indented

 private:
  void declaration(const Statement& s, const Declaration& d);
  static std::string when(Parts parts);
  /// Adds a term to target, by its reduced form where the data have one.
  void add_term(const std::string& condition, std::optional<ReducedRegression> reduced, const std::string& term,
                const Statement& s);
  /// Defers locals that are nothing but the location of a regression to where it is not reduced.
  void defer_locations(const std::vector<StatementPtr>& all);
  /// The location that waits for a statement, or null.
  const LocalLocation* deferred_for(const Statement& s) const;
  /// Adds to target, multiplied by what the terms of chosen observations count; `scale` is empty for the others.
  void add_to_target(const std::string& condition, bool subtracted, const std::string& scale, const std::string& term,
                     Location source);
  /// Whether terms of these parts are left out in the pass under way.
  bool is_left_out(Parts parts) const;
  void increment(const Statement& s);
  void assignment(const Statement& s, const Assignment& a);
  void tilde(const Statement& s, const Tilde& t);
  void truncation(const Statement& s, const Tilde& t, const std::string& scale);
  /// A local and the loops that add to it, as one formula that is evaluated where it is used.
  void formula(const std::vector<StatementPtr>& all, std::size_t first, std::size_t length);
  void for_range(const Statement& s, const ForRange& f);
  void whole_range(const Statement& s, const ForRange& f);
  /// The loop over chosen numbers; and before it one over all for terms that are no likelihood.
  void chosen_range(const Statement& s, const ForRange& f, const SubsetLoop& loop);
  void for_each(const Statement& s, const ForEach& f);
  void if_else(const Statement& s, const If& n, const std::string& prefix);
  void body(const Statement& s);
  bool sweeps_locally(const Statement& loop) const;
  /// Puts what is constant in a loop before it, in a block of its own. Returns whether it opened one.
  bool open_hoisted(const Statement& loop);
  void close_hoisted();
  std::string source_line(Location where) const;

  EmitContext context_;
  std::vector<Location>& marks_;
  int indent_;
  int hoisted_count_ = 0;
  std::vector<LocalLocation> deferred_;
  /// Which terms the loop under way adds: all; or, where observations are chosen, likelihood and the rest apart.
  enum class Pass { all, likelihood, rest };
  Pass pass_ = Pass::all;
  std::string loop_scale_;  ///< in a loop over chosen observations
  std::string text_;
};

/// `J, K`: the sizes of a declared type, array dimensions first.
std::string emit_sizes(const EmitContext& context, const DeclaredType& type);
/// `lower(0.0)`; empty without bounds or offset and multiplier.
std::string emit_constraint(const EmitContext& context, const DeclaredType& type);
/// `simplex(K)`; empty when the type isn't structured.
std::string emit_structure(const EmitContext& context, const DeclaredType& type);

}  // namespace thalweg::stan
