// 18 Rosenbrock pairs: x ~ N(1, 1), y | x ~ N(x², 0.1), all x before all y.
// Source  the sampler-benchmarks collection of the microcanonical samplers' authors (arXiv 2503.01707).
parameters {
  vector[18] x, y;
}
model {
  x ~ normal(1, 1);
  y ~ normal(square(x), sqrt(0.1));
}
