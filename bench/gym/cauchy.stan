// 100 independent standard Cauchy variables. Judged: −log p of each, since x has no moments.
// Source  the sampler-benchmarks collection of the microcanonical samplers' authors (arXiv 2503.01707).
parameters {
  vector[100] x;
}
model {
  x ~ cauchy(0, 1);
}
generated quantities {
  vector[100] surprise = log(pi()) + log1p(square(x));
}
