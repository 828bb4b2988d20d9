// The bits of every function when they were last changed on purpose (bits.cpp prints a new table when they differ).
#pragma once
#include <cstdint>

namespace thalweg {
struct GoldenBits {
  const char* name;
  std::uint64_t hash;
};
inline constexpr GoldenBits golden_bits[] = {
    {"LogProduct", 0x7af92e2f0821c9b2},
    {"Random", 0x188392655d48ef8a},
    {"acos", 0x17642c76b8f91238},
    {"acosh", 0x4992cb933f6dd6aa},
    {"asin", 0xcf8cb1609c46a42f},
    {"asinh", 0xc8c42ce7f5541207},
    {"atan", 0x9b8ed33ec3d48d42},
    {"atan2", 0x38fb0846a3b21a0d},
    {"atanh", 0xef01543a56bee1d6},
    {"beta_tails", 0xcab829cbf9537892},
    {"cbrt", 0x44a95a0eabff31f2},
    {"ceil", 0x44bddc406e5b1f4f},
    {"cos", 0x125519295e466001},
    {"cosh", 0xf19b1f0b58369dba},
    {"digamma", 0x415e1acc5171fb28},
    {"erf", 0x195a3aa4e2407889},
    {"erfc", 0x818399487e141355},
    {"exp", 0xb54d0be12a7745ed},
    {"exp2", 0x6bff98ceddbacabc},
    {"expm1", 0xbe9c821e023b4cfb},
    {"floor", 0xb90c01e7cf40015f},
    {"fmod", 0x3e65b0e8259a8ff0},
    {"gamma_tails", 0x418e9fbe53b3fd94},
    {"hypot", 0x87b6aee996285a8b},
    {"lbeta", 0x16322fe683d280c6},
    {"lgamma", 0x8c5fdf5f76a96bac},
    {"log", 0x649d2240b63338da},
    {"log10", 0x5b9850bd3d872bfa},
    {"log1m", 0x6862f23f581b98e2},
    {"log1m_exp", 0xbc73d4115b5c61df},
    {"log1p", 0x14185f4075ec983e},
    {"log1p_exp", 0x5414d2ff68b349b7},
    {"log2", 0x5557c72dc4cad762},
    {"log_diff_exp", 0x5385bacec207f028},
    {"log_logistic", 0x8bfb6114fdf5eb67},
    {"log_normal_cdf", 0xd8d081571af07c58},
    {"log_sum_exp", 0x9e8e62a4f43e303d},
    {"logistic", 0xd29559e1afe110f0},
    {"logit", 0xc3a15f922c8ac6ea},
    {"normal_cdf", 0xe13066288879b7e4},
    {"normal_quantile", 0xb390a272cc723bea},
    {"pow", 0xc7207149b45685b1},
    {"round", 0xd29a2297e508019f},
    {"sin", 0x65eb8a0ab9b9ea68},
    {"sincos_turns", 0xa0ba9a1b3cfab15f},
    {"sinh", 0x481e2046a7668b5c},
    {"tan", 0x472c41dbeb87765c},
    {"tanh", 0xb4d7924dc0e73099},
    {"trigamma", 0xa2379187bc98e76a},
    {"trunc", 0x66f35fa238ff568f},
};
}  // namespace thalweg
