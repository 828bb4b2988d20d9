// Every distribution of one outcome by its Stan name, once: the runtime makes its functions from these lists, and the
// emitter knows from them whose arguments can be prepared before a loop. No code is here.
#pragma once

/// X(name, Type, ending): Type is the kernel, a struct of thalweg::distribution.
#define THALWEG_EACH_DISTRIBUTION(X)                      \
  X(normal, Normal, lpdf)                                 \
  X(std_normal, StdNormal, lpdf)                          \
  X(lognormal, Lognormal, lpdf)                           \
  X(student_t, StudentT, lpdf)                            \
  X(cauchy, Cauchy, lpdf)                                 \
  X(double_exponential, DoubleExponential, lpdf)          \
  X(logistic, Logistic, lpdf)                             \
  X(gumbel, Gumbel, lpdf)                                 \
  X(skew_normal, SkewNormal, lpdf)                        \
  X(exp_mod_normal, ExpModNormal, lpdf)                   \
  X(skew_double_exponential, SkewDoubleExponential, lpdf) \
  X(von_mises, VonMises, lpdf)                            \
  X(gamma, Gamma, lpdf)                                   \
  X(inv_gamma, InvGamma, lpdf)                            \
  X(exponential, Exponential, lpdf)                       \
  X(chi_square, ChiSquare, lpdf)                          \
  X(inv_chi_square, InvChiSquare, lpdf)                   \
  X(scaled_inv_chi_square, ScaledInvChiSquare, lpdf)      \
  X(weibull, Weibull, lpdf)                               \
  X(frechet, Frechet, lpdf)                               \
  X(loglogistic, LogLogistic, lpdf)                       \
  X(pareto, Pareto, lpdf)                                 \
  X(pareto_type_2, ParetoType2, lpdf)                     \
  X(rayleigh, Rayleigh, lpdf)                             \
  X(beta, Beta, lpdf)                                     \
  X(beta_proportion, BetaProportion, lpdf)                \
  X(uniform, Uniform, lpdf)                               \
  X(bernoulli, Bernoulli, lpmf)                           \
  X(bernoulli_logit, BernoulliLogit, lpmf)                \
  X(binomial, Binomial, lpmf)                             \
  X(binomial_logit, BinomialLogit, lpmf)                  \
  X(poisson, Poisson, lpmf)                               \
  X(poisson_log, PoissonLog, lpmf)                        \
  X(neg_binomial, NegBinomial, lpmf)                      \
  X(neg_binomial_2, NegBinomial2, lpmf)                   \
  X(neg_binomial_2_log, NegBinomial2Log, lpmf)            \
  X(beta_binomial, BetaBinomial, lpmf)                    \
  X(beta_neg_binomial, BetaNegBinomial, lpmf)             \
  X(yule_simon, YuleSimon, lpmf)                          \
  X(hypergeometric, Hypergeometric, lpmf)                 \
  X(discrete_range, DiscreteRange, lpmf)

/// X(name, Type): there are TypeLcdf and TypeLccdf.
#define THALWEG_EACH_TAIL(X)                        \
  X(normal, Normal)                                 \
  X(std_normal, StdNormal)                          \
  X(lognormal, Lognormal)                           \
  X(student_t, StudentT)                            \
  X(cauchy, Cauchy)                                 \
  X(double_exponential, DoubleExponential)          \
  X(logistic, Logistic)                             \
  X(gumbel, Gumbel)                                 \
  X(exp_mod_normal, ExpModNormal)                   \
  X(skew_double_exponential, SkewDoubleExponential) \
  X(gamma, Gamma)                                   \
  X(inv_gamma, InvGamma)                            \
  X(exponential, Exponential)                       \
  X(chi_square, ChiSquare)                          \
  X(inv_chi_square, InvChiSquare)                   \
  X(scaled_inv_chi_square, ScaledInvChiSquare)      \
  X(weibull, Weibull)                               \
  X(frechet, Frechet)                               \
  X(loglogistic, LogLogistic)                       \
  X(pareto, Pareto)                                 \
  X(pareto_type_2, ParetoType2)                     \
  X(rayleigh, Rayleigh)                             \
  X(beta, Beta)                                     \
  X(beta_proportion, BetaProportion)                \
  X(uniform, Uniform)                               \
  X(bernoulli, Bernoulli)                           \
  X(binomial, Binomial)                             \
  X(poisson, Poisson)                               \
  X(neg_binomial, NegBinomial)                      \
  X(neg_binomial_2, NegBinomial2)                   \
  X(discrete_range, DiscreteRange)

/// X(name, Type, parameters): rng::name(random, parameters …) draws from it.
#define THALWEG_EACH_GENERATOR(X)                      \
  X(normal, Normal, 2)                                 \
  X(lognormal, Lognormal, 2)                           \
  X(student_t, StudentT, 3)                            \
  X(cauchy, Cauchy, 2)                                 \
  X(double_exponential, DoubleExponential, 2)          \
  X(logistic, Logistic, 2)                             \
  X(gumbel, Gumbel, 2)                                 \
  X(skew_normal, SkewNormal, 3)                        \
  X(exp_mod_normal, ExpModNormal, 3)                   \
  X(skew_double_exponential, SkewDoubleExponential, 3) \
  X(von_mises, VonMises, 2)                            \
  X(gamma, Gamma, 2)                                   \
  X(inv_gamma, InvGamma, 2)                            \
  X(exponential, Exponential, 1)                       \
  X(chi_square, ChiSquare, 1)                          \
  X(inv_chi_square, InvChiSquare, 1)                   \
  X(scaled_inv_chi_square, ScaledInvChiSquare, 2)      \
  X(weibull, Weibull, 2)                               \
  X(frechet, Frechet, 2)                               \
  X(loglogistic, LogLogistic, 2)                       \
  X(pareto, Pareto, 2)                                 \
  X(pareto_type_2, ParetoType2, 3)                     \
  X(rayleigh, Rayleigh, 1)                             \
  X(beta, Beta, 2)                                     \
  X(beta_proportion, BetaProportion, 2)                \
  X(uniform, Uniform, 2)                               \
  X(bernoulli, Bernoulli, 1)                           \
  X(bernoulli_logit, BernoulliLogit, 1)                \
  X(binomial, Binomial, 2)                             \
  X(binomial_logit, BinomialLogit, 2)                  \
  X(poisson, Poisson, 1)                               \
  X(poisson_log, PoissonLog, 1)                        \
  X(neg_binomial, NegBinomial, 2)                      \
  X(neg_binomial_2, NegBinomial2, 2)                   \
  X(neg_binomial_2_log, NegBinomial2Log, 2)            \
  X(beta_binomial, BetaBinomial, 3)                    \
  X(beta_neg_binomial, BetaNegBinomial, 3)             \
  X(yule_simon, YuleSimon, 1)                          \
  X(hypergeometric, Hypergeometric, 3)                 \
  X(discrete_range, DiscreteRange, 2)
