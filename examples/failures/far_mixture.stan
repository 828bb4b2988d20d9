// Two normals with weights 3/4 and 1/4, 20 standard deviations apart in 10 dimensions: chains that start in one never
// see the other.
parameters {
  vector[10] x;
}
model {
  target += log_mix(0.75, normal_lpdf(x | 0, 1), normal_lpdf(x | 20 / sqrt(10.0), 1));
}
