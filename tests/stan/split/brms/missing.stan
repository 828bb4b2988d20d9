// Two outcomes, the first with missing values that are imputed: the joined vector is data and parameters.
data {
  int<lower=1> N;
  vector[N] Y_x;
  int<lower=0> Nmi_x;
  array[Nmi_x] int<lower=1> Jmi_x;
  vector[N] Y_y;
  int prior_only;
}
parameters {
  vector[Nmi_x] Ymi_x;
  real Intercept_x;
  real<lower=0> sigma_x;
  real bsp_y;
  real Intercept_y;
  real<lower=0> sigma_y;
}
transformed parameters {
  real lprior = 0;
  lprior += student_t_lpdf(Intercept_x | 3, 0, 2.5);
  lprior += student_t_lpdf(sigma_x | 3, 0, 2.5)
    - 1 * student_t_lccdf(0 | 3, 0, 2.5);
  lprior += student_t_lpdf(Intercept_y | 3, 0, 2.5);
  lprior += student_t_lpdf(sigma_y | 3, 0, 2.5)
    - 1 * student_t_lccdf(0 | 3, 0, 2.5);
}
model {
  vector[N] Yl_x = Y_x;
  Yl_x[Jmi_x] = Ymi_x;
  if (!prior_only) {
    vector[N] mu_x = rep_vector(0.0, N);
    vector[N] mu_y = rep_vector(0.0, N);
    mu_x += Intercept_x;
    mu_y += Intercept_y;
    for (n in 1:N) {
      mu_y[n] += bsp_y * Yl_x[n];
    }
    target += normal_lpdf(Yl_x | mu_x, sigma_x);
    target += normal_lpdf(Y_y | mu_y, sigma_y);
  }
  target += lprior;
}
