#include "thalweg/stan/printer.hpp"

#include <fmt/format.h>

namespace thalweg::stan {

namespace {

int precedence_of(const Expression& e) {
  if (const Binary* binary = as<Binary>(e)) return precedence(binary->op);
  if (as<Conditional>(e) != nullptr) return conditional_precedence;
  const Unary* unary = as<Unary>(e);
  return unary != nullptr && unary->op != UnaryOp::transpose ? prefix_precedence : postfix_precedence;
}

/// In parentheses when it binds looser than `least`.
std::string print_at(const Expression& e, int least) {
  const std::string text = print(e);
  return precedence_of(e) < least ? "(" + text + ")" : text;
}

std::string list(const std::vector<ExpressionPtr>& items, std::size_t first = 0) {
  std::string text;
  for (std::size_t i = first; i < items.size(); ++i) {
    if (i > first) text += ", ";
    text += print(*items[i]);
  }
  return text;
}

std::string print_call(const Call& call) {
  if (!call.bar) return call.name + "(" + list(call.arguments) + ")";
  const std::string rest = list(call.arguments, 1);
  return call.name + "(" + print(*call.arguments[0]) + " |" + (rest.empty() ? "" : " ") + rest + ")";
}

std::string print_index(const Index& index) {
  const std::string lower = index.lower ? print(*index.lower) : "";
  const std::string upper = index.upper ? print(*index.upper) : "";
  switch (index.kind) {
    case Index::Kind::single:
    case Index::Kind::multi:
      return lower;
    case Index::Kind::all:
    case Index::Kind::from:
    case Index::Kind::to:
    case Index::Kind::range:
      break;
  }
  return lower + ":" + upper;
}

std::string print_indexed(const Indexed& indexed) {
  std::string text = print_at(*indexed.base, postfix_precedence) + "[";
  for (std::size_t i = 0; i < indexed.indexes.size(); ++i) {
    text += (i > 0 ? ", " : "") + print_index(indexed.indexes[i]);
  }
  return text + "]";
}

std::string print_binary(const Binary& binary) {
  const int own = precedence(binary.op);
  const bool right = right_associative(binary.op);
  const bool sign = precedence_of(*binary.right) == prefix_precedence;  // `a ^ -b` needs no parentheses
  return fmt::format("{} {} {}", print_at(*binary.left, right ? own + 1 : own), to_string(binary.op),
                     sign ? print(*binary.right) : print_at(*binary.right, right ? own : own + 1));
}

std::string print_unary(const Unary& unary) {
  if (unary.op == UnaryOp::transpose) return print_at(*unary.operand, postfix_precedence) + "'";
  return to_string(unary.op) + print_at(*unary.operand, prefix_precedence);
}

std::string print_constraints(const DeclaredType& type) {
  std::string text;
  const auto add = [&](const char* name, const ExpressionPtr& value) {
    if (!value) return;
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, print_at(*value, additive_precedence));
  };
  add("lower", type.lower);
  add("upper", type.upper);
  add("offset", type.offset);
  add("multiplier", type.multiplier);
  return text.empty() ? "" : "<" + text + ">";
}

std::string blanks(int indent) { return std::string(static_cast<std::size_t>(2 * indent), ' '); }

std::string print_body(const std::vector<StatementPtr>& statements, int indent) {
  std::string text = "{\n";
  for (const StatementPtr& statement : statements) text += print(*statement, indent + 1);
  return text + blanks(indent) + "}";
}

/// The body of an `if` or a loop: a block goes on in the same line, anything else stands in the next.
std::string print_branch(const Statement& body, int indent) {
  const BlockStatement* block = as<BlockStatement>(body);
  if (block != nullptr) return fmt::format(" {}", print_body(block->body, indent));
  std::string text = fmt::format("\n{}", print(body, indent + 1));
  text.pop_back();
  return text;
}

std::string print_if(const If& branch, int indent) {
  std::string text = fmt::format("if ({}){}", print(*branch.condition), print_branch(*branch.then_branch, indent));
  if (!branch.else_branch) return text;
  const bool block = as<BlockStatement>(*branch.then_branch) != nullptr;
  text += block ? " else" : fmt::format("\n{}else", blanks(indent));
  const If* next = as<If>(*branch.else_branch);
  return text +
         (next != nullptr ? fmt::format(" {}", print_if(*next, indent)) : print_branch(*branch.else_branch, indent));
}

std::string print_declaration(const Declaration& declaration) {
  std::string text = print(declaration.type);
  const char* separator = " ";
  for (const Declarator& declarator : declaration.declarators) {
    text += separator + declarator.name;
    if (declarator.value) text += " = " + print(*declarator.value);
    separator = ", ";
  }
  return text + ";";
}

std::string print_tilde(const Tilde& tilde) {
  std::string text = fmt::format("{} ~ {}({})", print(*tilde.left), tilde.name, list(tilde.arguments));
  if (tilde.truncated) {
    text += fmt::format(" T[{}, {}]", tilde.truncation_lower ? print(*tilde.truncation_lower) : "",
                        tilde.truncation_upper ? print(*tilde.truncation_upper) : "");
  }
  return text + ";";
}

std::string print_message(const Message& message) {
  constexpr const char* words[] = {"print", "reject", "fatal_error"};
  return fmt::format("{}({});", words[static_cast<int>(message.kind)], list(message.items));
}

std::string print_node(const Statement& statement, int indent) {
  return std::visit(
      overloaded{
          [](const Declaration& n) { return print_declaration(n); },
          [](const Assignment& n) {
            return fmt::format("{} {} {};", print(*n.left), to_string(n.op), print(*n.right));
          },
          [](const Tilde& n) { return print_tilde(n); },
          [](const TargetIncrement& n) {
            return fmt::format("{} += {};", n.jacobian ? "jacobian" : "target", print(*n.value));
          },
          [](const CallStatement& n) { return print(*n.call) + ";"; }, [&](const If& n) { return print_if(n, indent); },
          [&](const While& n) { return "while (" + print(*n.condition) + ")" + print_branch(*n.body, indent); },
          [&](const ForRange& n) {
            return fmt::format("for ({} in {}:{})", n.name, print(*n.lower), print(*n.upper)) +
                   print_branch(*n.body, indent);
          },
          [&](const ForEach& n) {
            return fmt::format("for ({} in {})", n.name, print(*n.container)) + print_branch(*n.body, indent);
          },
          [&](const BlockStatement& n) { return print_body(n.body, indent); },
          [&](const Profile& n) { return "profile(\"" + n.label + "\") " + print_body(n.body, indent); },
          [](const Break&) { return std::string("break;"); }, [](const Continue&) { return std::string("continue;"); },
          [](const Return& n) { return n.value ? "return " + print(*n.value) + ";" : "return;"; },
          [](const Message& n) { return print_message(n); }, [](const Empty&) { return std::string(";"); }},
      statement.node);
}

}  // namespace

