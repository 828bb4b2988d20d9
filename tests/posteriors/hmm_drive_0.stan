// A hidden Markov model of basketball drives: K states, two exponential signals, the forward algorithm by hand.
data {
  int<lower=1> K, N;
  array[N] real u, v;          // inverse speed, distance to the hoop
  matrix<lower=0>[K, K] alpha; // prior of the transitions
}
parameters {
  simplex[K] theta1, theta2;
  positive_ordered[K] phi, lambda;
}
transformed parameters {
  array[K] simplex[K] theta = {theta1, theta2};
}
model {
  for (k in 1:K) theta[k] ~ dirichlet(alpha[k]');
  phi[1] ~ normal(0, 1);
  phi[2] ~ normal(3, 1);
  lambda[1] ~ normal(0, 1);
  lambda[2] ~ normal(3, 1);
  {
    vector[K] forward;
    for (k in 1:K) forward[k] = exponential_lpdf(u[1] | phi[k]) + exponential_lpdf(v[1] | lambda[k]);
    for (t in 2:N) {
      vector[K] next;
      for (k in 1:K) {
        vector[K] from;
        for (j in 1:K) from[j] = forward[j] + log(theta[j, k]);
        next[k] = log_sum_exp(from) + exponential_lpdf(u[t] | phi[k]) + exponential_lpdf(v[t] | lambda[k]);
      }
      forward = next;
    }
    target += log_sum_exp(forward);
  }
}
