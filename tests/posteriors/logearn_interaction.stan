// Gelman & Hill (2007), chapter 4: log earnings on height and sex, which interact.
data {
  int<lower=0> N;
  vector[N] earn, height, male;
}
transformed data {
  vector[N] log_earn = log(earn);
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
model {
  vector[N] mu = beta[1] + beta[2] * height + beta[3] * male;
  mu += beta[4] * (height .* male);
  log_earn ~ normal(mu, sigma);
}
