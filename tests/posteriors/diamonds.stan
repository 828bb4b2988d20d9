// Prices of diamonds on 24 centred predictors, in the form that brms gives such models.
data {
  int<lower=1> N, K;
  vector[N] Y;
  matrix[N, K] X;       // the first column is the intercept's
  int prior_only;
}
transformed data {
  matrix[N, K - 1] Xc;
  for (k in 2:K) Xc[, k - 1] = X[, k] - mean(X[, k]);
}
parameters {
  vector[K - 1] b;
  real Intercept;       // at the centre of the predictors
  real<lower=0> sigma;
}
model {
  b ~ std_normal();
  Intercept ~ student_t(3, 8, 10);
  sigma ~ student_t(3, 0, 10);
  if (prior_only == 0) Y ~ normal_id_glm(Xc, Intercept, b, sigma);
}
