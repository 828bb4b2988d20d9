#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "thalweg/io/export.hpp"
#include "thalweg/io/export_layout.hpp"
#include "thalweg/io/zip.hpp"

namespace thalweg {
namespace {

enum class Element { real, integer, boolean };

Element element_of(const ColumnGroup& group) {
  if (group.kind == ColumnKind::statistic && group.name == "diverging") return Element::boolean;
  return group.is_integer ? Element::integer : Element::real;
}

/// The head of an .npy file, version 1.0: a Python dictionary, padded to a multiple of 64 bytes.
/// Source  NumPy Enhancement Proposal 1.
std::string npy_head(Element element, const std::vector<std::int64_t>& shape) {
  const char* type = element == Element::real ? "<f8" : element == Element::integer ? "<i8" : "|b1";
  std::string dictionary =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({},), }}", type, fmt::join(shape, ", "));
  constexpr std::size_t prefix = 10;
  while ((prefix + dictionary.size() + 1) % 64 != 0) dictionary += ' ';
  dictionary += '\n';
  std::string head = "\x93NUMPY\x01";
  head += '\0';
  head += static_cast<char>(dictionary.size());
  head += static_cast<char>(dictionary.size() >> 8);
  return head + dictionary;
}

std::int64_t integer_of(double x) {
  constexpr double limit = 9.2e18;
  return std::abs(x) < limit ? std::llround(x) : std::numeric_limits<std::int64_t>::min();
}

void write_values(ZipWriter& zip, Element element, std::span<const double> values) {
  if (element == Element::real) {
    zip.write({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
    return;
  }
  std::string bytes;
  for (const double x : values) {
    const std::int64_t i = integer_of(x);
    if (element == Element::boolean)
      bytes += static_cast<char>(i != 0);
    else
      bytes.append(reinterpret_cast<const char*>(&i), sizeof i);
  }
  zip.write(bytes);
}

void write_array(ZipWriter& zip, const RunFile& run, const ExportOptions& options, Phase phase, std::int64_t draws,
                 const ColumnGroup& group) {
  const Element element = element_of(group);
  std::vector<std::int64_t> shape = {run.header().chains, draws};
  shape.insert(shape.end(), group.shape.begin(), group.shape.end());
  const std::string head = npy_head(element, shape);
  const auto numbers = static_cast<std::uint64_t>(run.header().chains * draws * group.size);
  zip.begin((phase == Phase::warmup ? "warmup." : "") + table_name(group) + ".npy",
            head.size() + numbers * (element == Element::boolean ? 1 : 8));
  zip.write(head);
  visit_array(run, options, phase, draws, group,
              [&](std::int64_t, std::int64_t, std::span<const double> values) { write_values(zip, element, values); });
}

}  // namespace

ExportReport export_npz(const RunFile& run, const std::string& path, const ExportOptions& options) {
  ExportReport report{{path}, {}};
  const std::int64_t draws = draws_to_export(run, report.notes);
  const std::int64_t warmup = run.common_draw_count(Phase::warmup);
  OutputFile file(path, options.overwrite);
  ZipWriter zip(file);
  for (const ColumnGroup& group : groups_in_stan_order(run.header()))
    write_array(zip, run, options, Phase::sampling, draws, group);
  if (warmup > 0)
    for (const ColumnGroup& group : groups_in_stan_order(run.header()))
      write_array(zip, run, options, Phase::warmup, warmup, group);
  zip.finish();
  file.commit();
  return report;
}

}  // namespace thalweg
