// Linear regression with normal priors on everything; all constants kept.
data {
  int<lower=0> N, D;
  matrix[N, D] X;
  vector[N] y;
}
parameters {
  vector[D] beta;
  real<lower=0> sigma;
}
model {
  target += normal_lpdf(beta | 0, 10) + normal_lpdf(sigma | 0, 10);
  target += normal_lpdf(y | X * beta, sigma);
}
