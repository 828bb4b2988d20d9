"""Makes the data of the gym's Stan programs, as JSON files that `thalweg sample --data` reads, in a folder of your choice.

usage: fetch.py FOLDER [PROBLEM …]      default: all problems with data; needs numpy and, for two of them, pip

Where each comes from (none of it is in the repository):
  gaussian               drawn here: numpy's RandomState(10), 100 draws of Gamma(1/2), then a rotation by QR of normals
  brownian               the package inference_gym 0.0.5 (PyPI, Apache 2.0)
  item_response          the same package
  german_credit          german.data-numeric of the UCI repository's Statlog (German Credit Data), Hofmann (1994), CC BY 4.0
  stochastic_volatility  SP500.npy of the sampler-benchmarks collection: 2,427 daily returns of the S&P 500 in percent, from
                         September 2006, as NumPyro's example had them (its present file has other days); and, for
                         truth.py, stoch_vol_moments.npy beside it
The last two are downloaded, unless a file of that name lies in FOLDER already: put it there by hand on a machine without
a network. Every source is checked by a digest of its numbers, so that two machines have the same problem or an error.
"""
import ast
import hashlib
import io
import json
import math
import pathlib
import re
import subprocess
import sys
import urllib.request
import zipfile

import numpy as np

PACKAGE = "inference_gym==0.0.5"
URLS = {
    "german.data-numeric": "https://archive.ics.uci.edu/ml/machine-learning-databases/statlog/german/german.data-numeric",
    "SP500.npy": "https://github.com/reubenharry/sampler-benchmarks/raw/7ad0700d414a251cd7609cd0b4d7a8f194c0f68f/"
                 "sampler-evaluation/sampler_evaluation/models/data/SP500.npy",
    "stoch_vol_moments.npy": "https://github.com/reubenharry/sampler-benchmarks/raw/7ad0700d414a251cd7609cd0b4d7a8f194c0f68f/"
                             "sampler-evaluation/sampler_evaluation/models/data/stoch_vol_moments.npy",
}
DIGESTS = {  # of the numbers, each to 9 digits, as SHA-256
    "gaussian": "6d92f72793eda22aee5c5e4d68566ba75151776daa8fdfa19464633b4fc7b9b4",
    "brownian": "ee27b96d8f9be0d7d63817ae51bf427131c3e722dd090c960dfd05fb3e08d050",
    "item_response": "f42445a9dd610a5cf334e210fc82458e10eb3d01db251eceea5e1b37cfe92b9d",
    "german_credit": "fb7ac5d48adfe4d6cb4b7569bd01bfbbbd2798c4def6b5d8ebfd27f9ea425a99",
    "stochastic_volatility": "1122db4aaceb38f615f47b1954977362c50282d2d6c7a7c7fbcb608f6483cc74",
}


def digest(numbers):
    return hashlib.sha256(" ".join(f"{v:.9g}" for v in np.ravel(numbers)).encode()).hexdigest()


def downloaded(folder, name):
    """The bytes of a file of URLS, which is kept in the folder."""
    path = folder / name
    if not path.exists():
        try:
            path.write_bytes(urllib.request.urlopen(URLS[name], timeout=60).read())
        except OSError as e:
            raise SystemExit(f"fetch: {name} cannot be had from {URLS[name]} ({e}); download it elsewhere and put it into "
                             f"{folder}")
    return path.read_bytes()


def arrays_of(folder, module):
    """The array literals of a data module of the package, by name; its code is not run."""
    wheels = sorted(folder.glob("inference_gym-*.whl"))
    if not wheels:
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), PACKAGE], check=True)
        wheels = sorted(folder.glob("inference_gym-*.whl"))
    source = zipfile.ZipFile(wheels[0]).read(f"inference_gym/internal/datasets/{module}.py").decode()
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            lists = [n for n in ast.walk(node.value) if isinstance(n, ast.List)]
            if lists:
                found[node.targets[0].id] = np.array([number(e) for e in lists[0].elts])
    return found


def number(node):
    """A literal, or NaN for anything else (the package writes np.nan)."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return math.nan


def gaussian(_):
    """Precision R diag(λ) Rᵀ: λ sorted Gamma(1/2, 1), the covariance then scaled to a mean eigenvalue of 1."""
    d, random = 100, np.random.RandomState(10)
    variances = 1 / np.sort(random.gamma(shape=0.5, scale=1.0, size=d))
    variances /= variances.mean()
    rotation, _ = np.linalg.qr(random.randn(d, d))
    precision = (rotation / variances) @ rotation.T
    precision = (precision + precision.T) / 2
    return {"d": d, "precision": precision.tolist()}, precision.round(6)


def brownian(folder):
    seen = arrays_of(folder, "brownian_motion_missing_middle_observations")["OBSERVED_LOC"]
    at = np.flatnonzero(~np.isnan(seen))
    return {"T": len(seen), "n": len(at), "observed": (at + 1).tolist(), "y": seen[at].tolist()}, seen[at]


def item_response(folder):
    a = arrays_of(folder, "synthetic_item_response_theory")
    rows = [a[name].astype(int) for name in ("STUDENT_IDS", "QUESTION_IDS", "CORRECT")]
    return {"students": 400, "questions": 100, "n": len(rows[0]), "student": (rows[0] + 1).tolist(),
            "question": (rows[1] + 1).tolist(), "correct": rows[2].tolist()}, rows


def german_credit(folder):
    """24 standardised columns and one of ones; the outcome is 1 for a bad credit (class 2 of the file)."""
    lines = downloaded(folder, "german.data-numeric").decode().splitlines()
    table = np.array([[int(v) for v in re.findall(r"\d+", line)] for line in lines if re.fullmatch(r"[\s\d,]+", line.strip())])
    x = table[:, :24].astype(float)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    x = np.column_stack([x, np.ones(len(x))])
    return {"n": len(x), "d": 25, "x": x.tolist(), "bad": (table[:, 24] - 1).tolist()}, table


def stochastic_volatility(folder):
    returns = np.load(io.BytesIO(downloaded(folder, "SP500.npy"))).astype(float)
    return {"T": len(returns), "returns": returns.tolist()}, returns


MAKERS = {f.__name__: f for f in (gaussian, brownian, item_response, german_credit, stochastic_volatility)}


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or MAKERS:
        if name not in MAKERS:
            raise SystemExit(f"fetch: no data are needed for {name}; those with data are {', '.join(MAKERS)}")
        data, source = MAKERS[name](folder)
        if digest(source) != DIGESTS[name]:
            raise SystemExit(f"fetch: the source of {name} has digest {digest(source)}, expected {DIGESTS[name]}: another "
                             "version?")
        (folder / f"{name}.json").write_text(json.dumps(data))
        print(folder / f"{name}.json")


if __name__ == "__main__":
    main()
