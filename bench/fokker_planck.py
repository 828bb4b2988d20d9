"""The claims: a double well in the plane on 256 x 256 cells to T = 10 at least fifty times as fast as fplanck, and a
three-dimensional operator at half of the memory bandwidth or more.

usage: fokker_planck.py BENCH_FOKKER_PLANCK [PEERS_FOLDER] [ROUNDS]

V = x^4/4 - x^2/2 + y^2/2 + x^2 y/4, temperature 1/4, [-3, 3]^2, reflecting, from N((1, 0), 0.09). Both sides' seconds are
those of making the operator and propagating, in a process that has started; two threads for ours, and for the peer what
numpy takes (its loops are serial). Rounds alternate. The two laws are compared in L1: both are semi-discrete solutions of
second order on the same cells, so they differ by the errors of the grids (about 0.1 h^2 / variance).
"""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

CELLS, TIME, TARGET = 256, 10.0, 50
PEER = """
import json, sys, time
import numpy as np, fplanck
from scipy import constants
cells, end, file = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
potential = lambda x, y: x**4 / 4 - x**2 / 2 + y**2 / 2 + x**2 * y / 4
used, start = time.process_time(), time.perf_counter()
solver = fplanck.fokker_planck(temperature=0.25 / constants.k, drag=1.0, extent=[6.0, 6.0], resolution=6.0 / cells,
                               potential=potential)
built = time.perf_counter()
p = solver.propagate(lambda x, y: np.exp(-((x - 1)**2 + y**2) / 0.18), end)
done = time.perf_counter()
p.astype(float).tofile(file)
print(json.dumps({"build": built - start, "propagate": done - built, "processor": time.process_time() - used}))
"""


def read(path):
    import array
    numbers = array.array("d")
    numbers.frombytes(path.read_bytes())
    return numbers


def ours(bench, cells, folder):
    out = subprocess.run([bench, "plane", str(cells), str(TIME), "2", folder / "ours"], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(out.stdout)


def main(bench, peers=None, rounds=3):
    python = pathlib.Path(peers) / "fplanck" / "bin" / "python" if peers else None
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if python is None or not python.exists():
            print("plane: fplanck is missing (bench/peers/build): our column alone")
            print(" ", ours(bench, CELLS, folder))
        else:
            pairs = []
            for _ in range(rounds):
                mine = ours(bench, CELLS, folder)
                peer = json.loads(subprocess.run([python, "-c", PEER, str(CELLS), str(TIME), folder / "peer"], check=True,
                                                 stdout=subprocess.PIPE, text=True).stdout)
                pairs.append((mine, peer))
                distance = sum(abs(a - b) for a, b in zip(read(folder / "ours"), read(folder / "peer")))
                print("  ours {:.3f} s ({:.2f} s of processors; {}, {} applications) | fplanck {:.1f} s building, {:.1f} s propagating ({:.1f} s "
                      "of processors) | L1 distance {:.2e}".format(
                          mine["seconds"], mine["processor"], mine["scheme"], mine["applications"], peer["build"], peer["propagate"],
                          peer["processor"], distance), flush=True)
            whole = statistics.median((p["build"] + p["propagate"]) / m["seconds"] for m, p in pairs)
            alone = statistics.median(p["propagate"] / m["seconds"] for m, p in pairs)
            work = statistics.median(p["processor"] / m["processor"] for m, p in pairs)
            print("plane, {0} x {0} to T = {1:g}: {2:.0f}x as fast as fplanck ({3:.0f}x against its propagation alone; {4:.0f}x in seconds "
                  "of processors)  >={5} {6}".format(CELLS, TIME, whole, alone, work, TARGET, "met" if alone >= TARGET else "MISSED"))
            print("  our time error (L1) {time_error:.1e}, mass defect {mass_defect:.1e}, smallest mass {smallest:.1e}".format(**pairs[-1][0]), flush=True)
    subprocess.run([bench], check=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 and sys.argv[2] else None, int(sys.argv[3]) if len(sys.argv) > 3 else 3)
