"""The gym's densities in JAX, over the same unconstrained coordinates as the Stan programs of bench/gym: for the peers that
need JAX, and as the independent evaluation that bench/gym/check.py compares the programs with.

Each problem is (dimension, log_density, judged, start): x ↦ log p up to a constant, x ↦ the judged variables, and the law of
the starting points that the microcanonical samplers' authors use (their prior where that is known, else a standard normal).
"""
import math
from typing import Callable, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln


class Problem(NamedTuple):
    dimension: int
    log_density: Callable
    judged: Callable
    start: Callable


def identity(x):
    return x


def banana(_):
    def log_density(x):
        return -0.5 * (x[0] / 10) ** 2 - 0.5 * (x[1] - 0.03 * (x[0] ** 2 - 100)) ** 2

    return Problem(2, log_density, identity, lambda key: jax.random.normal(key, (2,)) * jnp.array([20.0, 10.0]))


def gaussian(data):
    precision = jnp.array(data["precision"])
    widest = 1 / math.sqrt(np.linalg.eigvalsh(np.array(data["precision"]))[0])
    return Problem(data["d"], lambda x: -0.5 * x @ (precision @ x), identity,
                   lambda key: widest * jax.random.normal(key, (data["d"],)))


def brownian(data):
    seen, y, steps = np.array(data["observed"]) - 1, jnp.array(data["y"]), data["T"]

    def log_density(x):
        a, b, walk = x[0], x[1], x[2:]
        increments = jnp.diff(walk, prepend=0.0)
        prior = -(a**2 + b**2) / 8 - steps * a - 0.5 * jnp.exp(-2 * a) * jnp.sum(increments**2)
        return prior - len(seen) * b - 0.5 * jnp.exp(-2 * b) * jnp.sum((y - walk[seen]) ** 2)

    def start(key):
        scales, walk = jax.random.split(key)
        log_scales = jnp.log(jnp.array([0.1, 0.15])) + 0.1 * jax.random.normal(scales, (2,))
        return jnp.concatenate([log_scales, jnp.exp(log_scales[0]) * jnp.cumsum(jax.random.normal(walk, (steps,)))])

    return Problem(steps + 2, log_density, lambda x: jnp.concatenate([jnp.exp(x[:2]), x[2:]]), start)


def item_response(data):
    students, questions = data["students"], data["questions"]
    sign = np.zeros((students, questions))  # +1 right, −1 wrong, 0 not asked
    sign[np.array(data["student"]) - 1, np.array(data["question"]) - 1] = 2 * np.array(data["correct"]) - 1
    asked, sign = jnp.array(sign != 0), jnp.array(sign)

    def log_density(x):
        ability, mean, difficulty = x[:students], x[students], x[students + 1 :]
        logits = mean + ability[:, None] - difficulty[None, :]
        likelihood = jnp.sum(jnp.where(asked, jax.nn.log_sigmoid(sign * logits), 0.0))
        return likelihood - 0.5 * (jnp.sum(ability**2) + (mean - 0.75) ** 2 + jnp.sum(difficulty**2))

    d = students + questions + 1
    return Problem(d, log_density, identity, lambda key: jax.random.normal(key, (d,)).at[students].add(0.75))


def german_credit(data):
    x_data, sign, d = jnp.array(data["x"]), 2 * jnp.array(data["bad"]) - 1, data["d"]

    def log_density(x):
        log_scales, weights = x[: d + 1], x[d + 1 :]  # the global one first
        scales = jnp.exp(log_scales)
        logits = x_data @ (weights * scales[1:] * scales[0])
        prior = jnp.sum(0.5 * log_scales - 0.5 * scales) - 0.5 * jnp.sum(weights**2)  # Gamma(1/2, 1/2) with its Jacobian
        return prior + jnp.sum(jax.nn.log_sigmoid(sign * logits))

    return Problem(2 * d + 1, log_density, lambda x: jnp.concatenate([jnp.exp(x[: d + 1]), x[d + 1 :]]),
                   lambda key: jnp.concatenate([jnp.zeros(d + 1), jax.random.normal(key, (d,))]))


def stochastic_volatility(data):
    returns, steps = jnp.array(data["returns"]), data["T"]

    def log_density(x):
        s, log_sigma_ratio, log_nu_ratio = x[:steps], x[steps], x[steps + 1]
        sigma, nu = 0.02 * jnp.exp(log_sigma_ratio), 10 * jnp.exp(log_nu_ratio)
        prior = log_sigma_ratio - jnp.exp(log_sigma_ratio) + log_nu_ratio - jnp.exp(log_nu_ratio)
        walk = -steps * jnp.log(sigma) - 0.5 * jnp.sum(jnp.diff(s, prepend=0.0) ** 2) / sigma**2
        constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * jnp.log(nu)
        student = steps * constant - jnp.sum(s + 0.5 * (nu + 1) * jnp.log1p((returns * jnp.exp(-s)) ** 2 / nu))
        return prior + walk + student

    def judged(x):
        return jnp.concatenate([x[:steps], jnp.exp(x[steps:]) * jnp.array([0.02, 10.0])])

    def start(key):
        return jnp.concatenate([0.02 * jnp.cumsum(jax.random.normal(key, (steps,))), jnp.zeros(2)])

    return Problem(steps + 2, log_density, judged, start)


def standard_normal(d):
    return lambda key: jax.random.normal(key, (d,))


def rosenbrock(_):
    def log_density(x):
        a, b = x[:18], x[18:]
        return -0.5 * jnp.sum((a - 1) ** 2 + (b - a**2) ** 2 / 0.1)

    return Problem(36, log_density, identity, standard_normal(36))


def bimodal(_):
    def log_density(x):
        far = (jnp.sum(x**2) - x[0] ** 2 + (x[0] - 4) ** 2) / (2 * 0.6**2)
        return jnp.logaddexp(jnp.log(0.75) - 0.5 * jnp.sum(x**2), jnp.log(0.25) - 50 * jnp.log(0.6) - far)

    return Problem(50, log_density, identity, standard_normal(50))


def funnel(_):
    def log_density(x):
        theta = x[19]
        return -0.5 * (theta / 3) ** 2 - 9.5 * theta - 0.5 * jnp.exp(-theta) * jnp.sum(x[:19] ** 2)

    return Problem(20, log_density, lambda x: jnp.append(x[:19] * jnp.exp(-x[19] / 2), x[19] / 3), standard_normal(20))


def cauchy(_):
    return Problem(100, lambda x: -jnp.sum(jnp.log1p(x**2)), lambda x: jnp.log(jnp.pi) + jnp.log1p(x**2), standard_normal(100))


PROBLEMS = {f.__name__: f for f in (banana, gaussian, brownian, item_response, german_credit, stochastic_volatility, rosenbrock,
                                    bimodal, funnel, cauchy)}
