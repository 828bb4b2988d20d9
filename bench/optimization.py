"""The claims: on ten posteriors, geometric mean, one run, the same program and data,
  map         32 starts of `thalweg optimize` against 32 runs of Stan's L-BFGS, one after another: at least 10 times as fast
  vi          `thalweg vi`, mean-field, fixed-sample, against Stan's mean-field ADVI to the same ELBO: at least 20 times
  pathfinder  `thalweg pathfinder` with 16 paths and 1000 draws against Stan's: at least 10 times

usage: optimization.py THALWEG PEERS_FOLDER [--only NAME,…] [--programs NAME,…] [--rounds N] [--peer-only]

Stan's seconds are those of the algorithm alone, in a process that has its data, by Stan 2.35's own services with CmdStan's
defaults. Ours are shown twice: `alone` is the algorithm as the run reports it, `command` the wall time of the whole command
(start, data, census or certificate, run file, table), program compiled. The targets are judged by `alone`, like with like.
map and vi have one thread on both sides, pathfinder all cores on both. vi runs without the linear response, of which ADVI
has no counterpart. Where ADVI has not reached our ELBO after its 10,000 iterations its time is a lower bound; where it gives
up with an error the round is not counted. Rounds alternate between the two with fresh seeds;
times are medians, ratios medians of the rounds' ratios.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import posteriors  # noqa: E402
from stan_services import StanServices, our_name  # noqa: E402

STARTS, PATHS, DRAWS = 32, 16, 1000
SAME_LOG_P = 1e-6        # nat
ELBO_DRAWS, ELBO_SEED = 4000, 20261125
FEW_DRAWS = 200          # enough to see that a q is hopeless: more than 5 standard errors away
ELBO_MARGIN = 0.1        # nat, besides one standard error of our ELBO
WITHOUT_TEST = 1e-300    # tolerance that keeps ADVI going for its 10,000 iterations
DEFAULT_TEST = 0.01      # CmdStan's
BELOW = "OURS BELOW"     # an answer that is worse than Stan's: the claim is then not met, however fast


class Ours:
    def __init__(self, thalweg, name, data, folder):
        self.thalweg, self.program, self.data, self.folder = thalweg, posteriors.program(name), data, folder

    def run(self, verb, seed, threads, *options):
        """Seconds of the command, seconds of the algorithm alone, and the run's summary."""
        path = self.folder / (verb + ".run")
        path.unlink(missing_ok=True)
        words = [self.thalweg, verb, self.program, "--data", self.data, "--seed", str(seed), "--threads", str(threads),
                 "--quiet", "--out", path, *options]
        start = time.perf_counter()
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        seconds = time.perf_counter() - start
        if done.returncode not in (0, 3):  # 3: an answer that is not to be trusted, said so
            raise RuntimeError("thalweg %s: exit status %d: %s" % (verb, done.returncode, done.stderr.strip()))
        text = subprocess.run([self.thalweg, "summary", path, "--json"], stdout=subprocess.PIPE, text=True).stdout
        summary = json.loads(text)
        return seconds, summary.get("seconds", seconds), summary

    def gaussian(self, summary):
        """The diagonal Gaussian that vi found."""
        rows = summary["unconstrained"]
        return {"mean": [row["mean"] for row in rows], "sd": [row["sd"] for row in rows]}


def timed(theirs, command, alone):
    return {"stan": theirs, "command": command, "alone": alone, "by_command": theirs / command, "by_alone": theirs / alone}


def medians(rounds):
    return {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}


def alternate(rounds, ours, stan):
    """Runs both sides for every seed; which goes first changes from round to round."""
    pairs = []
    for seed in range(1, rounds + 1):
        if seed % 2:
            mine = ours(seed) if ours else None
            pairs.append((mine, stan(seed)))
        else:
            theirs = stan(seed)
            pairs.append((ours(seed) if ours else None, theirs))
    return pairs


def best_of(values):
    return max((v for v in values if v is not None), default=float("-inf"))


