"""The problems of the gym: which variables of each Stan program are judged, and by which moments.

With f = x² of a judged variable x (for the Cauchy variables f = −log p itself), the error of an estimate of E f is
b² = (estimate − E f)² / Var f; a run has arrived when the maximum (or the mean) over the variables stays below 0.01.
truth/NAME.json holds E f, Var f, the standard error of E f (0 where closed, null where not known) and where they come from.
"""
import json
import pathlib

ROOM = pathlib.Path(__file__).resolve().parent
JUDGED = {  # Stan's variables, in the order of the truth
    "banana": ["x"],
    "gaussian": ["x"],
    "brownian": ["innovation_scale", "observation_scale", "walk"],
    "item_response": ["ability", "mean_ability", "difficulty"],
    "german_credit": ["global_scale", "local_scales", "unscaled_weights"],
    "stochastic_volatility": ["log_scale", "sigma", "nu"],
    "rosenbrock": ["x", "y"],
    "bimodal": ["x"],
    "funnel": ["gaussianised"],
    "cauchy": ["surprise"],
}
HAVE_DATA = ["gaussian", "brownian", "item_response", "german_credit", "stochastic_volatility"]
JUDGED_ITSELF = ["cauchy"]  # f = x and not x²


def truth(name):
    path = ROOM / "truth" / f"{name}.json"
    if not path.exists():
        raise SystemExit(f"{name}: its moments are not known yet; make {path} with bench/gym/truth.py THALWEG FOLDER {name}")
    return json.loads(path.read_text())


def data(name, folder):
    """The data as fetch.py made them, or nothing for a program without."""
    if name not in HAVE_DATA:
        return {}
    path = pathlib.Path(folder) / f"{name}.json"
    if not path.exists():
        raise SystemExit(f"{name}: no {path}; make it with bench/gym/fetch.py {folder} {name}")
    return json.loads(path.read_text())
