// Banana: x1 ~ N(0, 10²), x2 | x1 ~ N(0.03 (x1² − 100), 1).
// Source  inference_gym's Banana; Haario, Saksman & Tamminen (1999), Comput. Stat. 14, 375–395.
parameters {
  vector[2] x;
}
model {
  x[1] ~ normal(0, 10);
  x[2] ~ normal(0.03 * (square(x[1]) - 100), 1);
}
