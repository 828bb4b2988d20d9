// A normal pair bent along a parabola: long thin arms, of a curvature that no metric removes.
parameters {
  real x;
  real y;
}
model {
  x ~ normal(0, 10);
  y ~ normal(0.03 * (square(x) - 100), 1);
}
