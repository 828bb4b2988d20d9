// A line through points; `dial --json` writes the data.
data {
  int<lower=0> n;
  vector[n] t, y;
}
parameters {
  real a, b;
}
model {
  a ~ normal(0, 10);
  b ~ normal(0, 10);
  y ~ normal(a + b * t, 1);
}
