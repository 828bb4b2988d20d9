"""The claim: seconds of wall clock until every mean and sd is right within a tenth of a standard deviation (max b² < 0.01 for
good, against posteriordb's reference draws; bench/accuracy_error.py), warm-up included: ours against NUTS in nutpie (target 10
times) and in NumPyro (10 times), and against blackjax's ChEES and LAPS (3 times); compile time apart.

usage: accuracy.py THALWEG PEERS_FOLDER [--seeds N] [--budget SECONDS] [--posteriors A,B…] [--peers A,B…|none]
                   [--ours A,B…] [--keep FILE]
       (the python of bench/peers/build; THALWEG_POSTERIORDB_MODELS names posteriordb's programs)

Ours is the wall time of a whole command, process start, cache look-up, data, certificate, summary and run file included, with a
program that was compiled before; only the draws after the moment are taken off, by their share of the gradients. `auto` is the
same with --method auto. `until` is the whole of `--until ess=400`, which does not know the truth; its b² there is
judged too. On a machine with other work look at the ratio of CPU time: waiting for a turn costs short commands most. Peers' seconds leave out the start of Python, imports, conversion of draws and compilation (see
bench/peers/accuracy_peer.py). Rounds alternate between all of them, a fresh seed each; a cell is a median over seeds, `inf` where
more than half ended above the limit. A side leaves off after --seeds rounds (10) or, after the third, once its rounds have taken
--budget seconds (60), so that slow sides have fewer.
"""
import argparse
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import posteriors  # noqa: E402
from accuracy_error import Reference, lasting, share_until  # noqa: E402

TARGETS = {"nutpie": 10, "numpyro": 10, "chees": 3, "laps": 3}
REFERENCES = posteriors.DATABASE / "reference_posteriors" / "draws" / "draws"
OURS = {"default": [], "auto": ["--method", "auto"], "until": ["--until", "ess=400"]}


class Ours:
    def __init__(self, thalweg, program, data, options, reference, folder):
        self.command = [str(thalweg), "sample", str(program), "--data", str(data), *options]
        self.thalweg, self.reference, self.folder = thalweg, reference, folder
        begin = time.perf_counter()
        self.run(0)
        self.first = time.perf_counter() - begin

    def run(self, seed):
        run, arrays = self.folder / "ours.run", self.folder / "ours.npz"
        run.unlink(missing_ok=True)
        used, begin = os.times(), time.perf_counter()
        done = subprocess.run(self.command + ["--seed", str(seed), "--out", str(run)], capture_output=True, text=True)
        seconds, used_then = time.perf_counter() - begin, os.times()
        if done.returncode not in (0, 3):
            raise RuntimeError("thalweg sample failed: " + done.stderr)
        subprocess.run([str(self.thalweg), "export", str(run), "--to", str(arrays), "--overwrite"], check=True,
                       capture_output=True)
        found = re.search(r", (\d+) gradients, ([\d.]+) (ms|s)\n", done.stderr)
        gradients, sampling = int(found[1]), float(found[2]) * (1e-3 if found[3] == "ms" else 1)
        columns = np.load(arrays)
        variables = list(dict.fromkeys(n.split("[")[0] for n in self.reference.names))
        draws = np.concatenate([columns[v].reshape(*columns[v].shape[:2], -1) for v in variables], axis=2)
        work = columns["n_leapfrog__"].sum(axis=0)
        b2 = self.reference.of_prefixes(draws)
        share = share_until(gradients - work.sum(), work, b2)
        cpu = sum(used_then[2:4]) - sum(used[2:4])
        needed = 1 - (1 - share) * sampling / seconds
        return {"until": needed * seconds, "cpu_until": needed * cpu, "seconds": seconds, "cpu": cpu, "b2": float(b2[-1]),
                "share": share,
                "gradients": gradients, "trusted": done.returncode == 0, "draws": draws.shape[0] * lasting(b2)}


