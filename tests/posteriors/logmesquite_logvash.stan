// Gelman & Hill (2007), chapter 4: log weight of mesquite bushes on log volume, area, shape and height, by group.
data {
  int<lower=0> N;
  vector[N] weight, diam1, diam2, canopy_height, total_height, group;
}
transformed data {
  vector[N] log_weight = log(weight);
  matrix[N, 5] X;
  X[, 1] = log(diam1 .* diam2 .* canopy_height);
  X[, 2] = log(diam1 .* diam2);
  X[, 3] = log(diam1 ./ diam2);
  X[, 4] = log(total_height);
  X[, 5] = group;
}
parameters {
  vector[6] beta;
  real<lower=0> sigma;
}
model {
  log_weight ~ normal(beta[1] + X * tail(beta, 5), sigma);
}
