// Ill-conditioned Gaussian: x ~ N(0, P⁻¹); P = R diag(λ) Rᵀ comes with the data (fetch.py says how it is drawn).
// Source  inference_gym's IllConditionedGaussian, its covariance scaled to a mean eigenvalue of 1.
data {
  int<lower=1> d;
  matrix[d, d] precision;
}
parameters {
  vector[d] x;
}
model {
  target += -0.5 * quad_form(precision, x);
}
