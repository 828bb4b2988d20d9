// Neal's funnel in 20 dimensions: θ ~ N(0, 3²), xᵢ | θ ~ N(0, e^θ). Judged: xᵢ e^(−θ/2) and θ/3, which are N(0, 1).
// Source  Neal (2003), Ann. Stat. 31, 705–767; judged as in arXiv 2503.01707.
parameters {
  vector[19] x;
  real theta;
}
model {
  theta ~ normal(0, 3);
  x ~ normal(0, exp(theta / 2));
}
generated quantities {
  vector[20] gaussianised = append_row(x * exp(-theta / 2), theta / 3);
}
