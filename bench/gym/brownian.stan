// Brownian bridge with unknown scales: a random walk of 30 steps, seen with noise except in its middle third.
// Unconstrained: the logarithms of the two scales, then the walk. Judged: the scales themselves and the walk.
// Source  inference_gym's BrownianMotionUnknownScalesMissingMiddleObservations.
data {
  int<lower=1> T;
  int<lower=0> n;
  array[n] int<lower=1, upper=T> observed;  // the times that were seen
  vector[n] y;
}
parameters {
  real<lower=0> innovation_scale;
  real<lower=0> observation_scale;
  vector[T] walk;
}
model {
  innovation_scale ~ lognormal(0, 2);
  observation_scale ~ lognormal(0, 2);
  walk[1] ~ normal(0, innovation_scale);
  walk[2 : T] ~ normal(walk[1 : T - 1], innovation_scale);
  y ~ normal(walk[observed], observation_scale);
}
