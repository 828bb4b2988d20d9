// Censored and weighted observations of a survival time.
data {
  int<lower=1> N;
  vector[N] Y;
  vector[N] rcens;
  array[N] int<lower=-1, upper=2> cens;
  vector<lower=0>[N] weights;
  int<lower=1> Kc;
  matrix[N, Kc] Xc;
  int prior_only;
}
parameters {
  vector[Kc] b;
  real Intercept;
  real<lower=0> shape;
}
transformed parameters {
  real lprior = 0;
  lprior += normal_lpdf(b | 0, 2);
  lprior += student_t_lpdf(Intercept | 3, 4, 2.5);
  lprior += gamma_lpdf(shape | 0.01, 0.01);
}
model {
  if (!prior_only) {
    vector[N] mu = Intercept + Xc * b;
    mu = exp(mu);
    for (n in 1:N) {
      if (cens[n] == 0) {
        target += weights[n] * (weibull_lpdf(Y[n] | shape, mu[n] / tgamma(1 + 1 / shape)));
      } else if (cens[n] == 1) {
        target += weights[n] * weibull_lccdf(Y[n] | shape, mu[n] / tgamma(1 + 1 / shape));
      } else if (cens[n] == -1) {
        target += weights[n] * weibull_lcdf(Y[n] | shape, mu[n] / tgamma(1 + 1 / shape));
      } else if (cens[n] == 2) {
        target += weights[n] * log_diff_exp(
          weibull_lcdf(rcens[n] | shape, mu[n] / tgamma(1 + 1 / shape)),
          weibull_lcdf(Y[n] | shape, mu[n] / tgamma(1 + 1 / shape))
        );
      }
    }
  }
  target += lprior;
}
