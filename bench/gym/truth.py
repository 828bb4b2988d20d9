"""Makes truth/NAME.json: E f and Var f of the judged variables, in closed form, by quadrature by a long run of our NUTS, or from
the moments that the reference's authors publish.

usage: truth.py THALWEG DATA_FOLDER [PROBLEM …]       needs numpy; the long runs take from seconds to half an hour

Closed: Gaussians and what is made of them. Quadrature: the Brownian bridge, Gaussian given its two scales, over a grid of
their logarithms (halving the grid's step moves no moment by more than 1e-6 of its standard deviation: asserted).
Published: stochastic volatility, whose long run would take hours; the moments are those that the figures of LAPS, MAMS and MCLMC
were judged by, and their error is not known.
The rest: many chains from one seed, standard errors from the spread of the chains' means, which knows the autocorrelation.
A run that its own verdict does not trust (German credit has a few divergences at any step size) is kept, the verdict with it.
"""
import io
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import fetch
import problems

LONG_RUNS = {  # chains, stored draws, transitions for each of them, the acceptance that the step size aims at
    "german_credit": (128, 128000, 4, 0.95),
    "item_response": (64, 64000, 1, 0.9),
}


def banana(_):
    # x₂ = 3 (w − 1) + z with w ~ χ²₁, whose central moments are 2, 8, 60
    return [100, 19], [20000, 81 * 60 + 6 * 18 + 3 - 19**2]


def gaussian(data):
    variance = np.diag(np.linalg.inv(np.array(data["precision"])))
    return variance, 2 * variance**2


def rosenbrock(_):
    q, x = 0.1, {2: 2, 4: 10, 8: 764}  # the even moments of N(1, 1)
    ey2, ey4 = x[4] + q, x[8] + 6 * q * x[4] + 3 * q * q
    return [x[2]] * 18 + [ey2] * 18, [x[4] - x[2] ** 2] * 18 + [ey4 - ey2**2] * 18


def bimodal(_):
    m2 = [0.75 + 0.25 * (16 + 0.36)] + [0.75 + 0.25 * 0.36] * 49
    m4 = [0.75 * 3 + 0.25 * (4**4 + 6 * 16 * 0.36 + 3 * 0.36**2)] + [0.75 * 3 + 0.25 * 3 * 0.36**2] * 49
    return m2, np.array(m4) - np.array(m2) ** 2


def funnel(_):
    return [1] * 20, [2] * 20


def cauchy(_):
    return [math.log(4 * math.pi)] * 100, [math.pi**2 / 3] * 100


def brownian_on_grid(data, step):
    """Moments of (scales, walk) by the trapezoidal rule over the logarithms a, b of the two scales."""
    t = np.arange(1, data["T"] + 1)
    walk = np.minimum(t[:, None], t[None, :]).astype(float)  # covariance at innovation scale 1
    seen, y = np.array(data["observed"]) - 1, np.array(data["y"])
    cross, block = walk[:, seen], walk[np.ix_(seen, seen)]
    values, vectors = np.linalg.eigh(block)
    rotated, spread = vectors.T @ y, cross @ vectors
    a, b = np.arange(-6, 5, step), np.arange(-22, 6, step)
    total, first, second = 0.0, np.zeros(data["T"] + 2), np.zeros(data["T"] + 2)
    top = None
    for one in a:
        s2, o2 = math.exp(2 * one), np.exp(2 * b)
        variances = s2 * values + o2[:, None]  # of the rotated observations, [grid of b][n]
        log_p = -0.5 * (np.log(variances) + rotated**2 / variances).sum(axis=1) - (one**2 + b**2) / 8
        top = log_p.max() if top is None else top
        weight = np.exp(log_p - top)
        mean = (s2 * rotated / variances) @ spread.T
        variance = s2 * np.diag(walk) - (s2**2 / variances) @ (spread.T**2)
        scales = np.stack([np.full(len(b), math.exp(one)), np.exp(b)])
        m2 = np.vstack([scales**2, (mean**2 + variance).T])
        m4 = np.vstack([scales**4, (mean**4 + 6 * mean**2 * variance + 3 * variance**2).T])
        total, first, second = total + weight.sum(), first + m2 @ weight, second + m4 @ weight
    return first / total, second / total - (first / total) ** 2


