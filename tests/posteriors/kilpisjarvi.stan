// Summer temperatures at Kilpisjärvi on the year, with priors that come with the data.
data {
  int<lower=0> N;
  vector[N] x, y;
  real pmualpha, psalpha, pmubeta, psbeta;
}
parameters {
  real alpha, beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(pmualpha, psalpha);
  beta ~ normal(pmubeta, psbeta);
  y ~ normal(alpha + beta * x, sigma);
}
