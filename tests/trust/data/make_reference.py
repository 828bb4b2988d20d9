#!/usr/bin/env python3
"""Makes reference.json: inputs and the numbers that ArviZ gives for them.

    python3 -m venv venv && venv/bin/pip install arviz==0.23.4 numpy==2.4.6 scipy==1.17.1
    venv/bin/python make_reference.py > reference.json

Every case is [chains][draws]. null stands for NaN. Nested R-hat is written out here from equations (15) to (17) of
Margossian et al. (arXiv 2110.13017), since ArviZ has none.
"""
import json
import sys

import arviz
import numpy as np
import scipy
from arviz.stats import diagnostics as d

rng = np.random.default_rng(20240607)


def ar1(chains, draws, rho):
    x = np.empty((chains, draws))
    x[:, 0] = rng.standard_normal(chains)
    for i in range(1, draws):
        x[:, i] = rho * x[:, i - 1] + np.sqrt(1 - rho**2) * rng.standard_normal(chains)
    return x


def nested(x, superchains):
    chains, draws = x.shape
    groups = np.array_split(x, superchains)
    means = np.array([g.mean() for g in groups])
    inside = [
        (g.mean(axis=1).var(ddof=1) if len(g) > 1 else 0) + (g.var(axis=1, ddof=1).mean() if draws > 1 else 0)
        for g in groups
    ]
    return float(np.sqrt(1 + means.var(ddof=1) / np.mean(inside)))


def short(x):
    """Fewer digits, so that the file stays small; the rounded numbers are the input."""
    return np.round(x, 5)


cases = {
    "independent": short(rng.standard_normal((4, 150))),
    "odd number of draws": short(rng.standard_normal((4, 101))),
    "slow AR(1)": short(ar1(4, 200, 0.9)),
    "antithetic AR(1)": short(ar1(4, 150, -0.6)),
    "very slow AR(1), long": short(ar1(1, 1501, 0.998)),
    "one chain": short(ar1(1, 300, 0.3)),
    "many short chains": short(ar1(16, 40, 0.3)),
    "Cauchy": short(rng.standard_cauchy((4, 120))),
    "two modes, stuck": short(np.concatenate([rng.normal(-3, 1, (2, 100)), rng.normal(3, 1, (2, 100))])),
    "scale differs": short(rng.standard_normal((4, 150)) * np.array([[1], [1], [1], [3]])),
    "drift": short(rng.standard_normal((4, 100)) + np.linspace(0, 2, 100)),
    "counts with ties": rng.poisson(4, (4, 150)).astype(float),
    "four draws": short(rng.standard_normal((4, 4))),
    "five draws": short(rng.standard_normal((3, 5))),
    "large offset": 1e6 + short(ar1(4, 100, 0.5)),
}

out = {
    "made_with": f"arviz {arviz.__version__}, numpy {np.__version__}, scipy {scipy.__version__}",
    "cases": [],
}
for name, x in cases.items():
    _, _, _, tail, rhat = d._multichain_statistics(x)
    q = d._quantile(x, [0.05, 0.5, 0.95])
    expected = {
        "mean": x.mean(),
        "sd": x.std(ddof=1),
        "q5": q[0],
        "q50": q[1],
        "q95": q[2],
        "rhat": rhat,
        "rhat_split": d._rhat_split(x),
        "ess_bulk": d._ess_bulk(x),
        "ess_tail": tail,
        "ess_mean": d._ess_mean(x),
        "ess_sd": d._ess_sd(x),
        "ess_q5": d._ess_quantile(x, 0.05),
        "ess_q50": d._ess_quantile(x, 0.5),
        "ess_q95": d._ess_quantile(x, 0.95),
        "mcse_mean": d._mcse_mean(x),
        "mcse_sd": d._mcse_sd(x),
        "mcse_q5": d._mcse_quantile(x, 0.05),
        "mcse_q50": d._mcse_quantile(x, 0.5),
        "mcse_q95": d._mcse_quantile(x, 0.95),
        "bfmi": [float(v) for v in d._bfmi(x)],
    }
    if x.shape[0] >= 4:
        expected["nested"] = nested(x, x.shape[0] // 2)
    expected = {
        k: v if isinstance(v, list) else (float(v) if np.isfinite(v) else None) for k, v in expected.items()
    }
    out["cases"].append({"name": name, "draws": x.tolist(), "expected": expected})
json.dump(out, sys.stdout, indent=None, separators=(",", ":"))
