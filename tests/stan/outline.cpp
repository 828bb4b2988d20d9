#include "outline.hpp"

#include "thalweg/core/error.hpp"
#include "thalweg/stan/checker.hpp"
#include "thalweg/stan/parser.hpp"

namespace thalweg::stan {

namespace {

std::string list(const std::string& head, const std::vector<std::string>& parts) {
  std::string text = "(" + head;
  for (const std::string& part : parts) text += " " + part;
  return text + ")";
}

std::vector<std::string> each(const std::vector<ExpressionPtr>& expressions) {
  std::vector<std::string> parts;
  for (const ExpressionPtr& e : expressions) parts.push_back(outline(*e));
  return parts;
}

std::vector<std::string> each(const std::vector<StatementPtr>& statements) {
  std::vector<std::string> parts;
  for (const StatementPtr& s : statements) parts.push_back(outline(*s));
  return parts;
}

std::string maybe(const ExpressionPtr& e) { return e ? outline(*e) : "_"; }
std::string maybe(const StatementPtr& s) { return s ? outline(*s) : "_"; }

std::string outline_index(const Index& index) {
  switch (index.kind) {
    case Index::Kind::all:
      return ":";
    case Index::Kind::single:
    case Index::Kind::multi:
      return outline(*index.lower);
    case Index::Kind::from:
      return list("from", {outline(*index.lower)});
    case Index::Kind::to:
      return list("to", {outline(*index.upper)});
    case Index::Kind::range:
      return list("range", {outline(*index.lower), outline(*index.upper)});
  }
  return "";
}

std::string outline_call(const Call& call) {
  std::vector<std::string> parts = each(call.arguments);
  if (call.bar) parts.insert(parts.begin() + 1, "|");
  return list("call " + call.name, parts);
}

std::string outline_type(const DeclaredType& type) {
  std::vector<std::string> parts;
  const std::string constraint = to_string(type.constraint);
  parts.push_back(constraint.empty() ? to_string(Type{type.base, 0}) : constraint);
  const std::pair<const char*, const ExpressionPtr*> values[] = {
      {"lower", &type.lower}, {"upper", &type.upper}, {"offset", &type.offset}, {"multiplier", &type.multiplier}};
  for (const auto& [name, value] : values) {
    if (*value) parts.push_back(list(name, {outline(**value)}));
  }
  if (!type.sizes.empty()) parts.push_back(list("sizes", each(type.sizes)));
  if (!type.array_sizes.empty()) parts.push_back(list("array", each(type.array_sizes)));
  return list("type", parts);
}

std::string outline_declaration(const Declaration& declaration) {
  std::vector<std::string> parts{outline_type(declaration.type)};
  for (const Declarator& d : declaration.declarators) {
    parts.push_back(d.value ? list("= " + d.name, {outline(*d.value)}) : d.name);
  }
  return list("declare", parts);
}

std::string outline_tilde(const Tilde& n) {
  std::vector<std::string> parts = each(n.arguments);
  parts.insert(parts.begin(), outline(*n.left));
  if (n.truncated) parts.push_back(list("T", {maybe(n.truncation_lower), maybe(n.truncation_upper)}));
  return list("~ " + n.name, parts);
}

std::string outline_function(const FunctionDefinition& function) {
  std::vector<std::string> parts{to_string(function.return_type)};
  for (const FunctionParameter& p : function.parameters) {
    parts.push_back((p.data_only ? "(data " : "(") + to_string(p.type) + " " + p.name + ")");
  }
  parts.push_back(maybe(function.body));
  return list("function " + function.name, parts);
}

}  // namespace

std::string outline(const Expression& e) {
  return std::visit(
      overloaded{
          [](const IntLiteral& n) { return std::to_string(n.value); }, [](const RealLiteral& n) { return n.text; },
          [](const StringLiteral& n) { return "\"" + n.text + "\""; },
          [](const ArrayLiteral& n) { return list("array", each(n.elements)); },
          [](const RowLiteral& n) { return list("row", each(n.elements)); },
          [](const VariableRef& n) { return n.name; }, [](const Call& n) { return outline_call(n); },
          [](const TargetValue&) { return std::string("(target)"); },
          [](const Indexed& n) {
            std::vector<std::string> parts{outline(*n.base)};
            for (const Index& index : n.indexes) parts.push_back(outline_index(index));
            return list("index", parts);
          },
          [](const Unary& n) { return list(n.op == UnaryOp::minus ? "neg" : to_string(n.op), {outline(*n.operand)}); },
          [](const Binary& n) {
            return list(to_string(n.op), {outline(*n.left), outline(*n.right)});
          },
          [](const Conditional& n) {
            return list("?:", {outline(*n.condition), outline(*n.if_true), outline(*n.if_false)});
          }},
      e.node);
}

std::string outline(const Statement& s) {
  return std::visit(
      overloaded{[](const Declaration& n) { return outline_declaration(n); },
                 [](const Assignment& n) {
                   return list(to_string(n.op), {outline(*n.left), outline(*n.right)});
                 },
                 [](const Tilde& n) { return outline_tilde(n); },
                 [](const TargetIncrement& n) { return list(n.jacobian ? "jacobian" : "target", {outline(*n.value)}); },
                 [](const CallStatement& n) { return list("do", {outline(*n.call)}); },
                 [](const If& n) {
                   return list("if", {outline(*n.condition), outline(*n.then_branch), maybe(n.else_branch)});
                 },
                 [](const While& n) {
                   return list("while", {outline(*n.condition), outline(*n.body)});
                 },
                 [](const ForRange& n) {
                   return list("for " + n.name, {outline(*n.lower), outline(*n.upper), outline(*n.body)});
                 },
                 [](const ForEach& n) {
                   return list("each " + n.name, {outline(*n.container), outline(*n.body)});
                 },
                 [](const BlockStatement& n) { return list("block", each(n.body)); },
                 [](const Profile& n) { return list("profile \"" + n.label + "\"", each(n.body)); },
                 [](const Break&) { return std::string("(break)"); },
                 [](const Continue&) { return std::string("(continue)"); },
                 [](const Return& n) { return list("return", {maybe(n.value)}); },
                 [](const Message& n) {
                   constexpr const char* words[] = {"print", "reject", "fatal_error"};
                   return list(words[static_cast<int>(n.kind)], each(n.items));
                 },
                 [](const Empty&) { return std::string("(empty)"); }},
      s.node);
}

std::string outline(const Program& program) {
  std::string text;
  for (const FunctionDefinition& function : program.functions) text += outline_function(function) + "\n";
  for (int i = 0; i < program_block_count; ++i) {
    if (!program.blocks[i]) continue;
    text += list(std::string("block ") + to_string(static_cast<ProgramBlock>(i)), each(*program.blocks[i])) + "\n";
  }
  return text;
}

Program parse_only(const std::string& text, const std::string& name) {
  Diagnostics diagnostics;
  Program program = parse(Source::from_text(text, name), diagnostics);
  diagnostics.throw_errors(program.source);
  return program;
}

std::string outline_of(const std::string& expression) {
  const Program program = parse_only("model { x = " + expression + "; }");
  return outline(*as<Assignment>(*program.statements(ProgramBlock::model).front())->right);
}

std::string errors_of(const std::string& text) {
  try {
    parse_program(Source::from_text(text, "model.stan"));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string warnings_of(const std::string& text) {
  const Program program = parse_program(Source::from_text(text, "model.stan"));
  std::string all;
  for (const Diagnostic& warning : program.warnings) all += (all.empty() ? "" : "\n") + render(program.source, warning);
  return all;
}

}  // namespace thalweg::stan
