"""Holds the densities of accuracy_densities.py against Stan's own: differences of log p, gradients and parameters at 32 random
points, by the shared object that nutpie loads.

usage: accuracy_check.py PEERS_FOLDER NAME DATA.json …      with the python of bench/peers/build; exit status 1 on a difference
"""
import json
import pathlib
import sys

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
from accuracy_densities import PROBLEMS  # noqa: E402
from stan_program import StanProgram  # noqa: E402

TOLERANCE = 1e-9  # of the largest magnitude


def largest_difference(a, b):
    return float(np.max(np.abs(a - b)) / max(1.0, np.max(np.abs(b))))


def check(name, library, data):
    problem, stan = PROBLEMS[name](json.loads(data)), StanProgram(library, data)
    assert problem.dimension == stan.dimension, (problem.dimension, stan.dimension)
    value_and_grad = jax.jit(jax.value_and_grad(problem.log_density))
    points = np.random.default_rng(1).normal(size=(32, problem.dimension))
    theirs = [stan.log_density(x) for x in points]
    ours = [value_and_grad(x) for x in points]
    values = [np.array([v[0] for v in side]) for side in (ours, theirs)]
    return {"log_density": largest_difference(*(v - v[0] for v in values)),
            "gradient": max(largest_difference(np.array(a[1]), b[1]) for a, b in zip(ours, theirs)),
            "parameters": max(largest_difference(np.array(problem.constrain(x)), stan.parameters(x)) for x in points)}


if __name__ == "__main__":
    peers, fine = pathlib.Path(sys.argv[1]), True
    for name, data in zip(sys.argv[2::2], sys.argv[3::2]):
        found = check(name, peers / "nutpie" / (name + ".so"), pathlib.Path(data).read_text())
        fine &= all(v <= TOLERANCE for v in found.values())
        print(name, " ".join(f"{k} {v:.1e}" for k, v in found.items()), flush=True)
    sys.exit(not fine)
