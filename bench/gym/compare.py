"""Gradients per chain until b² < 0.01, ours beside blackjax's on the same densities and data, and the published figures.

usage: compare.py BUILD PEER_PYTHON DATA_FOLDER RESULTS.jsonl [--show] [--only OURS|PEER] [METHOD:PROBLEM …]

  BUILD         a build folder with bench_gym and bench_gym_chains (cmake -DTHALWEG_BENCH=ON)
  PEER_PYTHON   the python of bench/peers/build FOLDER blackjax
  DATA_FOLDER   what fetch.py made

METHOD:PROBLEM are laps, mams or mclmc on a problem of the gym; default: all of PAIRS. What RESULTS.jsonl holds already is not
run again, so that an interrupted comparison goes on; --show runs nothing. Both sides run ten seeds. Single chains: the crossing
of the median of b² over the seeds, tuning excluded and printed beside; ours is the median over 32 such sets of ten chains.
Ensembles of 4096: medians over the seeds of the first time below the limit and of the last, both sides from the peer's start
law, tuning included.
"""
import json
import pathlib
import statistics
import subprocess
import sys

import problems
from table import PUBLISHED, shown

SINGLE = {  # our gradients a chain: twice and more of what is needed
    "mams": {"banana": 60_000, "gaussian": 300_000, "rosenbrock": 400_000, "brownian": 40_000, "german_credit": 120_000,
             "item_response": 100_000},
    "mclmc": {"banana": 30_000, "gaussian": 250_000, "rosenbrock": 300_000, "brownian": 25_000, "german_credit": 80_000,
              "item_response": 50_000},
}
ENSEMBLES = ["banana", "gaussian", "brownian", "german_credit", "item_response", "stochastic_volatility"]
PAIRS = [f"{method}:{problem}" for method in SINGLE for problem in SINGLE[method]] + [f"laps:{p}" for p in ENSEMBLES]
LAPS_STEPS = {"banana": "100,300"}  # with the authors' 100, 50 it ends above the limit
SEEDS = 10
INFINITE = float("inf")


def lines_of(path):
    return [json.loads(line) for line in open(path)] if path.exists() else []


def run(command, path):
    """Appends the JSON lines that a command prints to the results."""
    print("+", " ".join(map(str, command)), file=sys.stderr, flush=True)
    with open(path, "a") as out:
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            if line.startswith("{"):
                out.write(line)
                out.flush()
        if process.wait() != 0:
            raise SystemExit(f"compare: {command[0]} ended with status {process.returncode}")


def run_ours(build, folder, method, problem, path):
    data = pathlib.Path(folder) / f"{problem}.json" if problem in problems.HAVE_DATA else "-"
    of = [problems.ROOM / f"{problem}.stan", data, problems.ROOM / "truth" / f"{problem}.json", method]
    if method == "laps":
        run([pathlib.Path(build) / "bench/bench_gym", *of, 4096, SEEDS, 4, "peer"], path)
    else:
        run([pathlib.Path(build) / "bench/bench_gym_chains", *of, SINGLE[method][problem], SEEDS, 32], path)


def run_peer(python, folder, method, problem, path):
    command = [python, problems.ROOM.parent / "peers" / "gym_blackjax.py", method, problem, folder, "--seeds", f"0:{SEEDS}"]
    if method == "laps":
        command += ["--lean"] + (["--steps", LAPS_STEPS[problem]] if problem in LAPS_STEPS else [])
    run(command, path)


def ours(lines, method, problem):
    found = [x for x in lines if x.get("method") == f"thalweg {method}" and x["problem"] == problem]
    return [x for x in found if x["start"] == "peer"] if method == "laps" else found


def peers(lines, method, problem):
    """A single chain's line on the median, or an ensemble's lines of seeds, as the comparison runs it."""
    found = [x for x in lines if x.get("method") == method and x["problem"] == problem]
    if method != "laps":
        return [x for x in found if "of" in x]
    steps = LAPS_STEPS.get(problem, "").replace(",", ", ")
    return [x for x in found if "seed" in x and x.get("chains") == 4096 and steps in x.get("steps", "")]


def median(lines, key):
    values = [float(x[key]) for x in lines]
    return statistics.median(INFINITE if v < 0 else v for v in values)


def ratio(a, b):
    return f"{a / b:.2f}" if 0 < b < INFINITE and a < INFINITE else "–"


def published(method, problem):
    pair = PUBLISHED.get(method, {}).get(problem)
    return " / ".join(map(shown, pair)) if pair else "–"


def print_single(lines, pairs):
    print("| method | problem | thalweg max b² (quartiles) | blackjax | ratio | thalweg avg b² | blackjax | ratio "
          "| published max / avg | tuning thalweg | blackjax | ratio |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for method, problem in pairs:
        a, b = ours(lines, method, problem), peers(lines, method, problem)
        if not a and not b:
            continue
        row, numbers = [method, problem], {}
        for key in ("max", "avg"):
            low, middle, high = map(float, a[-1][key]) if a else (INFINITE,) * 3
            theirs = float(b[-1][f"gradients_{key}"]) if b else INFINITE
            row += [f"{shown(middle)} ({shown(low)}–{shown(high)})" if a else "–", shown(theirs) if b else "–",
                    ratio(middle, theirs)]
        tuned = (float(a[-1]["tuning"]) if a else INFINITE, float(b[-1]["tuning"]) if b else INFINITE)
        row += [published(method, problem), shown(tuned[0]) if a else "–", shown(tuned[1]) if b else "–", ratio(*tuned)]
        print("| " + " | ".join(row) + " |")


def print_ensembles(lines, pairs):
    print("\n| problem | seeds ours, theirs | max b² first: thalweg | blackjax | ratio | max b² for good: thalweg | blackjax "
          "| ratio | avg b² for good: thalweg | blackjax | ratio | published max / avg |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for method, problem in pairs:
        a, b = ours(lines, method, problem), peers(lines, method, problem)
        if not a and not b:
            continue
        row = [problem, f"{len(a)}, {len(b)}"]
        for mine, its in (("first_max", "first_max"), ("max", "gradients_max"), ("avg", "gradients_avg")):
            one, other = median(a, mine) if a else INFINITE, median(b, its) if b else INFINITE
            row += [shown(one) if a else "–", shown(other) if b else "–", ratio(one, other)]
        print("| " + " | ".join(row + [published(method, problem)]) + " |")


def main():
    words = sys.argv[1:]
    only = words.pop(words.index("--only") + 1).lower() if "--only" in words else ""
    words = [w for w in words if w != "--only"]
    show = "--show" in words
    words = [w for w in words if w != "--show"]
    if len(words) < 4:
        raise SystemExit(__doc__)
    build, python, folder, path = words[0], words[1], words[2], pathlib.Path(words[3])
    pairs = [pair.split(":") for pair in words[4:] or PAIRS]
    for method, problem in pairs:
        lines = lines_of(path)
        if not show and only != "peer" and len(ours(lines, method, problem)) < (SEEDS if method == "laps" else 1):
            run_ours(build, folder, method, problem, path)
        if not show and only != "ours" and len(peers(lines, method, problem)) < (SEEDS if method == "laps" else 1):
            run_peer(python, folder, method, problem, path)
    lines = lines_of(path)
    print_single(lines, [p for p in pairs if p[0] != "laps"])
    print_ensembles(lines, [p for p in pairs if p[0] == "laps"])


if __name__ == "__main__":
    main()