def compare_map(ours, stan, rounds, threads):
    """Both bests by one evaluator, Stan's log density."""
    pairs = alternate(rounds, ours and (lambda seed: ours.run("optimize", seed, 1, "--starts", str(STARTS))),
                      lambda seed: stan.map(seed, STARTS))
    rows, gaps, notes = [], [], []
    for mine, theirs in pairs:
        best = best_of(theirs["log_p"])
        reached = sum(v is not None and v >= best - SAME_LOG_P for v in theirs["log_p"])
        text = "Stan: best %.6f, reached by %d of %d, %d ended in error" % (best, reached, STARTS, theirs["failed"])
        if mine:
            rows.append(timed(theirs["seconds"], *mine[:2]))
            points = [{q["name"]: q["values"][k] for q in mine[2]["quantities"]}
                      for k in range(len(mine[2]["quantities"][0]["values"]))]
            gaps.append(max(stan.unconstrain(point)["log_p"] for point in points) - best)
            ends = mine[2]["census"]["ends"]
            top = best_of(end["log_density"] for end in ends)
            text += "; ours - Stan's %+.1e, reached by %d" % (
                gaps[-1], sum(end["starts"] for end in ends if end["log_density"] is not None
                              and end["log_density"] >= top - SAME_LOG_P))
        else:
            rows.append({"stan": theirs["seconds"]})
        notes.append(text)
    verdict = None
    if gaps:
        worst = min(gaps)
        verdict = "same best" if max(map(abs, gaps)) <= SAME_LOG_P else \
            "ours not below" if worst >= -SAME_LOG_P else BELOW + " by %.2g" % -worst
    return medians(rows), verdict, notes


def is_gaussian(q):
    return None not in q["mean"] + q["sd"]


def time_to(stan, trace, target):
    """When ADVI's q first had that ELBO; nothing when it never had."""
    for at in filter(is_gaussian, trace):
        rough, error = stan.elbo(at, ELBO_SEED, FEW_DRAWS)
        if rough + 5 * error >= target and stan.elbo(at, ELBO_SEED, ELBO_DRAWS)[0] >= target:
            return at["seconds"]
    return None


def vi_round(stan, seed, mine, theirs):
    """What ADVI took to our ELBO, whether it got there, by how much we are below its last, and a note. Without ours, ADVI's
    own last q is what is to be reached."""
    def elbo_of(q):
        return stan.elbo(q, ELBO_SEED, ELBO_DRAWS) if q and is_gaussian(q) else (float("nan"), 0.0)
    last = theirs["trace"][-1] if theirs["trace"] else None
    elbo, error = elbo_of(mine[2] if mine else last)
    found = time_to(stan, theirs["trace"], elbo - error - ELBO_MARGIN)
    if theirs["failed"] and found is None:
        return {"gave_up": True, "note": "ADVI gave up after %.3f s: %s" % (theirs["seconds"], theirs["failed"])}
    seconds = theirs["seconds"] if found is None else found
    default = stan.advi(seed, DEFAULT_TEST)
    stopped, _ = elbo_of(default["trace"][-1] if default["trace"] else None)
    note = "ELBO %s %.3f +- %.3f; ADVI %s %.3f s (eta %g); by its default test it stops at %.3f s, %.2f nat away" % (
        "ours" if mine else "of ADVI's last q", elbo, error, "never there, stopped at" if found is None else "there after",
        seconds, theirs["eta"], default["seconds"], elbo - stopped)
    return {"gave_up": False, "note": note, "late": found is None,
            "below": elbo_of(last)[0] - elbo - error - ELBO_MARGIN if mine else 0.0,
            "times": timed(seconds, *mine[:2]) if mine else {"stan": seconds}}


def compare_vi(ours, stan, rounds, threads):
    options = ["--family", "mean-field", "--estimator", "fixed-sample", "--draws", str(DRAWS),
               "--no-linear-response"]

    def mine_at(seed):
        command, alone, summary = ours.run("vi", seed, 1, *options)
        return command, alone, ours.gaussian(summary)
    pairs = alternate(rounds, ours and mine_at, lambda seed: stan.advi(seed, WITHOUT_TEST))
    every = [vi_round(stan, seed, mine, theirs) for seed, (mine, theirs) in enumerate(pairs, 1)]
    counted, notes = [r for r in every if not r["gave_up"]], [r["note"] for r in every]
    if not counted:
        raise RuntimeError("no comparison, for every seed: " + notes[0])
    late, below = sum(r["late"] for r in counted), max(r["below"] for r in counted)
    verdict = BELOW + " by %.2g" % below if below > 0 else \
        "in %d of %d rounds ADVI never reached it: a lower bound" % (late, len(counted)) if late else "same ELBO"
    if len(counted) < rounds:
        verdict += "; in %d more ADVI gave up" % (rounds - len(counted))
    return medians([r["times"] for r in counted]), verdict, notes


