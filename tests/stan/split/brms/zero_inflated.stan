// Zero-inflated counts with an offset and a group effect.
functions {
  real zero_inflated_poisson_log_logit_lpmf(int y, real eta, real zi) {
    if (y == 0) {
      return log_sum_exp(bernoulli_logit_lpmf(1 | zi), bernoulli_logit_lpmf(0 | zi) + poisson_log_lpmf(0 | eta));
    } else {
      return bernoulli_logit_lpmf(0 | zi) + poisson_log_lpmf(y | eta);
    }
  }
}
data {
  int<lower=1> N;
  array[N] int Y;
  vector[N] offsets;
  int<lower=1> Kc;
  matrix[N, Kc] Xc;
  int<lower=1> N_1;
  array[N] int<lower=1> J_1;
  int prior_only;
}
parameters {
  vector[Kc] b;
  real Intercept;
  real Intercept_zi;
  vector<lower=0>[1] sd_1;
  array[1] vector[N_1] z_1;
}
transformed parameters {
  vector[N_1] r_1_1;
  real lprior = 0;
  r_1_1 = (sd_1[1] * (z_1[1]));
  lprior += student_t_lpdf(Intercept | 3, -2.3, 2.5);
  lprior += logistic_lpdf(Intercept_zi | 0, 1);
  lprior += student_t_lpdf(sd_1 | 3, 0, 2.5)
    - 1 * student_t_lccdf(0 | 3, 0, 2.5);
}
model {
  if (!prior_only) {
    vector[N] mu = rep_vector(0.0, N);
    vector[N] zi = rep_vector(0.0, N);
    mu += Intercept + Xc * b + offsets;
    zi += Intercept_zi;
    for (n in 1:N) {
      mu[n] += r_1_1[J_1[n]];
    }
    for (n in 1:N) {
      target += zero_inflated_poisson_log_logit_lpmf(Y[n] | mu[n], zi[n]);
    }
  }
  target += lprior;
  target += std_normal_lpdf(z_1[1]);
}
