#!/usr/bin/env python3
"""Paths of the double well beside torchsde and diffrax, by turns: seconds of each and their ratios.

    bench/sde_peers.py [BUILD [PATHS [STEPS]]]     default: build/release, 100000 paths, 1000 steps to time 1

Each peer runs in its documented default and in its fastest configuration, in double precision and on the same cores:
  torchsde   sdeint with BrownianInterval, method="euler" (default configuration), method="srk" for the strong order 1.5
  diffrax    Euler and SRA1 with VirtualBrownianTree (default), with UnsafeBrownianPath, and a plain jitted scan
Run it with the Python of  bench/peers/build FOLDER sde  (FOLDER/python/bin/python); a peer that is missing is named and
left out.
"""
import os
import subprocess
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
build = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "build", "release")
paths = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
steps = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
rounds = 3
threads = os.cpu_count()
T = 0.25
sigma = (2 * T) ** 0.5


def thalweg(scheme):
    def run():
        text = subprocess.run([os.path.join(build, "bench", "bench_sde"), scheme, str(paths), str(steps), str(threads)],
                              check=True, capture_output=True, text=True).stdout.split()
        return float(text[0]), float(text[1])
    return run


def timed(function):
    def run():
        before = time.perf_counter()
        mean = float(function())
        return time.perf_counter() - before, mean
    return run


def diffrax_runs(contestants):
    try:
        import jax
        jax.config.update("jax_enable_x64", True)
        import jax.numpy as jnp
        import diffrax
    except ImportError as e:
        print(f"left out: diffrax ({e})", file=sys.stderr)
        return
    f = lambda t, x, _: x - x * x * x
    g = lambda t, x, _: sigma
    h = 1 / steps

    def solve(solver, brownian, adjoint):
        def one(key):
            path = brownian(key)
            terms = diffrax.MultiTerm(diffrax.ODETerm(f), diffrax.ControlTerm(g, path))
            return diffrax.diffeqsolve(terms, solver, 0.0, 1.0, h, jnp.asarray(-1.0), max_steps=steps + 8,
                                       adjoint=adjoint).ys[0]
        many = jax.jit(lambda keys: jnp.mean(jax.vmap(one)(keys)))
        keys = jax.random.split(jax.random.key(0), paths)
        many(keys).block_until_ready()
        return timed(lambda: many(keys).block_until_ready())

    tree = lambda area: lambda key: diffrax.VirtualBrownianTree(0.0, 1.0, h / 2, (), key, levy_area=area)
    unsafe = lambda area: lambda key: diffrax.UnsafeBrownianPath((), key, levy_area=area)
    default, forward = diffrax.RecursiveCheckpointAdjoint(), diffrax.ForwardMode()  # the unsafe path takes no other
    for name, solver, scheme, area in (("Euler", diffrax.Euler(), "euler", diffrax.BrownianIncrement),
                                       ("SRA1", diffrax.SRA1(), "sra1", diffrax.SpaceTimeLevyArea)):
        contestants[f"diffrax {name}, VirtualBrownianTree"] = (scheme, solve(solver, tree(area), default))
        contestants[f"diffrax {name}, UnsafeBrownianPath"] = (scheme, solve(solver, unsafe(area), forward))

    def scan(key):
        def step(x, key):
            return x + h * (x - x * x * x) + sigma * h**0.5 * jax.random.normal(key, (paths,)), None
        return jnp.mean(jax.lax.scan(step, jnp.full((paths,), -1.0), jax.random.split(key, steps))[0])
    compiled = jax.jit(scan)
    key = jax.random.key(1)
    compiled(key).block_until_ready()
    contestants["jax, a plain jitted scan"] = ("euler", timed(lambda: compiled(key).block_until_ready()))


def torchsde_runs(contestants):
    try:
        import torch
        import torchsde
    except ImportError as e:
        print(f"left out: torchsde ({e})", file=sys.stderr)
        return
    torch.set_num_threads(threads)

    class Well(torch.nn.Module):
        sde_type, noise_type = "ito", "additive"

        def f(self, t, x):
            return x - x**3

        def g(self, t, x):
            return torch.full((x.shape[0], 1, 1), sigma, dtype=x.dtype)

    start = torch.full((paths, 1), -1.0, dtype=torch.float64)
    ts = torch.tensor([0.0, 1.0], dtype=torch.float64)
    for method, scheme in (("euler", "euler"), ("srk", "sra1")):
        def run(method=method):
            with torch.no_grad():
                return torchsde.sdeint(Well(), start, ts, dt=1 / steps, method=method)[-1].mean()
        contestants[f"torchsde {method}, BrownianInterval"] = (scheme, timed(run))


def main():
    contestants = {}
    diffrax_runs(contestants)
    torchsde_runs(contestants)
    ours = {scheme: thalweg(scheme) for scheme in ("euler", "sra1")}
    seconds = {name: [] for name in [*contestants, *ours]}
    means = {}
    for _ in range(rounds):
        for scheme, run in ours.items():
            took, means[scheme] = run()
            seconds[scheme].append(took)
        for name, (_, run) in contestants.items():
            took, means[name] = run()
            seconds[name].append(took)
    best = {name: min(values) for name, values in seconds.items()}
    print(f"{paths} paths, {steps} steps, double precision, {threads} cores; best of {rounds}, by turns")
    for scheme in ours:
        print(f"{'thalweg ' + scheme:42s} {best[scheme]:9.3f} s   mean {means[scheme]:.4f}")
    for name, (scheme, _) in contestants.items():
        print(f"{name:42s} {best[name]:9.3f} s   mean {means[name]:.4f}   {best[name] / best[scheme]:8.1f} times thalweg's {scheme}")


if __name__ == "__main__":
    main()
