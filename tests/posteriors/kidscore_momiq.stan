// Gelman & Hill (2007), chapter 3: children's test scores on their mothers' IQ.
data {
  int<lower=0> N;
  vector[N] kid_score, mom_iq;
}
parameters {
  vector[2] beta;
  real<lower=0> sigma;
}
model {
  sigma ~ cauchy(0, 2.5);
  for (n in 1:N) {
    kid_score[n] ~ normal(beta[1] + mom_iq[n] * beta[2], sigma);
  }
}
