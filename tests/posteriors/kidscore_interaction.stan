// Gelman & Hill (2007), chapter 3: children's test scores on the mothers' schooling and IQ, which interact.
data {
  int<lower=0> N;
  vector[N] kid_score, mom_iq, mom_hs;
}
transformed data {
  matrix[N, 4] X;
  X[, 1] = rep_vector(1, N);
  X[, 2] = mom_hs;
  X[, 3] = mom_iq;
  X[, 4] = mom_hs .* mom_iq;
}
parameters {
  vector[4] beta;
  real<lower=0> sigma;
}
model {
  sigma ~ cauchy(0, 2.5);
  kid_score ~ normal(X * beta, sigma);
}
