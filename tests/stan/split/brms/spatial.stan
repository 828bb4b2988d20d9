// An exact sparse conditional autoregression and an intrinsic one side by side.
functions {
  real sparse_car_lpdf(vector phi, real car, real sdcar, int Nloc, int Nedges, data vector Nneigh, data vector eigenW,
                       array[] int edges1, array[] int edges2) {
    real tau = inv_square(sdcar);
    row_vector[Nloc] phit_D = (phi .* Nneigh)';
    row_vector[Nloc] phit_W = rep_row_vector(0, Nloc);
    vector[Nloc] ldet;
    for (i in 1:Nedges) {
      phit_W[edges1[i]] = phit_W[edges1[i]] + phi[edges2[i]];
      phit_W[edges2[i]] = phit_W[edges2[i]] + phi[edges1[i]];
    }
    for (i in 1:Nloc) ldet[i] = log1m(car * eigenW[i]);
    return 0.5 * (Nloc * log(tau) + sum(ldet) - tau * (phit_D * phi - car * (phit_W * phi)));
  }
}
data {
  int<lower=1> N;
  array[N] int Y;
  vector[N] denom;
  int<lower=1> Nloc;
  array[N] int<lower=1> Jloc;
  int<lower=0> Nedges;
  array[Nedges] int<lower=1> edges1;
  array[Nedges] int<lower=1> edges2;
  vector[Nloc] Nneigh;
  vector[Nloc] eigenMcar;
  int prior_only;
}
transformed data {
  vector[N] log_denom = log(denom);
}
parameters {
  real Intercept;
  real<lower=0> sdcar;
  real<lower=0, upper=1> car;
  vector[Nloc] rcar;
  real<lower=0> sdicar;
  vector[Nloc] zcar;
}
transformed parameters {
  vector[Nloc] ricar = zcar * sdicar;
  real lprior = 0;
  lprior += student_t_lpdf(Intercept | 3, 0.7, 2.5);
  lprior += student_t_lpdf(sdcar | 3, 0, 2.5)
    - 1 * student_t_lccdf(0 | 3, 0, 2.5);
  lprior += beta_lpdf(car | 1, 1);
  lprior += student_t_lpdf(sdicar | 3, 0, 2.5)
    - 1 * student_t_lccdf(0 | 3, 0, 2.5);
}
model {
  if (!prior_only) {
    vector[N] mu = rep_vector(0.0, N);
    mu += Intercept + log_denom;
    for (n in 1:N) {
      mu[n] += rcar[Jloc[n]] + ricar[Jloc[n]];
    }
    target += poisson_log_lpmf(Y | mu);
  }
  target += lprior;
  target += sparse_car_lpdf(
    rcar | car, sdcar, Nloc, Nedges, Nneigh, eigenMcar, edges1, edges2
  );
  target += -0.5 * dot_self(zcar[edges1] - zcar[edges2]);
  target += normal_lpdf(sum(zcar) | 0, 0.001 * Nloc);
}
