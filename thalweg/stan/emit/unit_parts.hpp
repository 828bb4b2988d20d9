// What every unit of a program has: its functions, its data and how these are read.
#pragma once
#include <string>
#include <vector>

#include "thalweg/stan/emit/emitter.hpp"
#include "thalweg/stan/emit/statements.hpp"
#include "thalweg/stan/emit/terms.hpp"

namespace thalweg::stan {

/// Writes the parts of a unit that do not depend on what the unit is for.
class UnitParts {
 public:
  UnitParts(const Program& program, const Analysis& analysis, const EmitOptions& options);

 protected:
  EmitContext context(const FunctionDefinition* function, bool target, bool random);
  /// The user's functions, in a namespace of their own.
  std::string write_functions();
  /// Name, fingerprint, widths and the places of statements that evidence refers to. `native`: the width beside 1.
  std::string write_constants(const std::string& native) const;
  /// The data block and transformed data as members.
  std::string write_members() const;
  /// Reads the data and runs transformed data.
  std::string write_constructor();
  /// `in.array_of<Vector<double>>(J, [&] { return in.vector(K, lower(0.0)); })`
  std::string reader(const EmitContext& c, const DeclaredType& type, const std::string& scalar, const std::string& in,
                     const std::string& name) const;
  std::string describe_place(Location where) const;

  template <class Visit>
  void for_each_variable(ProgramBlock block, const Visit& visit) const {
    for (const auto& s : program_.statements(block))
      if (const auto* d = as<Declaration>(*s))
        for (const Declarator& name : d->declarators) visit(*d, name);
  }

  const Program& program_;
  const Analysis& analysis_;
  const EmitOptions& options_;
  Names names_;
  Split split_;
  std::vector<ReducedRegression> regressions_;
  std::vector<Location> marks_;

 private:
  struct Signature {
    std::string head, result;
    std::vector<std::string> aliases;
  };
  Signature signature(const FunctionDefinition& f) const;
};

}  // namespace thalweg::stan
