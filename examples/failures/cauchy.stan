// Heavy tails without a mean: what the table calls a mean is the luck of the largest draws.
parameters {
  vector[3] x;
}
model {
  x ~ cauchy(0, 1);
}
