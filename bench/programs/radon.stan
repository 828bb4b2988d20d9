// Radon in houses of 85 counties: an intercept a county, one slope for the floor of the measurement.
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
  alpha ~ normal(mu_alpha, sigma_alpha);
  log_radon ~ normal(alpha[county] + beta * floor_measure, sigma_y);
}
