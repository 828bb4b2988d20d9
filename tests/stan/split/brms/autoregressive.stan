// Autoregressive errors: residuals of data enter the mean, and stay no outcome.
data {
  int<lower=1> N;
  vector[N] Y;
  int<lower=0> Kar;
  array[N] int<lower=0> J_lag;
  int prior_only;
}
transformed data {
  int max_lag = Kar;
}
parameters {
  real Intercept;
  vector<lower=-1, upper=1>[Kar] ar;
  real<lower=0> sigma;
}
transformed parameters {
  real lprior = 0;
  lprior += student_t_lpdf(Intercept | 3, 0, 2.5);
  lprior += uniform_lpdf(ar | -1, 1)
    - 1 * log_diff_exp(uniform_lcdf(1 | -1, 1), uniform_lcdf(-1 | -1, 1));
  lprior += student_t_lpdf(sigma | 3, 0, 2.5)
    - 1 * student_t_lccdf(0 | 3, 0, 2.5);
}
model {
  if (!prior_only) {
    matrix[N, max_lag] Err = rep_matrix(0, N, max_lag);
    vector[N] err;
    vector[N] mu = rep_vector(0.0, N);
    mu += Intercept;
    for (n in 1:N) {
      mu[n] += Err[n, 1:Kar] * ar;
      err[n] = Y[n] - mu[n];
      for (i in 1:J_lag[n]) {
        Err[n + 1, i] = err[n + 1 - i];
      }
    }
    target += normal_lpdf(Y | mu, sigma);
  }
  target += lprior;
}
