// Two Gaussians in 50 dimensions: 0.75 N(0, I) + 0.25 N(4 e₁, 0.6² I).
// Source  the sampler-benchmarks collection of the microcanonical samplers' authors (arXiv 2503.01707).
transformed data {
  int d = 50;
  real scale = 0.6;
}
parameters {
  vector[d] x;
}
model {
  real near = dot_self(x) / 2;
  real far = (square(x[1] - 4) + dot_self(x[2 : d])) / (2 * square(scale));
  target += log_sum_exp(log(0.75) - near, log(0.25) - far - d * log(scale));
}
