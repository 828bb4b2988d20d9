"""The claim: `thalweg sample` of a million draws of 100 parameters stays under 400 MiB of resident memory.

usage: memory.py THALWEG
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

LIMIT = 400


def measure(thalweg):
    print("memory: 1,000,000 draws x 100 parameters (test density gaussian:100)\n", flush=True)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        run = pathlib.Path(scratch) / "memory.run"
        start = time.perf_counter()
        process = subprocess.Popen([thalweg, "sample", "gaussian:100", "--draws", "1000000", "--seed", "1", "--out", run,
                                    "--quiet"], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 3):
            sys.exit("thalweg sample failed with status %d" % process.returncode)
        peak = usage.ru_maxrss / 1024
        print("peak resident %.0f MiB  <=%d MiB %s   (%.1f s, CPU %.1f s, run file %.0f MiB, exit status %d)" %
              (peak, LIMIT, "met" if peak <= LIMIT else "MISSED", time.perf_counter() - start,
               usage.ru_utime + usage.ru_stime, run.stat().st_size / 2**20, process.returncode))


if len(sys.argv) != 2:
    sys.exit(__doc__)
measure(pathlib.Path(sys.argv[1]).resolve())
