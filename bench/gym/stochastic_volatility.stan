// Stochastic volatility of 2,427 daily returns of the S&P 500: Student-t returns whose log scale is a random walk.
// Unconstrained: the log scales, log(σ/0.02), log(ν/10). Judged: the log scales, σ and ν.
// Source  Hoffman & Gelman (2014), JMLR 15, section 4.1, in the form of NumPyro's example.
data {
  int<lower=1> T;
  vector[T] returns;
}
parameters {
  vector[T] log_scale;
  real<lower=0> sigma_ratio, nu_ratio;
}
transformed parameters {
  real sigma = 0.02 * sigma_ratio, nu = 10 * nu_ratio;
}
model {
  sigma_ratio ~ exponential(1);
  nu_ratio ~ exponential(1);
  log_scale[1] ~ normal(0, sigma);
  log_scale[2 : T] ~ normal(log_scale[1 : T - 1], sigma);
  returns ~ student_t(nu, 0, exp(log_scale));
}
