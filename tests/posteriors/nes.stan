// Gelman & Hill (2007), chapter 4: party identification in the American national election study, age in four groups.
data {
  int<lower=0> N;
  vector[N] partyid7, real_ideo, race_adj, educ1, gender, income;
  array[N] int age_discrete;
}
transformed data {
  matrix[N, 3] age;
  for (n in 1:N) {
    for (g in 2:4) age[n, g - 1] = age_discrete[n] == g;
  }
}
parameters {
  vector[9] beta;
  real<lower=0> sigma;
}
model {
  partyid7 ~ normal(beta[1] + beta[2] * real_ideo + beta[3] * race_adj + age * beta[4:6] + beta[7] * educ1
                    + beta[8] * gender + beta[9] * income, sigma);
}
