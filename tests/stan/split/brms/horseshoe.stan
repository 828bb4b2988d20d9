// A logistic regression with the regularised horseshoe.
functions {
  vector scales_horseshoe(vector lambda, real tau, real c2) {
    int K = rows(lambda);
    vector[K] lambda2 = square(lambda);
    vector[K] lambda_tilde = sqrt(c2 * lambda2 ./ (c2 + tau ^ 2 * lambda2));
    return lambda_tilde * tau;
  }
}
data {
  int<lower=1> N;
  array[N] int Y;
  int<lower=1> Kc;
  matrix[N, Kc] Xc;
  int<lower=1> Kscales;
  real<lower=0> hs_df;
  real<lower=0> hs_df_global;
  real<lower=0> hs_df_slab;
  real<lower=0> hs_scale_global;
  real<lower=0> hs_scale_slab;
  int prior_only;
}
parameters {
  vector[Kc] zb;
  real Intercept;
  real<lower=0> hs_global;
  real<lower=0> hs_slab;
  vector<lower=0>[Kscales] hs_local;
}
transformed parameters {
  vector[Kc] b;
  vector<lower=0>[Kc] sdb;
  vector<lower=0>[Kscales] scales;
  real lprior = 0;
  scales = scales_horseshoe(hs_local, hs_global, hs_scale_slab ^ 2 * hs_slab);
  sdb = scales[1:Kc];
  b = zb .* sdb;
  lprior += student_t_lpdf(Intercept | 3, 0, 2.5);
  lprior += student_t_lpdf(hs_global | hs_df_global, 0, hs_scale_global)
    - 1 * log(0.5);
  lprior += inv_gamma_lpdf(hs_slab | 0.5 * hs_df_slab, 0.5 * hs_df_slab);
}
model {
  if (!prior_only) {
    target += bernoulli_logit_glm_lpmf(Y | Xc, Intercept, b);
  }
  target += lprior;
  target += std_normal_lpdf(zb);
  target += student_t_lpdf(hs_local | hs_df, 0, 1)
    - rows(hs_local) * log(0.5);
}