class Peer:
    def __init__(self, peers, method, name, data, reference):
        self.process = subprocess.Popen([sys.executable, str(HERE / "peers" / "accuracy_peer.py"), method, name,
                                         str(peers / "nutpie" / (name + ".so")), str(data), str(reference)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        self.first = json.loads(line)["first"] if line else None

    def run(self, seed):
        self.process.stdin.write(f"{seed}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def rounds_of(sides, seeds, budget):
    """Alternating rounds; the results by side."""
    results, spent = {side: [] for side in sides}, {side: 0.0 for side in sides}
    for seed in range(1, seeds + 1):
        for side, runner in sides.items():
            if len(results[side]) >= 3 and spent[side] > budget or None in results[side]:
                continue
            begin = time.perf_counter()
            results[side].append(runner.run(seed))
            spent[side] += time.perf_counter() - begin
    return {side: [r for r in rows if r] for side, rows in results.items()}


def median(rows, key):
    return statistics.median(r[key] for r in rows) if rows else math.nan


def ratio(theirs, ours, key="until"):
    """Of medians; infinite where they never get there, missing where neither does."""
    if not theirs or not ours:
        return math.nan
    return median(theirs, key) / median(ours, key)


def measure(name, options, folder):
    program = posteriors.program(name)
    data_name, reference_name = posteriors.REFERENCED[name]
    data = folder / "data.json"
    data.write_bytes(posteriors.read_zip(posteriors.SHARED / (data_name + ".json.zip")))
    archive = REFERENCES / (reference_name + ".json.zip")
    sides = {method: Peer(options.peers_folder, method, name, data, archive) for method in options.peers}
    reference = Reference(archive)
    for kind in options.ours:
        sides[kind] = Ours(options.thalweg, program, data, OURS[kind], reference, folder)
    results = rounds_of(sides, options.seeds, options.budget)
    firsts = {side: runner.first for side, runner in sides.items()}
    for method in options.peers:
        sides[method].close()
    return results, firsts


def cell(value, form="%.2f"):
    return "-" if math.isnan(value) else "never" if math.isinf(value) else form % value


def show(name, results, options):
    ours, until = results["default"], results.get("until", [])
    moment = median(ours, "until")
    good = sum(u["b2"] < 0.01 for u in until)
    row = [name, cell(moment, "%.3f"), cell(median(results.get("auto"), "until"), "%.3f"),
           f"{cell(median(until, 'seconds'), '%.3f')} ({cell(median(until, 'seconds') / moment)}x, {good}/{len(until)})"]
    for method in options.peers:
        rows = results[method]
        row += [f"{cell(median(rows, 'until'))} of {cell(median(rows, 'seconds'))} ({len(rows)})",
                cell(ratio(rows, ours), "%.1f"), cell(ratio(rows, ours, "cpu_until"), "%.1f")]
    print("| " + " | ".join(row) + " |", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("thalweg", type=lambda s: pathlib.Path(s).resolve())
    p.add_argument("peers_folder", type=pathlib.Path)
    p.add_argument("--seeds", type=int, default=10)
    p.add_argument("--budget", type=float, default=60)
    p.add_argument("--posteriors", default=",".join(posteriors.REFERENCED))
    p.add_argument("--peers", default="nutpie,numpyro,chees,laps")
    p.add_argument("--ours", default=",".join(OURS), help="which of default, auto, until; default always")
    p.add_argument("--keep", type=pathlib.Path, help="every round, as lines of JSON")
    options = p.parse_args()
    options.peers = [m for m in options.peers.split(",") if m != "none"]
    options.ours = list(dict.fromkeys(["default", *options.ours.split(",")]))
    head = ["posterior", "ours, s", "auto, s", "--until, s (of the moment, right)"]
    for method in options.peers:
        head += [f"{method}, s until, of all (seeds)", "ratio", "of CPU"]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|", flush=True)
    ratios, of_cpu, firsts = ({m: [] for m in options.peers} for _ in range(3))
    for name in options.posteriors.split(","):
        if posteriors.program(name) is None:
            print(f"{name}: left out, THALWEG_POSTERIORDB_MODELS names no folder that has it", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as folder:
            results, first = measure(name, options, pathlib.Path(folder))
        show(name, results, options)
        if options.keep:
            with options.keep.open("a") as f:
                f.write(json.dumps({"posterior": name, "first": first, "results": results}) + "\n")
        for method in options.peers:
            ratios[method].append(ratio(results[method], results["default"]))
            of_cpu[method].append(ratio(results[method], results["default"], "cpu_until"))
            if results[method] and first[method]:
                firsts[method].append(first[method] - median(results[method], "seconds"))
    print()
    for method in options.peers:
        conclude(method, ratios[method], of_cpu[method], firsts[method])


def geometric_mean(values):
    finite = [math.log(v) for v in values if math.isfinite(v) and v > 0]
    return math.exp(statistics.fmean(finite)) if finite else math.nan


def conclude(method, ratios, of_cpu, firsts):
    mean, target = geometric_mean(ratios), TARGETS[method]
    judged = sum(math.isfinite(r) for r in ratios)
    print(f"{method}: geometric mean {mean:.1f}x over {judged} posteriors, target {target} "
          f"{'met' if mean >= target else 'MISSED'}, of CPU time {geometric_mean(of_cpu):.1f}x; "
          f"{sum(map(math.isinf, ratios))} where it never gets there; first call "
          f"{statistics.median(firsts) if firsts else math.nan:.1f} s more")


if __name__ == "__main__":
    main()
