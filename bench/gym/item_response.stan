// One-parameter logistic item response: 400 students, 100 questions, 30,012 answers.
// Source  inference_gym's SyntheticItemResponseTheory.
data {
  int<lower=1> students, questions;
  int<lower=0> n;
  array[n] int<lower=1, upper=students> student;
  array[n] int<lower=1, upper=questions> question;
  array[n] int<lower=0, upper=1> correct;
}
parameters {
  vector[students] ability;
  real mean_ability;
  vector[questions] difficulty;
}
model {
  ability ~ normal(0, 1);
  mean_ability ~ normal(0.75, 1);
  difficulty ~ normal(0, 1);
  correct ~ bernoulli_logit(mean_ability + ability[student] - difficulty[question]);
}
