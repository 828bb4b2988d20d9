"""Posteriors of posteriordb in JAX, for the peers that need JAX: over the unconstrained coordinates of the Stan programs, with
the Jacobian, up to a constant. bench/peers/accuracy_check.py holds them against Stan's own values and gradients.

Each entry of PROBLEMS is data ↦ Problem: (dimension, x ↦ log p, x ↦ the parameters in the program's order). Likelihoods
are vectorised; recurrences run by the faster of a scan over time and an associative scan (on CPU, d log p of 4 chains).
"""
from typing import Callable, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import log_sigmoid, sigmoid
from jax.scipy.special import logsumexp


class Problem(NamedTuple):
    dimension: int
    log_density: Callable
    constrain: Callable


def normal(y, mean, sd):
    """Σ log N(y | mean, sd), without log 2π."""
    z = (y - mean) / sd
    return -0.5 * jnp.sum(z * z) - jnp.size(z) * jnp.log(sd)


def regression(X, y, prior=lambda beta: 0.0, prior_of_scale=lambda sigma: 0.0):
    """y ~ normal(X beta, sigma)"""
    X, y = jnp.array(X), jnp.array(y)
    d = X.shape[1]

    def log_density(x):
        beta, sigma = x[:d], jnp.exp(x[d])
        return normal(y, X @ beta, sigma) + x[d] + prior(beta) + prior_of_scale(sigma)

    return Problem(d + 1, log_density, lambda x: jnp.append(x[:d], jnp.exp(x[d])))


def columns(*vectors):
    vectors = [np.asarray(v, float) for v in vectors]
    return np.stack([np.ones_like(vectors[0]), *vectors], axis=1)


def diamonds(data):
    X = np.array(data["X"])[:, 1:]
    X, Y = jnp.array(X - X.mean(axis=0)), jnp.array(data["Y"])
    d = X.shape[1]

    def student_t(x, freedom, mean, scale):
        return -0.5 * (freedom + 1) * jnp.log1p(((x - mean) / scale) ** 2 / freedom)

    def log_density(x):
        b, intercept, sigma = x[:d], x[d], jnp.exp(x[d + 1])
        return (normal(Y, intercept + X @ b, sigma) + x[d + 1] - 0.5 * b @ b + student_t(intercept, 3, 8, 10)
                + student_t(sigma, 3, 0, 10))

    return Problem(d + 2, log_density, lambda x: jnp.append(x[:d + 1], jnp.exp(x[d + 1])))


def logearn_interaction(data):
    height, male = np.array(data["height"], float), np.array(data["male"], float)
    return regression(columns(height, male, height * male), np.log(data["earn"]))


def earn_height(data):
    return regression(columns(data["height"]), np.array(data["earn"], float))


def kilpisjarvi(data):
    def prior(beta):
        return (normal(beta[0], data["pmualpha"], float(data["psalpha"]))
                + normal(beta[1], data["pmubeta"], float(data["psbeta"])))

    return regression(columns(data["x"]), np.array(data["y"], float), prior)


def logmesquite(data):
    logs = [np.log(data[k]) for k in ("diam1", "diam2", "canopy_height", "total_height", "density")]
    return regression(columns(*logs, data["group"]), np.log(data["weight"]))


def nes(data):
    age = np.array(data["age_discrete"])
    return regression(columns(data["real_ideo"], data["race_adj"], *[age == g for g in (2, 3, 4)], data["educ1"],
                              data["gender"], data["income"]), np.array(data["partyid7"], float))


def arK(data):
    y, K = np.array(data["y"]), data["K"]
    past = [y[K - 1 - k:len(y) - 1 - k] for k in range(K)]
    return regression(columns(*past), y[K:], prior=lambda beta: -0.5 * jnp.sum((beta / 10) ** 2),
                      prior_of_scale=lambda sigma: -jnp.log1p((sigma / 2.5) ** 2))


def low_dim_gauss_mix(data):
    y = jnp.array(data["y"])

    def constrain(x):
        return jnp.stack([x[0], x[0] + jnp.exp(x[1]), jnp.exp(x[2]), jnp.exp(x[3]), sigmoid(x[4])])

    def log_density(x):
        m1, m2, s1, s2, _ = constrain(x)
        log_theta, log_rest = log_sigmoid(x[4]), log_sigmoid(-x[4])
        first = log_theta - x[2] - 0.5 * ((y - m1) / s1) ** 2
        second = log_rest - x[3] - 0.5 * ((y - m2) / s2) ** 2
        prior = -0.5 * (m1**2 + m2**2 + s1**2 + s2**2) / 4 + 4 * (log_theta + log_rest)
        jacobian = x[1] + x[2] + x[3] + log_theta + log_rest
        return jnp.sum(jnp.logaddexp(first, second)) + prior + jacobian

    return Problem(5, log_density, constrain)


def linear_recurrence(start, slopes, terms):
    """s[t] = terms[t] + slopes[t]·s[t−1], s[−1] = start: all of s, by composing the maps in pairs."""
    def compose(a, b):
        return a[0] * b[0], b[0] * a[1] + b[1]

    slope, term = jax.lax.associative_scan(compose, (slopes, terms))
    return slope * start + term


