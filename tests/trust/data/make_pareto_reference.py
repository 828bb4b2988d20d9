#!/usr/bin/env python3
"""Makes pareto_reference.json: log importance ratios and what ArviZ makes of them.

    python3 -m venv venv && venv/bin/pip install arviz==0.23.4
    venv/bin/python make_pareto_reference.py > pareto_reference.json

`largest` holds the smoothed, normalised log weights of the 25 draws with the largest ratios, in descending order.
"""
import json
import sys

import arviz
import numpy as np
import scipy

rng = np.random.default_rng(20261125)


def pareto(n, k):
    """Log ratios whose tail is generalised Pareto with shape k."""
    return np.log1p(np.expm1(-k * np.log(rng.random(n))) / k)


def gaussian(n, scale):
    """log N(0, 1) − log N(0, scale²) at draws of the latter; k = 1 − scale² when scale < 1."""
    x = scale * rng.standard_normal(n)
    return -(x**2) / 2 + (x / scale) ** 2 / 2 + np.log(scale)


cases = {
    "pareto k=0.1": (pareto(300, 0.1), 1),
    "pareto k=0.5": (pareto(500, 0.5), 1),
    "pareto k=0.9": (pareto(300, 0.9), 1),
    "pareto k=1.5": (pareto(300, 1.5), 1),
    "pareto k=-0.4": (pareto(300, -0.4), 1),
    "gaussian too narrow": (gaussian(500, 0.6), 1),
    "gaussian too wide": (gaussian(300, 2.0), 1),
    "correlated draws": (gaussian(300, 0.8), 0.4),
    "far from 0": (gaussian(200, 0.7) - 5000, 1),
    "few draws": (gaussian(30, 0.7), 1),
}
out = []
for name, (ratios, reff) in cases.items():
    ratios = np.array([float(f"{r:.12g}") for r in ratios])
    weights, k = arviz.psislw(ratios, reff=reff)
    order = np.argsort(ratios)[::-1]
    out.append(
        {
            "name": name,
            "relative_efficiency": reff,
            "log_ratios": ratios.tolist(),
            "k": float(k),
            "effective_size": float(1 / np.sum(np.exp(2 * weights))),
            "largest": weights[order][:25].tolist(),
        }
    )
json.dump(
    {"arviz": arviz.__version__, "numpy": np.__version__, "scipy": scipy.__version__, "cases": out}, sys.stdout
)
