// posterior_report DATABASE PROGRAMS [PART-OF-NAME …]: one line a posterior: agrees, or what differs.
#include <fmt/format.h>

#include <cstdio>

#include "../agreement.hpp"

int main(int argc, char** argv) {
  using namespace thalweg::testing;
  if (argc < 3) {
    fmt::print(stderr, "usage: {} DATABASE PROGRAMS [PART-OF-NAME …]\n", argv[0]);
    return 2;
  }
  auto all = posteriors_of(argv[1]);
  const auto unwanted = [&](const Posterior& p) {
    for (int i = 3; i < argc; ++i)
      if (p.name.find(argv[i]) != std::string::npos) return false;
    return argc > 3;
  };
  std::erase_if(all, unwanted);
  int agrees = 0;
  compare_all(all, argv[2], 2, [&](const Posterior& p, const Agreement& a) {
    static constexpr const char* names[] = {"agrees", "DIFFERS", "refused", "FAILED"};
    agrees += a.kind == Agreement::Kind::agrees;
    fmt::print("{:<8} {:<60} {:.2g} {:.2g} {:.1f}s {}\n", names[static_cast<int>(a.kind)], p.name, a.density_error,
               a.gradient_error, a.compile_seconds, a.words);
    std::fflush(stdout);
  });
  fmt::print("{} of {} agree\n", agrees, all.size());
  return agrees == static_cast<int>(all.size()) ? 0 : 1;
}
