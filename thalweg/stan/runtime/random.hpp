// Random draws by their Stan names: name_rng(parameters …, random), one draw for each element of the longest argument.
#pragma once
#include <tuple>
#include <utility>

#include "thalweg/autodiff/container_functions.hpp"
#include "thalweg/density/arguments.hpp"
#include "thalweg/density/distributions/distributions.hpp"
#include "thalweg/density/distributions/rng.hpp"
#include "thalweg/density/distributions/rng_counts.hpp"
#include "thalweg/density/vectorised.hpp"
#include "thalweg/stan/runtime/distribution_list.hpp"

namespace thalweg {
inline namespace THALWEG_ISA {
namespace detail {

/// Element i of an argument: of a container its element, of a scalar itself.
template <class A>
THALWEG_INLINE auto argument_at(const A& a, int i) {
  if constexpr (Container<A>)
    return value_of(a[i]);
  else
    return value_of(a);
}
template <class A>
THALWEG_INLINE auto held(const A& a) {
  if constexpr (Container<A>)
    return let(a);
  else
    return a;
}
/// One draw of distribution D (whose parameters must be in their domains) or an array of them.
template <class D, class Draw, class... A>
auto draw_all(const Draw& draw, const A&... arguments) {
  const auto one = [&](const auto&... values) {
    [&]<std::size_t... j>(std::index_sequence<j...>) {
      ((D::template valid<static_cast<int>(j) + 1>(values)
            ? void()
            : Tape::current().reject_all(D::requirement(static_cast<int>(j) + 1))),
       ...);
    }
    (std::make_index_sequence<sizeof...(A)>{});
    return draw(values...);
  };
  if constexpr ((Container<A> || ...)) {
    using Result = decltype(one(argument_at(arguments, 0)...));
    const int n = common_size(arguments...);
    const auto result = make_unset_sequence<Array<Result>>(n);
    for (int i = 0; i < n; ++i) result.storage.data[i] = one(argument_at(arguments, i)...);
    return result;
  } else {
    return one(value_of(arguments)...);
  }
}
}  // namespace detail

#define THALWEG_GENERATOR_1(name, Type)                                                                         \
  template <class A>                                                                                            \
  auto name##_rng(const A& a, Random<double>& random) {                                                         \
    return detail::draw_all<distribution::Type>([&](auto x) { return rng::name(random, x); }, detail::held(a)); \
  }
#define THALWEG_GENERATOR_2(name, Type)                                                                  \
  template <class A, class B>                                                                            \
  auto name##_rng(const A& a, const B& b, Random<double>& random) {                                      \
    return detail::draw_all<distribution::Type>([&](auto x, auto y) { return rng::name(random, x, y); }, \
                                                detail::held(a), detail::held(b));                       \
  }
#define THALWEG_GENERATOR_3(name, Type)                                                                             \
  template <class A, class B, class C>                                                                              \
  auto name##_rng(const A& a, const B& b, const C& c, Random<double>& random) {                                     \
    return detail::draw_all<distribution::Type>([&](auto x, auto y, auto z) { return rng::name(random, x, y, z); }, \
                                                detail::held(a), detail::held(b), detail::held(c));                 \
  }
#define THALWEG_GENERATOR(name, Type, parameters) THALWEG_GENERATOR_##parameters(name, Type)
THALWEG_EACH_GENERATOR(THALWEG_GENERATOR)
#undef THALWEG_GENERATOR
#undef THALWEG_GENERATOR_1
#undef THALWEG_GENERATOR_2
#undef THALWEG_GENERATOR_3
inline double std_normal_rng(Random<double>& random) { return rng::std_normal(random); }

/// A category from 1 on, by probabilities or by log odds.
template <Container E>
int categorical_rng(const E& theta, Random<double>& random) {
  const auto p = copy(theta);
  return rng::categorical(random, View<const double>{p.storage.data, static_cast<std::size_t>(p.size()), 1});
}
template <Container E>
int categorical_logit_rng(const E& beta, Random<double>& random) {
  const auto b = copy(beta);
  return rng::categorical_logit(random, View<const double>{b.storage.data, static_cast<std::size_t>(b.size()), 1});
}

}  // namespace THALWEG_ISA
}  // namespace thalweg