std::string print(const Expression& e) {
  return std::visit(
      overloaded{
          [](const IntLiteral& n) { return std::to_string(n.value); }, [](const RealLiteral& n) { return n.text; },
          [](const StringLiteral& n) { return "\"" + n.text + "\""; },
          [](const ArrayLiteral& n) { return fmt::format("{{{}}}", list(n.elements)); },
          [](const RowLiteral& n) { return fmt::format("[{}]", list(n.elements)); },
          [](const VariableRef& n) { return n.name; }, [](const Call& n) { return print_call(n); },
          [](const TargetValue&) { return std::string("target()"); }, [](const Indexed& n) { return print_indexed(n); },
          [](const Unary& n) { return print_unary(n); }, [](const Binary& n) { return print_binary(n); },
          [](const Conditional& n) {
            return fmt::format("{} ? {} : {}", print_at(*n.condition, conditional_precedence + 1), print(*n.if_true),
                               print(*n.if_false));
          }},
      e.node);
}

std::string print(const Statement& statement, int indent) {
  return fmt::format("{}{}\n", blanks(indent), print_node(statement, indent));
}

std::string print(const DeclaredType& type) {
  std::string text = type.array_sizes.empty() ? "" : "array[" + list(type.array_sizes) + "] ";
  const std::string word = to_string(type.constraint);
  text += word.empty() ? to_string(Type{type.base, 0}) : word;
  text += print_constraints(type);
  return type.sizes.empty() ? text : text + "[" + list(type.sizes) + "]";
}

std::string print(const FunctionDefinition& function) {
  std::string text = to_string(function.return_type) + " " + function.name + "(";
  for (std::size_t i = 0; i < function.parameters.size(); ++i) {
    const FunctionParameter& parameter = function.parameters[i];
    text += fmt::format("{}{}{} {}", i > 0 ? ", " : "", parameter.data_only ? "data " : "", to_string(parameter.type),
                        parameter.name);
  }
  if (!function.body) return text + ");";
  return text + ")" + print_branch(*function.body, 1);
}

std::string print(const Program& program) {
  std::string text;
  for (int i = 0; i < program_block_count; ++i) {
    if (!program.blocks[i]) continue;
    text += std::string(to_string(static_cast<ProgramBlock>(i))) + " ";
    if (i != static_cast<int>(ProgramBlock::functions)) {
      text += print_body(*program.blocks[i], 0) + "\n";
      continue;
    }
    text += "{\n";
    for (const FunctionDefinition& function : program.functions) text += "  " + print(function) + "\n";
    text += "}\n";
  }
  return text;
}

}  // namespace thalweg::stan
