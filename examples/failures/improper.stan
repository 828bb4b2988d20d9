// A location and a scale with flat priors and a single observation: the posterior cannot be normalised.
data {
  real y;
}
parameters {
  real mu;
  real<lower=0> sigma;
}
model {
  y ~ normal(mu, sigma);
}
