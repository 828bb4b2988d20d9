// Sparse logistic regression of the German credit data: weight = weight₀ · local scale · global scale.
// Unconstrained: the logarithms of the 26 scales, then the 25 unscaled weights. Judged: the scales and those weights.
// Source  inference_gym's GermanCreditNumericSparseLogisticRegression.
data {
  int<lower=0> n, d;
  matrix[n, d] x;  // standardised columns, and a last one of ones
  array[n] int<lower=0, upper=1> bad;
}
parameters {
  real<lower=0> global_scale;
  vector<lower=0>[d] local_scales;
  vector[d] unscaled_weights;
}
model {
  global_scale ~ gamma(0.5, 0.5);
  local_scales ~ gamma(0.5, 0.5);
  unscaled_weights ~ normal(0, 1);
  bad ~ bernoulli_logit(x * (unscaled_weights .* local_scales * global_scale));
}
