// A half-normal whose bound is not declared: log p ends in a wall at 0, where p is largest.
parameters {
  real x;
  real y;
}
model {
  if (x < 0) {
    target += negative_infinity();
  }
  x ~ std_normal();
  y ~ normal(x, 1);
}
