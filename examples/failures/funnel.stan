// Neal's funnel: the scale of x spans orders of magnitude, so that no one step size suits its mouth and its neck.
parameters {
  real v;
  vector[9] x;
}
model {
  v ~ normal(0, 3);
  x ~ normal(0, exp(v / 2));
}
