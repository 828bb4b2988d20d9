"""Which method is fastest where: seconds of `thalweg sample --until ess=400` for each method on each posterior, program
compiled, whole command; rounds alternate between the methods, with fresh seeds; medians.

usage: methods.py THALWEG [METHOD,METHOD…] [ROUNDS] [POSTERIOR …]

A run whose verdict is not to be trusted counts as failed; a cell is "-" when more than half of its runs failed.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import posteriors  # noqa: E402


def seconds(thalweg, program, data, method, seed, folder):
    run = folder / "method.run"
    run.unlink(missing_ok=True)
    start = time.perf_counter()
    done = subprocess.run([thalweg, "sample", program, "--data", data, "--method", method, "--seed", str(seed), "--until",
                           "ess=400", "--max-time", "60s", "--out", run, "--quiet"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    return time.perf_counter() - start, done.returncode == 0


def main(thalweg, methods="nuts,laps", rounds="3", *names):
    methods = methods.split(",")
    print("| posterior | " + " | ".join(methods) + " | best |")
    print("|---|" + "---|" * (len(methods) + 1))
    worst = {m: 1.0 for m in methods}
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = pathlib.Path(name_of_folder)
        for name in names or posteriors.ALL:
            data = folder / (name + ".json")
            if posteriors.write_data(name, data) is None:
                continue
            program = posteriors.program(name)
            times = {m: [] for m in methods}
            for seed in range(int(rounds) + 1):  # the first compiles and does not count
                for m in methods:
                    t, fine = seconds(thalweg, program, data, m, seed, folder)
                    if seed > 0:
                        times[m].append(t if fine else float("inf"))
            medians = {m: statistics.median(t) for m, t in times.items()}
            best = min(medians.values())
            for m in methods:
                worst[m] = max(worst[m], medians[m] / best)
            cells = [f"{medians[m]:.2f}" if medians[m] < float("inf") else "-" for m in methods]
            print(f"| {name} | " + " | ".join(cells) + f" | {min(medians, key=medians.get)} |", flush=True)
    print("largest ratio to the best: " + ", ".join(f"{m} {worst[m]:.1f}" for m in methods))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