def compare_pathfinder(ours, stan, rounds, threads):
    options = ["--paths", str(PATHS), "--draws", str(DRAWS)]
    pairs = alternate(rounds, ours and (lambda seed: ours.run("pathfinder", seed, threads, *options)),
                      lambda seed: stan.pathfinder(seed, PATHS, DRAWS))
    rows, notes = [], []
    for mine, theirs in pairs:
        text = "Stan: %d draws%s" % (theirs["draws"], ", failed" if theirs["failed"] else "")
        if mine:
            rows.append(timed(theirs["seconds"], *mine[:2]))
            moments = {our_name(name): m for name, m in theirs["quantities"].items()}
            shifts = [abs(q["mean"] - moments[q["name"]][0]) / moments[q["name"]][1] for q in mine[2]["quantities"]
                      if q["mean"] is not None and moments.get(q["name"], [0, 0])[1]]
            text += "; means differ by at most %.2f of Stan's sd" % max(shifts, default=float("nan"))
        else:
            rows.append({"stan": theirs["seconds"]})
        notes.append(text)
    return medians(rows), None, notes


CLAIMS = {"map": (compare_map, 10, "32 starts of L-BFGS, one thread on both sides"),
          "vi": (compare_vi, 20, "mean-field to the same ELBO, one thread on both sides"),
          "pathfinder": (compare_pathfinder, 10, "16 paths, 1000 draws, all cores on both sides")}


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def claim(name, options, peers, threads):
    compare, target, what = CLAIMS[name]
    print("%s: %s (medians of %d alternating rounds)\n" % (name, what, options.rounds))
    print("%-27s %4s %11s %11s %11s | %9s %9s" % ("program", "d", "Stan, ms", "command, ms", "alone, ms", "/command", "/alone"))
    ratios, missing, sound = [], [], True
    for program in options.programs or posteriors.ALL:
        executable = peers / "services" / program
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            data = folder / "data.json"
            if posteriors.write_data(program, data) is None or not executable.exists():
                missing.append(program)
                continue
            ours = None if options.peer_only else Ours(options.thalweg, program, data, folder)
            stan = StanServices(executable, data, threads)
            try:
                warm(ours, stan, name, threads)
                m, verdict, notes = compare(ours, stan, options.rounds, threads)
            except (RuntimeError, KeyError, ValueError) as error:
                print("%-27s %s" % (program, error), flush=True)
                missing.append(program)
                continue
            finally:
                stan.close()
            cells = ["%11.3f" % (1e3 * m[key]) if key in m else "%11s" % "-" for key in ("stan", "command", "alone")]
            cells += ["| %8.1fx %8.1fx" % (m["by_command"], m["by_alone"]) if "by_alone" in m else "|"]
            print("%-27s %4d %s  %s" % (program, stan.dimension, " ".join(cells), verdict or ""), flush=True)
            sound = sound and not (verdict or "").startswith(BELOW)
            if options.notes:
                print("".join("    %s\n" % note for note in notes), end="", flush=True)
            if "by_alone" in m:
                ratios.append((m["by_command"], m["by_alone"]))
    if ratios:
        command, alone = (geometric_mean(column) for column in zip(*ratios))
        print("%-27s %4s %11s %11s %11s | %8.1fx %8.1fx  >=%d %s" % ("geometric mean of %d" % len(ratios), "", "", "", "", command,
              alone, target, "met" if alone >= target and sound else "MISSED"))
    if missing:
        print("missing: %s" % ", ".join(missing))
    print()


def warm(ours, stan, name, threads):
    """Once before the clock runs: our compiler's cache, Stan's memory pool."""
    if name == "map":
        stan.map(1000, 2)
    elif name == "pathfinder":
        stan.pathfinder(1000, 2, 100)
    if ours:
        verb = {"map": "optimize"}.get(name, name)
        ours.run(verb, 1000, threads)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = lambda text: [word for word in text.split(",") if word]  # noqa: E731
    parser.add_argument("thalweg")
    parser.add_argument("peers")
    parser.add_argument("--only", type=names, default=list(CLAIMS), help="map, vi, pathfinder")
    parser.add_argument("--programs", type=names, default=[], help="some of the ten")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of pathfinder, on both sides")
    parser.add_argument("--notes", action="store_true", help="a line a round on what either side found")
    parser.add_argument("--peer-only", action="store_true", help="without ours")
    options = parser.parse_args()
    options.thalweg = pathlib.Path(options.thalweg).resolve()
    unknown = [n for n in options.only if n not in CLAIMS] + [n for n in options.programs if n not in posteriors.ALL]
    if unknown:
        sys.exit("optimization.py: unknown: %s; expected %s; programs %s" % (", ".join(unknown), ", ".join(CLAIMS),
                                                                             ", ".join(posteriors.ALL)))
    peers = pathlib.Path(options.peers) if options.peers else None
    if peers is None or not (peers / "services").is_dir():
        sys.exit("optimization.py: no peers: bench/peers/build makes them where PyPI can be reached")
    for name in options.only:
        claim(name, options, peers, options.threads)


main()
