"""The claim: from a program's source to its first draw takes at most 6 s when it has to be compiled and 0.2 s when the
cache has it.

usage: first_draw.py THALWEG PROBLEM_JSON_WRITER

What is timed is `thalweg sample --draws 1`: start, compiler, data, warm-up of all 32 chains, one draw of each, run file and
summary. CPU seconds stand beside the wall's: on a machine with other work to do the wall clock measures that work too.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
ROUNDS = 5


def first_draw(thalweg, program, data, cache, folder):
    """Wall and CPU seconds of one command."""
    run = folder / "first.run"
    run.unlink(missing_ok=True)
    start = time.perf_counter()
    process = subprocess.Popen([thalweg, "sample", program, "--data", data, "--seed", "1", "--draws", "1", "--out", run,
                                "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               env={**os.environ, "THALWEG_CACHE": str(cache)})
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):  # one draw is never enough to be trusted
        raise RuntimeError(error.decode())
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime


def report(name, cold, cached):
    def cell(times, target):
        wall = statistics.median(t[0] for t in times)
        cpu = statistics.median(t[1] for t in times)
        return "%6.2f s (CPU %5.2f s)  <=%.1f s %-6s" % (wall, cpu, target, "met" if wall <= target else "MISSED")
    print("%-15s cold %s   cached %s" % (name, cell(cold, 6), cell(cached, 0.2)), flush=True)


def measure(thalweg, writer):
    print("first draw: from source to the first draw of 32 chains, warm-up included (medians of %d)\n" % ROUNDS)
    for name in ("eight_schools", "radon"):
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch)
            data, program = folder / "data.json", PROGRAMS / (name + ".stan")
            data.write_bytes(subprocess.run([writer, name], check=True, stdout=subprocess.PIPE).stdout)
            cold, cached = [], []
            for k in range(ROUNDS):
                cache = folder / ("cache-%d" % k)
                cold.append(first_draw(thalweg, program, data, cache, folder))
                cached.append(first_draw(thalweg, program, data, cache, folder))
            report(name, cold, cached)


if len(sys.argv) != 3:
    sys.exit(__doc__)
measure(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
