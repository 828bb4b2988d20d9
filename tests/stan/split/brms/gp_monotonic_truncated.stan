// A Gaussian process, a monotonic effect and a truncated outcome.
functions {
  vector gp_exp(array[] vector x, real sdgp, vector lscale, vector zgp) {
    int Nx = size(x);
    matrix[Nx, Nx] cov = gp_exp_quad_cov(x, sdgp, lscale[1]);
    for (n in 1:Nx) {
      cov[n, n] += 1e-12;
    }
    return cholesky_decompose(cov) * zgp;
  }
  real mo(vector scale, int i) {
    if (i == 0) {
      return 0;
    } else {
      return rows(scale) * sum(scale[1:i]);
    }
  }
}
data {
  int<lower=1> N;
  vector[N] Y;
  array[N] real lb;
  array[N] real ub;
  int<lower=1> Ngp;
  array[Ngp] vector[1] Xgp_1;
  array[N] int<lower=1> Jgp_1;
  int<lower=1> Jmo;
  array[N] int Xmo_1;
  vector[Jmo] con_simo_1;
  int prior_only;
}
parameters {
  real Intercept;
  real<lower=0> sigma;
  vector<lower=0>[1] sdgp_1;
  array[1] vector<lower=0>[1] lscale_1;
  vector[Ngp] zgp_1;
  simplex[Jmo] simo_1;
  real bsp;
}
transformed parameters {
  real lprior = 0;
  lprior += student_t_lpdf(Intercept | 3, 0, 2.5);
  lprior += student_t_lpdf(sigma | 3, 0, 2.5)
    - 1 * student_t_lccdf(0 | 3, 0, 2.5);
  lprior += student_t_lpdf(sdgp_1 | 3, 0, 2.5)
    - 1 * student_t_lccdf(0 | 3, 0, 2.5);
  lprior += inv_gamma_lpdf(lscale_1[1][1] | 1.5, 0.06);
  lprior += dirichlet_lpdf(simo_1 | con_simo_1);
}
model {
  if (!prior_only) {
    vector[Ngp] gp_pred_1 = gp_exp(Xgp_1, sdgp_1[1], lscale_1[1], zgp_1);
    vector[N] mu = rep_vector(0.0, N);
    mu += Intercept + gp_pred_1[Jgp_1];
    for (n in 1:N) {
      mu[n] += (bsp) * mo(simo_1, Xmo_1[n]);
    }
    for (n in 1:N) {
      target += normal_lpdf(Y[n] | mu[n], sigma) -
      log_diff_exp(normal_lcdf(ub[n] | mu[n], sigma), normal_lcdf(lb[n] | mu[n], sigma));
    }
  }
  target += lprior;
  target += std_normal_lpdf(zgp_1);
}
