// posterior_report [--hessian] DATABASE PROGRAMS [PART-OF-NAME …]: one line a posterior: agrees, or what differs. With
// --hessian Hessian–vector products are compared with differences of gradients, a posterior of each program.
#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <set>

#include "../agreement.hpp"
#include "../hessian_agreement.hpp"

namespace {
using namespace thalweg::testing;

constexpr const char* names[] = {"agrees", "DIFFERS", "refused", "FAILED"};
const char* name_of(Agreement::Kind kind) { return names[static_cast<int>(kind)]; }

int report_gradients(const std::vector<Posterior>& all, const char* programs) {
  int agrees = 0;
  compare_all(all, programs, 2, [&](const Posterior& p, const Agreement& a) {
    agrees += a.kind == Agreement::Kind::agrees;
    fmt::print("{:<8} {:<60} {:.2g} {:.2g} {:.1f}s {}\n", name_of(a.kind), p.name, a.density_error, a.gradient_error,
               a.compile_seconds, a.words);
    std::fflush(stdout);
  });
  return agrees;
}

/// One after the other, so that the times mean something.
int report_hessians(const std::vector<Posterior>& all, const std::string& programs) {
  int agrees = 0, exact = 0;
  fmt::print("{:<8} {:<60} points error asymmetry cost compiled\n", "", "");
  for (const Posterior& p : all) {
    const HessianAgreement a = compare_hessian(p, programs + "/" + p.program + ".stan");
    agrees += a.kind == Agreement::Kind::agrees;
    exact += a.exact;
    fmt::print("{:<8} {:<60} {} {:.2g} {:.1g} {:.2f} {:.1f}s {}\n", name_of(a.kind), p.name, a.points, a.error,
               a.asymmetry, a.cost, a.seconds, a.words);
    std::fflush(stdout);
  }
  fmt::print("{} exact\n", exact);
  return agrees;
}
}  // namespace

int main(int argc, char** argv) {
  const bool hessian = argc > 1 && std::strcmp(argv[1], "--hessian") == 0;
  if (hessian) --argc, ++argv;
  if (argc < 3) {
    fmt::print(stderr, "usage: posterior_report [--hessian] DATABASE PROGRAMS [PART-OF-NAME …]\n");
    return 2;
  }
  auto all = posteriors_of(argv[1]);
  std::set<std::string> seen;
  const auto unwanted = [&](const Posterior& p) {
    for (int i = 3; i < argc; ++i)
      if (p.name.find(argv[i]) != std::string::npos) return hessian && !seen.insert(p.program).second;
    return argc > 3 || (hessian && !seen.insert(p.program).second);
  };
  std::erase_if(all, unwanted);
  const int agrees = hessian ? report_hessians(all, argv[2]) : report_gradients(all, argv[2]);
  fmt::print("{} of {} agree\n", agrees, all.size());
  return agrees == static_cast<int>(all.size()) ? 0 : 1;
}
