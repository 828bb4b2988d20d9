"""The posteriors that samplers, optimization and approximations are timed on: programs of tests/posteriors, with the data
of posteriordb where ../shared has them, else, for those of POSTERIORS, with made-up data of the same kind and size."""
import json
import math
import os
import pathlib
import random
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATABASE = ROOT.parent / "shared" / "posteriordb"
SHARED = DATABASE / "data" / "data"


def eight_schools(_):
    return {"J": 8, "y": [28, 8, -3, 7, -1, 1, 18, 12], "sigma": [15, 10, 16, 11, 9, 11, 10, 18]}


def kidiq(r):
    high_school = [int(r.random() < 0.79) for _ in range(434)]
    iq = [r.gauss(100, 15) for _ in range(434)]
    score = [-11.5 + 51.3 * h + 1.1 * q - 0.5 * h * q + r.gauss(0, 18) for h, q in zip(high_school, iq)]
    return {"N": 434, "kid_score": score, "mom_hs": high_school, "mom_iq": iq}


def garch(r):
    returns, variance = [], 0.25
    for _ in range(200):
        returns.append(5 + math.sqrt(variance) * r.gauss(0, 1))
        variance = 1.5 + 0.5 * (returns[-1] - 5) ** 2 + 0.3 * variance
    return {"T": 200, "y": returns, "sigma1": 0.5}


def earnings(r):
    male = [int(r.random() < 0.37) for _ in range(1192)]
    height = [r.gauss(70 if m else 64.5, 2.7) for m in male]
    earn = [math.exp(8.4 + 0.017 * h - 0.08 * m + 0.007 * h * m + r.gauss(0, 0.9)) for h, m in zip(height, male)]
    return {"N": 1192, "earn": earn, "height": height, "male": male}


def gaussian_process(r):
    x = [-10 + 2 * i for i in range(11)]
    return {"N": 11, "x": x, "k": [1] * 11, "y": [2 * math.sin(v / 5) + r.gauss(0, 0.4) for v in x]}


def autoregression(r):
    y = []
    for t in range(200):
        past = sum(b * y[t - 1 - k] for k, b in enumerate([0.7, 0.45, -0.1, -0.15, -0.05]) if k < t)
        y.append(past + r.gauss(0, 0.15))
    return {"K": 5, "T": 200, "y": y}


def mixture(r):
    return {"N": 1000, "y": [r.gauss(-2.75, 1) if r.random() < 0.4 else r.gauss(2.75, 1) for _ in range(1000)]}


# program: (name of the data in posteriordb, how to make some up)
POSTERIORS = {
    "eight_schools_noncentered": ("eight_schools", eight_schools),
    "kidscore_interaction": ("kidiq", kidiq),
    "logearn_interaction": ("earnings", earnings),
    "garch11": ("garch", garch),
    "gp_regr": ("gp_pois_regr", gaussian_process),
    "arK": ("arK", autoregression),
    "low_dim_gauss_mix": ("low_dim_gauss_mix", mixture),
}

# optimization, variational inference and Pathfinder run on these too, where posteriordb's data are there
LARGER = {
    "nes": ("nes2000", None),
    "hmm_drive_0": ("bball_drive_event_0", None),
    "diamonds": ("diamonds", None),
}
ALL = {**POSTERIORS, **LARGER}

# program: (name of the data, name of the reference draws), for times until an answer is accurate
REFERENCED = {
    "diamonds": ("diamonds", "diamonds-diamonds"),
    "hmm_drive_0": ("bball_drive_event_0", "bball_drive_event_0-hmm_drive_0"),
    "hmm_drive_1": ("bball_drive_event_1", "bball_drive_event_1-hmm_drive_1"),
    "logearn_interaction": ("earnings", "earnings-logearn_interaction"),
    "earn_height": ("earnings", "earnings-earn_height"),
    "low_dim_gauss_mix": ("low_dim_gauss_mix", "low_dim_gauss_mix-low_dim_gauss_mix"),
    "arK": ("arK", "arK-arK"),
    "arma11": ("arma", "arma-arma11"),
    "garch11": ("garch", "garch-garch11"),
    "hmm_example": ("hmm_example", "hmm_example-hmm_example"),
    "nes": ("nes1972", "nes1972-nes"),
    "kilpisjarvi": ("kilpisjarvi_mod", "kilpisjarvi_mod-kilpisjarvi"),
    "logmesquite": ("mesquite", "mesquite-logmesquite"),
}


def program(name):
    """Of tests/posteriors, else of the folder that THALWEG_POSTERIORDB_MODELS names; nothing when in neither."""
    here = ROOT / "tests" / "posteriors" / (name + ".stan")
    elsewhere = os.environ.get("THALWEG_POSTERIORDB_MODELS")
    if here.exists() or elsewhere is None:
        return here if here.exists() else None
    there = pathlib.Path(elsewhere) / (name + ".stan")
    return there if there.exists() else None


def read_zip(path):
    with zipfile.ZipFile(path) as z:
        return z.read(z.namelist()[0])


def write_data(name, path):
    """Writes the data as JSON; returns where they come from, or nothing when there are none."""
    stem, make = ALL[name]
    archive = SHARED / (stem + ".json.zip")
    if archive.exists():
        path.write_bytes(read_zip(archive))
        return "posteriordb"
    if make is None:
        return None
    path.write_text(json.dumps(make(random.Random(stem))))
    return "made up"
