// Effects of coaching in eight schools (Rubin 1981), noncentered: the school effects are written as their
// deviations from the mean in units of tau, so that no funnel is in the way when tau is small.
data {
  int<lower=0> J;                // schools
  vector[J] y;                   // estimated effects
  vector<lower=0>[J] sigma;      // their standard errors
}
parameters {
  real mu;
  real<lower=0> tau;
  vector[J] theta_tilde;
}
transformed parameters {
  vector[J] theta = mu + tau * theta_tilde;
}
model {
  mu ~ normal(0, 5);
  tau ~ cauchy(0, 5);
  theta_tilde ~ std_normal();
  y ~ normal(theta, sigma);
}
generated quantities {
  vector[J] log_lik;
  array[J] real y_rep = normal_rng(theta, sigma);
  for (j in 1:J) {
    log_lik[j] = normal_lpdf(y[j] | theta[j], sigma[j]);
  }
}
