// The model of radon.stan, written observation by observation.
data {
  int<lower=1> N, J;
  array[N] int<lower=1, upper=J> county;
  vector[N] floor_measure, log_radon;
}
parameters {
  vector[J] alpha;
  real beta, mu_alpha;
  real<lower=0> sigma_alpha, sigma_y;
}
model {
  mu_alpha ~ normal(0, 10);
  beta ~ normal(0, 10);
  sigma_alpha ~ normal(0, 1);
  sigma_y ~ normal(0, 1);
  for (j in 1:J) alpha[j] ~ normal(mu_alpha, sigma_alpha);
  for (n in 1:N) {
    real mu = alpha[county[n]] + beta * floor_measure[n];
    log_radon[n] ~ normal(mu, sigma_y);
  }
}
