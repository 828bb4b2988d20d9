"""The claim: a step costs the same for each particle and dimension, from 10^3 to 10^6 particles and from 10 to 1000
dimensions; memory is linear, and no draws are stored (`--keep last`).

usage: scale.py THALWEG [--most PARTICLES] [--picture FILE.svg|FILE.png] [--repeats N] [--work NUMBERS]
       [--most-laps PARTICLES]

A draw of `chees` with these settings is a short trajectory of every particle (1.4 gradients), a Metropolis test, and every
number of it added to the streams; a step of `laps` in its warm-up is one gradient, a move, and the means over all particles
that steer it. Both are timed as the difference of two runs of different length, so that start, last commit and report drop
out; the longer run of each pair gives the memory. Seconds are those of the processor, of all threads together: machines
are shared. The median of the repeats is printed.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile


def timed(thalweg, scratch, particles, dimension, options):
    """Processor seconds of a run, its peak MiB and those of its file."""
    out = pathlib.Path(scratch) / "scale.run"
    command = [thalweg, "sample", "gaussian:%d" % dimension, "--chains", str(particles), "--keep", "last", "--seed", "1",
               "--metric", "diagonal", "--starts", "0", "--quiet", "--overwrite", "--out", out] + options
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit("failed: " + " ".join(map(str, command)))
    size = out.stat().st_size / 2**20
    out.unlink()
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, size


def laps(steps, particles):
    return ["--method", "laps", "--warmup", str(steps), "--draws", str(particles), "--step-size", "0.2"]


def chees(steps, particles):
    return ["--method", "chees", "--warmup", "4", "--draws", str(steps * particles), "--step-size", "0.5"]


def measure(thalweg, scratch, method, particles, dimension, options):
    """Seconds a step, peak MiB and MiB of the run file."""
    steps = max(2, int(options.work / particles / dimension))
    seconds, peak, size = [], 0, 0
    for _ in range(options.repeats):
        short, _, _ = timed(thalweg, scratch, particles, dimension, method(2, particles))
        long, peak, size = timed(thalweg, scratch, particles, dimension, method(2 + steps, particles))
        seconds.append((long - short) / steps)
    return statistics.median(seconds), peak, size


def table(thalweg, scratch, points, options):
    """Largest first: what does not fit shows at once."""
    rows = []
    print("%9s %10s | %13s %22s | %12s %22s | %9s %9s" %
          ("particles", "dimensions", "chees, s/draw", "ns/particle/dimension", "laps, s/step", "ns/particle/dimension",
           "peak MiB", "file MiB"), flush=True)
    for particles, dimension in reversed(points):
        a, peak, size = measure(thalweg, scratch, chees, particles, dimension, options)
        b = float("nan")
        if particles <= options.most_laps:
            b, peak_of_laps, _ = measure(thalweg, scratch, laps, particles, dimension, options)
            peak = max(peak, peak_of_laps)
        unit = 1e9 / particles / dimension
        rows.insert(0, (particles, dimension, a, a * unit, b, b * unit, peak, size))
        print("%9d %10d | %13.4g %22.2f | %12.4g %22.2f | %9.0f %9.0f" % rows[0], flush=True)
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
        laps_line = "'' using %d:5 with linespoints pt 5 lc rgb '#c05a1c' title 'laps, step',"
        timed_laps = any(row[4] == row[4] for row in rows_of_particles + rows_of_dimensions)
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
set ylabel 'processor seconds a step'
plot '%(folder)s/particles' using 1:3 with linespoints pt 7 lc rgb '#1f5fa8' title 'chees, draw', \\
     %(laps_of_particles)s \\
     %(t)g*x/%(n)g with lines dt 2 lc rgb '#888888' title 'linear'
set title 'time: %(p)d particles'
set xlabel 'dimensions'
set xrange [*:*]
plot '%(folder)s/dimensions' using 2:3 with linespoints pt 7 lc rgb '#1f5fa8' title 'chees, draw', \\
     %(laps_of_dimensions)s \\
     %(t)g*x*%(p)g/%(n)g/%(d)g with lines dt 2 lc rgb '#888888' title 'linear'
set title 'memory: %(d)d dimensions'
set xlabel 'particles'
set xrange [%(n0)d:%(n)d]
set ylabel 'MiB'
plot '%(folder)s/particles' using 1:7 with linespoints pt 7 lc rgb '#1f5fa8' title 'peak memory', \\
     '' using 1:8 with linespoints pt 5 lc rgb '#c05a1c' title 'run file', \\
     %(m)g*x/%(n)g with lines dt 2 lc rgb '#888888' title 'linear'
""" % {"laps_of_particles": laps_line % 1 if timed_laps else "", "laps_of_dimensions": laps_line % 2 if timed_laps else "", "path": path, "terminal": "pngcairo" if str(path).endswith(".png") else "svg", "n0": rows_of_particles[0][0], "folder": folder, "d": particles, "p": dimensions, "t": last[2], "n": last[0], "m": last[6]}
        subprocess.run(["gnuplot"], input=script, text=True, check=True)
    print("picture: %s" % path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("thalweg")
    parser.add_argument("--most", type=int, default=10**6)
    parser.add_argument("--picture")
    parser.add_argument("--most-laps", type=int, default=10**6)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--work", type=float, default=6e8, help="numbers moved in the difference of two runs")
    options = parser.parse_args()
    thalweg = pathlib.Path(options.thalweg).resolve()
    print("scale: processor seconds a step, nanoseconds a particle and dimension, peak resident memory; --keep last\n")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        particles = [n for n in (10**3, 10**4, 10**5, 10**6) if n <= options.most]
        of_particles = table(thalweg, scratch, [(n, 100) for n in particles], options)
        print()
        fixed = min(10**4, options.most)
        of_dimensions = table(thalweg, scratch, [(fixed, d) for d in (10, 30, 100, 300, 1000)], options)
    if options.picture:
        picture(of_particles, of_dimensions, options.picture)


main()