def garch11(data):
    y, first = jnp.array(data["y"]), data["sigma1"]

    def constrain(x):
        alpha1 = sigmoid(x[2])
        return jnp.stack([x[0], jnp.exp(x[1]), alpha1, (1 - alpha1) * sigmoid(x[3])])

    def log_density(x):
        mu, alpha0, alpha1, beta1 = constrain(x)
        terms = alpha0 + alpha1 * (y[:-1] - mu) ** 2
        variance = linear_recurrence(first**2, jnp.full_like(terms, beta1), terms)
        variance = jnp.concatenate([jnp.array([first**2]), variance])
        jacobian = (x[1] + log_sigmoid(x[2]) + log_sigmoid(-x[2]) + log_sigmoid(-x[2]) + log_sigmoid(x[3])
                    + log_sigmoid(-x[3]))  # the width of beta1's interval is 1 − alpha1
        return -0.5 * jnp.sum(jnp.log(variance) + (y - mu) ** 2 / variance) + jacobian

    return Problem(4, log_density, constrain)


def arma11(data):
    y = jnp.array(data["y"])

    def log_density(x):
        mu, phi, theta, sigma = x[0], x[1], x[2], jnp.exp(x[3])
        # err[t] = y[t] − mu − phi y[t−1] − theta err[t−1]; y before the first is mu
        terms = y - mu - phi * jnp.concatenate([mu[None], y[:-1]])
        errors = linear_recurrence(0.0, jnp.full_like(terms, -theta), terms)
        prior = -0.5 * (mu / 10) ** 2 - 0.5 * (phi**2 + theta**2) / 4 - jnp.log1p((sigma / 2.5) ** 2)
        return normal(errors, 0.0, sigma) + prior + x[3]

    return Problem(4, log_density, lambda x: x.at[3].set(jnp.exp(x[3])))


def forward_algorithm(log_transition, emissions):
    """log Σ over paths of a chain of K states: emissions [T, K], log_transition [K, K] from row to column, any start weight 1.

    The product of the T − 1 matrices in pairs, each scaled by its largest entry.
    """
    matrices = log_transition[None] + emissions[1:, None, :]
    top = jnp.max(matrices, axis=(1, 2))
    matrices, scale = jnp.exp(matrices - top[:, None, None]), jnp.sum(top)
    while matrices.shape[0] > 1:
        odd = matrices[-1:] if matrices.shape[0] % 2 else matrices[:0]
        even = matrices[: matrices.shape[0] // 2 * 2]
        product = jnp.einsum("tij,tjk->tik", even[0::2], even[1::2])
        top = jnp.max(product, axis=(1, 2))
        matrices, scale = jnp.concatenate([product / top[:, None, None], odd]), scale + jnp.sum(jnp.log(top))
    return scale + logsumexp(emissions[0] + jnp.log(jnp.sum(matrices[0], axis=1)))


def hidden_markov(log_prior, emit, ordered):
    """Two states; parameters: two simplexes of transitions, then pairs by `ordered`: x of a pair ↦ (values, log Jacobian)."""
    def parameters(x):
        pairs = [ordered(x[i:i + 2]) for i in range(2, len(x), 2)]
        return sigmoid(x[:2]), [p[0] for p in pairs], sum(p[1] for p in pairs)

    def log_density(x):
        _, pairs, jacobian = parameters(x)
        here, there = log_sigmoid(x[:2]), log_sigmoid(-x[:2])  # rows (θ₁₁, θ₁₂) and (θ₂₁, θ₂₂)
        log_transition = jnp.stack([here, there], axis=1)
        return (forward_algorithm(log_transition, emit(pairs)) + log_prior(log_transition, pairs) + jacobian
                + jnp.sum(here + there))

    def constrain(x):
        first, pairs, _ = parameters(x)
        return jnp.concatenate([jnp.stack([first[0], 1 - first[0], first[1], 1 - first[1]]), *pairs])

    return log_density, constrain


def positive_ordered(x):
    return jnp.stack([jnp.exp(x[0]), jnp.exp(x[0]) + jnp.exp(x[1])]), x[0] + x[1]


def ordered(x):
    return jnp.stack([x[0], x[0] + jnp.exp(x[1])]), x[1]


def drives(data):
    """The prior of both models of basketball drives."""
    alpha = jnp.array(data["alpha"])

    def log_prior(log_transition, pairs):
        means = sum(normal(p[0], 0.0, 1.0) + normal(p[1], 3.0, 1.0) for p in pairs)
        return jnp.sum((alpha - 1) * log_transition) + means

    return log_prior, jnp.array(data["u"])[:, None], jnp.array(data["v"])[:, None]


def hmm_drive_0(data):
    log_prior, u, v = drives(data)

    def emit(pairs):
        phi, rate = pairs
        return jnp.log(phi) - phi * u + jnp.log(rate) - rate * v

    return Problem(6, *hidden_markov(log_prior, emit, positive_ordered))


def hmm_drive_1(data):
    log_prior, u, v = drives(data)
    tau, rho = data["tau"], data["rho"]

    def emit(pairs):
        return -0.5 * ((u - pairs[0]) / tau) ** 2 - 0.5 * ((v - pairs[1]) / rho) ** 2

    return Problem(6, *hidden_markov(log_prior, emit, ordered))


def hmm_example(data):
    y = jnp.array(data["y"])[:, None]

    def log_prior(_, pairs):
        return normal(pairs[0][0], 3.0, 1.0) + normal(pairs[0][1], 10.0, 1.0)

    return Problem(4, *hidden_markov(log_prior, lambda pairs: -0.5 * (y - pairs[0]) ** 2, positive_ordered))


PROBLEMS = {f.__name__: f for f in (diamonds, hmm_drive_0, hmm_drive_1, logearn_interaction, earn_height, low_dim_gauss_mix,
                                    arK, arma11, garch11, hmm_example, nes, kilpisjarvi, logmesquite)}
