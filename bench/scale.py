"""The claim: a step costs the same for each particle and dimension, from 10^3 to 10^6 particles and from 10 to 1000
dimensions; memory is linear, and no draws are stored (`--keep last`).

usage: scale.py THALWEG [--most PARTICLES] [--picture FILE.svg|FILE.png]

A step of `laps` in its warm-up is one gradient of every particle, their moves, and the means over all of them that steer
it; a draw of `meads` is one too, with a Metropolis test, and every number of it is added to the streams. Both are timed as
the difference of two runs of different length, so that start, last commit and report drop out; the longer run of each
pair gives the memory. Differences of machines that do other work scatter: the median of three is printed.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

WORK = 6e8  # numbers moved in the difference of two runs


def timed(thalweg, scratch, particles, dimension, options):
    """Seconds and peak MiB of a run."""
    out = pathlib.Path(scratch) / "scale.run"
    command = [thalweg, "sample", "gaussian:%d" % dimension, "--chains", str(particles), "--keep", "last", "--seed", "1",
               "--metric", "diagonal", "--starts", "0", "--quiet", "--overwrite", "--out", out] + options
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit("failed: " + " ".join(map(str, command)))
    size = out.stat().st_size / 2**20
    out.unlink()
    return seconds, usage.ru_maxrss / 1024, size


def laps(steps, particles):
    return ["--method", "laps", "--warmup", str(steps), "--draws", str(particles), "--step-size", "0.2"]


def meads(steps, particles):
    return ["--method", "meads", "--warmup", "16", "--draws", str(steps * particles)]


def measure(thalweg, scratch, method, particles, dimension):
    """Seconds a step, peak MiB and MiB of the run file."""
    steps = max(4, int(WORK / particles / dimension))
    seconds, peak, size = [], 0, 0
    for _ in range(3 if particles * dimension < 3e7 else 1):
        short, _, _ = timed(thalweg, scratch, particles, dimension, method(2, particles))
        long, peak, size = timed(thalweg, scratch, particles, dimension, method(2 + steps, particles))
        seconds.append((long - short) / steps)
    return statistics.median(seconds), peak, size


def table(thalweg, scratch, points):
    rows = []
    print("%9s %10s | %12s %22s | %12s %22s | %9s %9s" %
          ("particles", "dimensions", "laps, s/step", "ns/particle/dimension", "meads, s/draw", "ns/particle/dimension",
           "peak MiB", "file MiB"), flush=True)
    for particles, dimension in points:
        a, peak_a, _ = measure(thalweg, scratch, laps, particles, dimension)
        b, peak_b, size = measure(thalweg, scratch, meads, particles, dimension)
        unit = 1e9 / particles / dimension
        row = (particles, dimension, a, a * unit, b, b * unit, max(peak_a, peak_b), size)
        rows.append(row)
        print("%9d %10d | %12.4g %22.2f | %12.4g %22.2f | %9.0f %9.0f" % row, flush=True)
    return rows


def picture(rows_of_particles, rows_of_dimensions, path):
    """Three panels: time against particles, time against dimensions, memory against particles."""
    if not shutil.which("gnuplot"):
        print("no picture: gnuplot is missing")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("particles", rows_of_particles), ("dimensions", rows_of_dimensions)):
            lines = [" ".join(map(str, row)) for row in sorted(rows)]
            (pathlib.Path(folder) / name).write_text("\n".join(lines) + "\n")
        particles, dimensions = rows_of_particles[0][1], rows_of_dimensions[0][0]
        last = rows_of_particles[-1]
        script = """
set terminal %(terminal)s size 1080,360 background 'white'
set output '%(path)s'
set multiplot layout 1,3
set logscale xy
set format xy '10^{%%T}'
set grid lc rgb '#dddddd'
set key bottom right samplen 2
set title 'time: %(d)d dimensions'
set xlabel 'particles'
set xrange [%(n0)d:%(n)d]
set ylabel 'seconds a step'
plot '%(folder)s/particles' using 1:3 with linespoints pt 7 lc rgb '#1f5fa8' title 'laps', \\
     '' using 1:5 with linespoints pt 5 lc rgb '#c05a1c' title 'meads, streams', \\
     %(t)g*x/%(n)g with lines dt 2 lc rgb '#888888' title 'linear'
set title 'time: %(p)d particles'
set xlabel 'dimensions'
set xrange [*:*]
plot '%(folder)s/dimensions' using 2:3 with linespoints pt 7 lc rgb '#1f5fa8' title 'laps', \\
     '' using 2:5 with linespoints pt 5 lc rgb '#c05a1c' title 'meads, streams', \\
     %(t)g*x*%(p)g/%(n)g/%(d)g with lines dt 2 lc rgb '#888888' title 'linear'
set title 'memory: %(d)d dimensions'
set xlabel 'particles'
set xrange [%(n0)d:%(n)d]
set ylabel 'MiB'
plot '%(folder)s/particles' using 1:7 with linespoints pt 7 lc rgb '#1f5fa8' title 'peak memory', \\
     '' using 1:8 with linespoints pt 5 lc rgb '#c05a1c' title 'run file', \\
     %(m)g*x/%(n)g with lines dt 2 lc rgb '#888888' title 'linear'
""" % {"path": path, "terminal": "pngcairo" if str(path).endswith(".png") else "svg", "n0": rows_of_particles[0][0], "folder": folder, "d": particles, "p": dimensions, "t": last[2], "n": last[0], "m": last[6]}
        subprocess.run(["gnuplot"], input=script, text=True, check=True)
    print("picture: %s" % path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("thalweg")
    parser.add_argument("--most", type=int, default=10**6)
    parser.add_argument("--picture")
    options = parser.parse_args()
    thalweg = pathlib.Path(options.thalweg).resolve()
    print("scale: seconds a step, nanoseconds a particle and dimension, peak resident memory; --keep last\n")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        particles = [n for n in (10**3, 10**4, 10**5, 10**6) if n <= options.most]
        of_particles = table(thalweg, scratch, [(n, 100) for n in particles])
        print()
        fixed = min(10**4, options.most)
        of_dimensions = table(thalweg, scratch, [(fixed, d) for d in (10, 30, 100, 300, 1000)])
    if options.picture:
        picture(of_particles, of_dimensions, options.picture)


main()
