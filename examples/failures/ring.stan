// A ring of radius 4 in the plane: a ridge all round, which random walks travel slowly.
parameters {
  vector[2] x;
}
model {
  target += -0.5 * square((sqrt(dot_self(x)) - 4) / 0.1);
}