def brownian(data):
    mean, variance = brownian_on_grid(data, 0.02)
    coarse, _ = brownian_on_grid(data, 0.04)
    assert np.abs(mean - coarse).max() < 1e-6 * np.sqrt(variance.min()), "the grid of the Brownian bridge is too coarse"
    return mean, variance


CLOSED = {f.__name__: f for f in (banana, gaussian, rosenbrock, bimodal, funnel, cauchy)}


def long_run(thalweg, name, data_file):
    chains, draws, thin, accept = LONG_RUNS[name]
    with tempfile.TemporaryDirectory() as folder:
        run, arrays = pathlib.Path(folder) / "truth.run", pathlib.Path(folder) / "truth.npz"
        command = [thalweg, "sample", str(problems.ROOM / f"{name}.stan"), "--data", data_file, "--seed", "1",
                   "--chains", str(chains), "--draws", str(draws), "--thin", str(thin), "--target-accept", str(accept),
                   "--quiet", "--out", str(run)]
        said = subprocess.run(command, capture_output=True, text=True)
        if said.returncode not in (0, 3):
            raise SystemExit(f"truth: {' '.join(command)} failed:\n{said.stderr}")
        verdict = next(line for line in (said.stdout + said.stderr).splitlines() if line.startswith(("Trusted", "NOT TO BE")))
        subprocess.run([thalweg, "export", str(run), "--to", str(arrays)], check=True)
        drawn = np.load(arrays)
        x = np.concatenate([drawn[v].reshape(chains, draws // chains, -1) for v in problems.JUDGED[name]], axis=2)
    f = x**2
    error = f.mean(axis=1).std(axis=0, ddof=1) / math.sqrt(chains)
    source = f"NUTS of thalweg, seed 1, {chains} chains, {draws} draws of {draws * thin}; {verdict}"
    return f.mean(axis=(0, 1)), f.var(axis=(0, 1)), error, source


def published(folder):
    moments = np.load(io.BytesIO(fetch.downloaded(pathlib.Path(folder), "stoch_vol_moments.npy")))
    return moments[0], moments[1]


def rounded(values):
    return [float(f"{v:.9g}") for v in np.asarray(values, float)]


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    thalweg, folder = sys.argv[1:3]
    for name in sys.argv[3:] or problems.JUDGED:
        data = problems.data(name, folder)
        if name in CLOSED:
            (mean, variance), error, source = CLOSED[name](data), None, "closed form"
        elif name == "brownian":
            (mean, variance), error, source = brownian(data), None, "quadrature over the two scales"
        elif name == "stochastic_volatility":
            (mean, variance), error = published(folder), np.full(len(data["returns"]) + 2, np.nan)
            source = "stoch_vol_moments.npy of sampler-benchmarks, error not known"
        else:
            mean, variance, error, source = long_run(thalweg, name, str(pathlib.Path(folder) / f"{name}.json"))
        out = {"problem": name, "source": source, "mean": rounded(mean), "variance": rounded(variance)}
        out["standard_error"] = ([float(f"{v:.2g}") for v in error] if np.isfinite(error).all() else None) if error is not None else 0
        (problems.ROOM / "truth" / f"{name}.json").write_text(json.dumps(out) + "\n")
        worst = 0 if error is None else float((error**2 / np.asarray(variance)).max())
        print(f"{name}: {len(out['mean'])} variables, {source}; the error of E f alone gives b² up to {worst:.2g}", flush=True)


if __name__ == "__main__":
    main()
