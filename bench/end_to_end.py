"""The claim: `thalweg sample` with default settings, warm-up included, program compiled, gives at least five times the
minimum bulk ESS a second of nutpie with its default settings, on the same two cores.

usage: end_to_end.py THALWEG [PEERS_FOLDER] [ROUNDS]

Our seconds are the wall time of the whole command (start, data, warm-up, draws, run file, summary); nutpie's are those of
nutpie.sample alone. Rounds alternate between the two, with fresh seeds; a table's numbers are medians over rounds. Both
sides' ESS is ArviZ's, over the parameters of the program; without ArviZ ours is thalweg's own.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import posteriors  # noqa: E402

TARGET = 5
WORKER = pathlib.Path(__file__).resolve().parent / "peers" / "sampler.py"


class Ours:
    def __init__(self, thalweg, python, name, folder):
        self.thalweg, self.python, self.folder = thalweg, python, folder
        self.program, self.data = posteriors.program(name), folder / (name + ".json")
        self.sample(0)  # compiles

    def sample(self, seed):
        run = self.folder / "ours.run"
        run.unlink(missing_ok=True)
        start = time.perf_counter()
        done = subprocess.run([self.thalweg, "sample", self.program, "--data", self.data, "--seed", str(seed), "--out", run,
                               "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        seconds = time.perf_counter() - start
        if done.returncode not in (0, 3):
            raise RuntimeError("thalweg sample failed: " + done.stderr)
        return seconds, run

    def ess(self, run):
        """Bulk ESS by parameter."""
        if self.python is None:
            text = subprocess.run([self.thalweg, "summary", run, "--json"], stdout=subprocess.PIPE, text=True).stdout
            return {p["name"]: [p["ess_bulk"]] for p in json.loads(text)["quantities"] if p["name"] != "lp"}
        target = self.folder / "ours.nc"
        target.unlink(missing_ok=True)
        subprocess.run([self.thalweg, "export", run, "--to", target], check=True, stdout=subprocess.DEVNULL)
        return json.loads(subprocess.run([self.python, WORKER, "ess", target], check=True, stdout=subprocess.PIPE,
                                         text=True).stdout)


class Nutpie:
    def __init__(self, python, library, data, seeds):
        self.process = subprocess.Popen([python, WORKER, "nutpie", library, data] + [str(s) for s in seeds],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.first = self.process.stdout.readline()

    def round(self):
        """The worker samples once and waits to be asked for the next."""
        line, self.first = self.first, None
        if line is None:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def smallest(ess, names):
    return min(v for name in names for v in ess[name])


def parameters_of(ess, program):
    """The names that the parameters block declares, among those with an ESS."""
    block = program.read_text().split("\nparameters {", 1)[1].split("\n}", 1)[0]
    words = set("".join(c if c.isalnum() or c == "_" else " " for c in block).split())
    return [name for name in ess if name in words]


def compare(thalweg, peers, rounds):
    python = peers / "python" / "bin" / "python" if peers else None
    python = python if python and python.exists() else None
    print("end to end: minimum bulk ESS a second, default settings, warm-up included, %d threads (medians of %d "
          "alternating rounds)\n" % (len(os.sched_getaffinity(0)), rounds))
    print("%-27s %9s %8s %10s | %9s %8s %10s | %8s" %
          ("program", "ours, s", "min ESS", "ESS/s", "nutpie, s", "min ESS", "ESS/s", "ratio"))
    for name in posteriors.POSTERIORS:
        with tempfile.TemporaryDirectory() as scratch:
            row(name, pathlib.Path(scratch), thalweg, peers, python, rounds)
    if python is None:
        print("missing: nutpie (bench/peers/build installs it where PyPI can be reached)")


def row(name, folder, thalweg, peers, python, rounds):
    source = posteriors.write_data(name, folder / (name + ".json"))
    ours = Ours(thalweg, python, name, folder)
    library = peers / "nutpie" / (name + ".so") if peers else None
    seeds = range(1, rounds + 1)
    peer = Nutpie(python, library, ours.data, seeds) if python and library.exists() else None
    table = []
    for seed in seeds:
        theirs = peer.round() if peer else None
        seconds, run = ours.sample(seed)
        ess = ours.ess(run)
        names = parameters_of(ess, ours.program) or list(ess)
        mine = smallest(ess, names)
        his = smallest(theirs["ess"], names) if theirs else 0
        table.append((seconds, mine, mine / seconds, theirs["seconds"] if theirs else 0, his,
                      his / theirs["seconds"] if theirs else 0, mine / seconds / (his / theirs["seconds"]) if theirs else 0))
    if peer:
        peer.close()
    m = [statistics.median(column) for column in zip(*table)]
    right = "%9.3f %8.0f %10.0f | %7.1fx  >=%d %s" % (m[3], m[4], m[5], m[6], TARGET,
                                                  "met" if m[6] >= TARGET else "MISSED") if peer else "%9s" % "-"
    print("%-27s %9.3f %8.0f %10.0f | %s   (%s data)" % (name, m[0], m[1], m[2], right, source), flush=True)


if len(sys.argv) < 2:
    sys.exit(__doc__)
compare(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else None,
        int(sys.argv[3]) if len(sys.argv) > 3 else 5)
