#include "thalweg/stan/emit/statements.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "thalweg/stan/emit/hoist.hpp"
#include "thalweg/stan/emit/sums.hpp"
#include "thalweg/stan/walk.hpp"

namespace thalweg::stan {

std::string emit_sizes(const EmitContext& c, const DeclaredType& type) {
  std::vector<std::string> sizes;
  for (const auto& e : type.array_sizes) sizes.push_back(emit_bare(c, *e));
  for (const auto& e : type.sizes) sizes.push_back(emit_bare(c, *e));
  const bool square = type.base == Base::matrix && type.sizes.size() == 1;
  if (square) sizes.push_back(sizes.back());
  return fmt::format("{}", fmt::join(sizes, ", "));
}

std::string emit_constraint(const EmitContext& c, const DeclaredType& type) {
  if (type.constraint == Constraint::bounds) {
    if (type.lower && type.upper)
      return fmt::format("lower_upper({}, {})", emit_bare(c, *type.lower), emit_bare(c, *type.upper));
    return type.lower ? fmt::format("lower({})", emit_bare(c, *type.lower))
                      : fmt::format("upper({})", emit_bare(c, *type.upper));
  }
  if (type.constraint == Constraint::affine)
    return fmt::format("offset_multiplier({}, {})", type.offset ? emit_bare(c, *type.offset) : "0.0",
                       type.multiplier ? emit_bare(c, *type.multiplier) : "1.0");
  return "";
}

std::string emit_structure(const EmitContext& c, const DeclaredType& type) {
  switch (type.constraint) {
    case Constraint::none:
    case Constraint::bounds:
    case Constraint::affine:
      return "";
    default:
      break;
  }
  std::vector<std::string> sizes;
  for (const auto& e : type.sizes) sizes.push_back(emit_bare(c, *e));
  return fmt::format("{}({})", to_string(type.constraint), fmt::join(sizes, ", "));
}

std::string StatementWriter::source_line(Location where) const {
  const Position p = context_.program.source.position(where.begin);
  return fmt::format("{}:{}", p.file.substr(p.file.find_last_of('/') + 1), p.line);
}

void StatementWriter::line(const std::string& text) {
  text_ += std::string(static_cast<std::size_t>(2 * indent_), ' ') + text + "\n";
}
void StatementWriter::line(const std::string& text, Location source) { line(text + "  // " + source_line(source)); }
void StatementWriter::open(const std::string& text) {
  line(text);
  ++indent_;
}
void StatementWriter::close(const std::string& text) {
  --indent_;
  line(text);
}

void StatementWriter::mark(const Statement& s) {
  if (context_.function) return;
  line(fmt::format("tape.statement = {};", marks_.size()));
  marks_.push_back(s.location);
}

void StatementWriter::statements(const std::vector<StatementPtr>& all) {
  defer_locations(all);
  const auto waits = [&](const Statement& s) {
    return std::any_of(deferred_.begin(), deferred_.end(), [&](const LocalLocation& local) {
      return std::find(local.made_by.begin(), local.made_by.end(), &s) != local.made_by.end();
    });
  };
  for (std::size_t i = 0; i < all.size();) {
    if (waits(*all[i])) {
      ++i;
    } else if (const std::size_t length = formula_length(context_, all, i); length > 0) {
      formula(all, i, length);
      i += length;
    } else {
      statement(*all[i++]);
    }
  }
}

void StatementWriter::formula(const std::vector<StatementPtr>& all, std::size_t first, std::size_t length) {
  const Declarator& name = as<Declaration>(*all[first])->declarators.front();
  mark(*all[first]);
  std::string text =
      fmt::format("const auto {} = {}", context_.names.variable(name.name), emit_value(context_, *name.value));
  for (std::size_t i = first + 1; i < first + length; ++i) {
    marks_.push_back(all[i]->location);
    text += " " + emit_sum(context_, *summing_loop(context_, *all[i]), marks_.size() - 1);
  }
  line(text + ";", all[first]->location);
}

void StatementWriter::statement(const Statement& s) {
  std::visit(
      overloaded{
          [&](const Declaration& n) { declaration(s, n); },
          [&](const Assignment& n) { assignment(s, n); },
          [&](const Tilde& n) { tilde(s, n); },
          [&](const TargetIncrement&) { increment(s); },
          [&](const CallStatement& n) {
            mark(s);
            line(emit_bare(context_, *n.call) + ";", s.location);
          },
          [&](const If& n) { if_else(s, n, ""); },
          [&](const While& n) {
            open(fmt::format("while ({}) {{  // {}", emit_condition(context_, *n.condition), source_line(s.location)));
            body(*n.body);
            close();
          },
          [&](const ForRange& n) { for_range(s, n); },
          [&](const ForEach& n) { for_each(s, n); },
          [&](const BlockStatement& n) {
            open("{");
            statements(n.body);
            close();
          },
          [&](const Profile& n) {
            open(fmt::format("{{  // profile(\"{}\")", n.label));
            statements(n.body);
            close();
          },
          [&](const Break&) { line("break;"); },
          [&](const Continue&) { line("continue;"); },
          [&](const Return& n) {
            if (n.value)
              line(fmt::format("return as<{}>({});", return_type, emit_value(context_, *n.value)), s.location);
            else
              line("return;", s.location);
          },
          [&](const Message& n) {
            mark(s);
            EmitContext values = context_;
            values.value_only = true;
            std::vector<std::string> items;
            for (const auto& e : n.items) items.push_back(emit_bare(values, *e));
            line(fmt::format("{}({});", n.kind == Message::Kind::print ? "print" : "reject", fmt::join(items, ", ")),
                 s.location);
          },
          [](const Empty&) {},
      },
      s.node);
}

void StatementWriter::declaration(const Statement& s, const Declaration& d) {
  for (const Declarator& name : d.declarators) {
    const Variable& variable = context_.program.variables[static_cast<std::size_t>(name.variable)];
    const std::string scalar = context_.depends(name.variable) ? context_.scalar() : "double";
    const std::string type = cpp_type(variable.type, scalar), cpp = context_.names.variable(name.name);
    const std::string sizes = emit_sizes(context_, d.type);
    // data and transformed data are members of the program
    const bool member = variable.role == Variable::Role::top_level &&
                        (variable.block == ProgramBlock::data || variable.block == ProgramBlock::transformed_data);
    const std::string left = member ? cpp : "[[maybe_unused]] " + type + " " + cpp;
    if (variable.type.is_scalar()) {
      if (name.value) mark(s);
      if (name.value)
        line(fmt::format("{} = {};", left, emit_value(context_, *name.value)), s.location);
      else if (variable.type.is_integer() || scalar == "double")
        line(fmt::format("{} = {};", left, variable.type.is_integer() ? "not_an_integer" : "not_a_number"), s.location);
      else
        line(left + ";", s.location);
    } else {
      mark(s);
      if (name.value)
        line(fmt::format("{} = define<{}>({}, {});", left, type, emit_bare(context_, *name.value), sizes), s.location);
      else
        line(fmt::format("{} = make<{}>({});", left, type, sizes), s.location);
    }
  }
}

void StatementWriter::assignment(const Statement& s, const Assignment& a) {
  mark(s);
  const std::string condition = when(context_.split.parts_of(s));
  const std::string left = emit_bare(context_, *a.left);
  std::string right = emit_value(context_, *a.right);
  if (const auto op = operator_of(a.op)) {
    const std::string operand = emit(context_, *a.right);
    const bool integers = a.left->type.is_integer();
    switch (*op) {
      case BinaryOp::elementwise_multiply:
        right = fmt::format("elt_multiply({}, {})", left, operand);
        break;
      case BinaryOp::elementwise_divide:
        right = fmt::format("elt_divide({}, {})", left, operand);
        break;
      case BinaryOp::divide:
        right = integers ? fmt::format("divide({}, {})", left, operand) : fmt::format("{} / {}", left, operand);
        break;
      default:
        right = fmt::format("{} {} {}", left, to_string(*op), operand);
    }
  }
  const auto* indexed = as<Indexed>(*a.left);
  const bool all_single = indexed == nullptr || [&] {
    for (const Index& i : indexed->indexes)
      if (i.kind != Index::Kind::single) return false;
    return true;
  }();
  // Numbers that a record may read again on the way back must be put back first: assign_at sees to it.
  const bool in_place = indexed && (context_.function || (context_.has_target && !context_.depends(*a.left)));
  if (a.left->type.is_scalar() && all_single && !in_place)
    line(fmt::format("{}{} = {};", condition, left, right), s.location);
  else if (indexed)
    line(fmt::format("assign_at({}, {}, {});", emit(context_, *indexed->base), right,
                     emit_indexes(context_, indexed->indexes)),
         s.location);
  else
    line(fmt::format("assign({}, {});", left, right), s.location);
}

bool StatementWriter::sweeps_locally(const Statement& loop) const {
  if (context_.function || !context_.has_target || !context_.analysis.is_independent(loop)) return false;
  // A sweep also takes back what was assigned to numbers in containers, and the storage of whole containers.
  std::set<VariableId> inside;
  for_each_statement(loop, [&](const Statement& s) {
    if (const auto* d = as<Declaration>(s))
      for (const auto& name : d->declarators) inside.insert(name.variable);
  });
  bool keeps = true;
  for_each_statement(loop, [&](const Statement& s) {
    const auto* a = as<Assignment>(s);
    if (!a) return;
    const VariableId root = root_variable(*a->left).variable;
    const bool container = !context_.program.variables[static_cast<std::size_t>(root)].type.is_scalar();
    if (container && !inside.contains(root) && (!as<Indexed>(*a->left) || !context_.depends(root))) keeps = false;
  });
  return keeps;
}

bool StatementWriter::open_hoisted(const Statement& loop) {
  if (!sweeps_locally(loop) || !context_.hoisted.empty()) return false;
  const auto found = find_hoisted(context_, loop, hoisted_count_);
  if (found.empty()) return false;
  mark(loop);
  open("{");
  for (const HoistedValue& h : found) line(fmt::format("const auto {} = {};", h.name, h.definition));
  for (const HoistedValue& h : found) context_.hoisted[h.expression] = h.name;
  return true;
}

void StatementWriter::close_hoisted() {
  context_.hoisted.clear();
  close();
}

void StatementWriter::body(const Statement& s) {
  if (const auto* block = as<BlockStatement>(s))
    statements(block->body);
  else
    statement(s);
}

void StatementWriter::for_range(const Statement& s, const ForRange& f) {
  const SubsetLoop* loop = context_.subset && pass_ == Pass::all ? context_.subset->loop_of(s) : nullptr;
  if (loop)
    chosen_range(s, f, *loop);
  else
    whole_range(s, f);
}

void StatementWriter::chosen_range(const Statement& s, const ForRange& f, const SubsetLoop& loop) {
  if (loop.has_rest) {
    pass_ = Pass::rest;
    whole_range(s, f);
  }
  pass_ = Pass::likelihood;
  const std::string rows = rows_name(loop.index), at = context_.names.beside(f.name, "_at");
  loop_scale_ = rows + ".scale";
  const bool hoisted = open_hoisted(s);
  open(fmt::format("for (int {0} = 1; {0} <= {1}.count; ++{0}) {{  // {2}", at, rows, source_line(s.location)));
  line(fmt::format("[[maybe_unused]] const int {} = {}.number({}, {});", context_.names.variable(f.name), rows, at,
                   emit_bare(context_, *f.lower)));
  if (sweeps_locally(s)) line("LocalSweep sweep;");
  body(*f.body);
  close();
  if (hoisted) close_hoisted();
  loop_scale_.clear();
  pass_ = Pass::all;
}

void StatementWriter::whole_range(const Statement& s, const ForRange& f) {
  if (const auto sum = summing_loop(context_, s)) {
    mark(s);
    const std::string total = context_.names.variable(as<VariableRef>(*sum->assignment->left)->name);
    return line(fmt::format("{2}{0} = {0} {1};", total, emit_sum(context_, *sum, marks_.size() - 1),
                            when(context_.split.parts_of(*sum->statement))),
                s.location);
  }
  const bool hoisted = open_hoisted(s);
  const std::string name = context_.names.variable(f.name), end = context_.names.beside(f.name, "_end");
  const bool simple = as<IntLiteral>(*f.upper) || (as<VariableRef>(*f.upper) && f.upper->data_only);
  const std::string upper = emit_bare(context_, *f.upper);
  const std::string head =
      simple ? fmt::format("for (int {0} = {1}; {0} <= {2}; ++{0}) {{", name, emit_bare(context_, *f.lower), upper)
             : fmt::format("for (int {0} = {1}, {3} = {2}; {0} <= {3}; ++{0}) {{", name, emit_bare(context_, *f.lower),
                           upper, end);
  open(fmt::format("{}  // {}", head, source_line(s.location)));
  if (sweeps_locally(s)) line("LocalSweep sweep;");
  body(*f.body);
  close();
  if (hoisted) close_hoisted();
}

void StatementWriter::for_each(const Statement& s, const ForEach& f) {
  const bool hoisted = open_hoisted(s);
  const std::string name = context_.names.variable(f.name), all = context_.names.beside(f.name, "_all"),
                    at = context_.names.beside(f.name, "_at");
  line(fmt::format("const auto {} = elements({});", all, emit_bare(context_, *f.container)));
  open(fmt::format("for (int {0} = 0; {0} < {1}.size(); ++{0}) {{  // {2}", at, all, source_line(s.location)));
  if (sweeps_locally(s)) line("LocalSweep sweep;");
  const bool variable = f.container->type.element().is_real() && context_.depends(f.variable);
  line(variable ? fmt::format("const auto {} = copy({}[{}]);", name, all, at)
                : fmt::format("const auto {} = {}[{}];", name, all, at));
  body(*f.body);
  close();
  if (hoisted) close_hoisted();
}

void StatementWriter::if_else(const Statement& s, const If& n, const std::string& prefix) {
  open(fmt::format("{}if ({}) {{  // {}", prefix, emit_condition(context_, *n.condition), source_line(s.location)));
  body(*n.then_branch);
  if (n.else_branch == nullptr) return close();
  if (const auto* chained = as<If>(*n.else_branch)) {
    --indent_;
    return if_else(*n.else_branch, *chained, "} else ");
  }
  --indent_;
  open("} else {");
  body(*n.else_branch);
  close();
}

void StatementWriter::check_constraint(const std::string& name, const DeclaredType& type) {
  const std::string cpp = context_.names.variable(name);
  const std::string bounds = emit_constraint(context_, type), structure = emit_structure(context_, type);
  if (type.constraint == Constraint::affine) return;
  if (!bounds.empty())
    line(
        fmt::format("check_bounds(\"{} is outside the bounds that it is declared with\", {}, {});", name, cpp, bounds));
  if (!structure.empty())
    line(fmt::format("check_structure(\"{} is not a {}\", {}, {});", name, to_string(type.constraint), cpp, structure));
}

}  // namespace thalweg::stan
