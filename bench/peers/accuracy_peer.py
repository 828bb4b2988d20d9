"""A peer on a posterior of bench/posteriors.py (REFERENCED): seconds until b² < 0.01 for good, see bench/accuracy_error.py.

usage: accuracy_peer.py METHOD NAME PROGRAM.so DATA.json REFERENCE.zip     (the python of bench/peers/build)

Reads a seed a line and answers with one line of JSON: `until`, seconds of warm-up and of the draws that were needed, by the
share of the gradients; `cpu_until`, the same share of the processor time; `seconds` and `cpu` of all the work; `b2` at its end.
The first line is `first`, the seconds of a first call, with tracing and compilation (nutpie's program is compiled by
bench/peers/build). Start of Python, imports and data do not count.

METHOD
  nutpie   its defaults, 2 cores; the Stan program
  numpyro  NUTS, 4 chains vectorised, its defaults: 1000 warm-up and 1000 draws; starts uniform on (−2, 2)
  chees    blackjax: 128 chains, the diagonal metric that its documentation recommends, 500 warm-up steps with Adam at 0.025, 200 draws;
           starts uniform on (−2, 2)
  laps     blackjax: 1024 chains, 500 + 500 steps (its authors'); b² is that of the ensemble at each step. Its call traces anew each time:
           the seconds of a call with two steps are taken off
"""
import json
import os
import pathlib
import resource
import sys
import tempfile
import time
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
METHOD, NAME, LIBRARY, DATA, REFERENCE = sys.argv[1:]
if METHOD == "laps":
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=2"
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402

from accuracy_error import Reference, lasting, share_until  # noqa: E402
from stan_program import StanProgram  # noqa: E402

text = pathlib.Path(DATA).read_text()


truth = Reference(REFERENCE)
NAMES = truth.names
assert StanProgram(LIBRARY, text).names == NAMES


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def nutpie():
    import nutpie as peer
    from nutpie.compile_stan import CompiledStanModel

    model = CompiledStanModel(code="", library=peer._lib.StanLibrary(LIBRARY), dims={}, _coords={}, model_name="model",
                              model=None, data=json.loads(text)).with_data(seed=1)

    def run(seed):
        begin = time.perf_counter()
        trace = peer.sample(model, cores=2, seed=seed, progress_bar=False)
        seconds = time.perf_counter() - begin
        variables = list(dict.fromkeys(n.split("[")[0] for n in NAMES))
        shape = trace.posterior[variables[0]].shape[:2]
        draws = np.concatenate([trace.posterior[v].values.reshape(*shape, -1) for v in variables], axis=2)
        before = float(np.nansum(trace.warmup_sample_stats.n_steps.values))
        return seconds, before, trace.sample_stats.n_steps.values.sum(axis=0), truth.of_prefixes(draws)

    return run


def jax_problem():
    import jax

    jax.config.update("jax_enable_x64", True)
    import accuracy_densities
    from accuracy_check import check

    found = check(NAME, LIBRARY, text)
    if max(found.values()) > 1e-9:
        raise SystemExit(f"{NAME}: the JAX density is not that of the Stan program: {found}")
    return accuracy_densities.PROBLEMS[NAME](json.loads(text))


def uniform_starts(problem, seed, chains):
    import jax

    return jax.random.uniform(jax.random.key(10_000 + seed), (chains, problem.dimension), minval=-2.0, maxval=2.0)


def constrained(problem, x):
    import jax

    flat = x.reshape(-1, problem.dimension)
    return np.array(jax.jit(jax.vmap(problem.constrain))(flat)).reshape(*x.shape[:-1], len(NAMES))


def numpyro():
    problem = jax_problem()
    import jax
    from numpyro.infer import MCMC, NUTS

    mcmc = MCMC(NUTS(potential_fn=lambda x: -problem.log_density(x)), num_warmup=1000, num_samples=1000, num_chains=4,
                chain_method="vectorized", progress_bar=False)

    def run(seed):
        starts = uniform_starts(problem, seed, 4)
        begin = time.perf_counter()
        mcmc.warmup(jax.random.key(seed), init_params=starts, extra_fields=("num_steps",), collect_warmup=True)
        steps_before = np.array(mcmc.get_extra_fields(group_by_chain=True)["num_steps"])
        mcmc.run(mcmc.post_warmup_state.rng_key, extra_fields=("num_steps",))
        draws = mcmc.get_samples(group_by_chain=True)
        steps = np.array(mcmc.get_extra_fields(group_by_chain=True)["num_steps"])
        seconds = time.perf_counter() - begin
        # chains in step: an iteration lasts as long as its longest tree
        return (seconds, float(steps_before.max(axis=0).sum()), steps.max(axis=0),
                truth.of_prefixes(constrained(problem, np.array(draws))))

    return run


def chees(chains=128, warmup=500, draws=200):
    problem = jax_problem()
    import blackjax
    import jax
    import optax

    @jax.jit
    def everything(key, starts):
        first, second = jax.random.split(key)
        adaptation = blackjax.chees_adaptation(
            problem.log_density, chains, mass_matrix_estimation="diagonal",
            adaptation_info_fn=lambda state, info, adapted: info.num_integration_steps)
        (states, parameters), steps_before = adaptation.run(first, starts, 0.1, optax.adam(0.025), warmup)
        step = blackjax.dynamic_hmc(problem.log_density, **parameters).step

        def draw(states, key):
            states, info = jax.vmap(step)(jax.random.split(key, chains), states)
            return states, (states.position, info.num_integration_steps)

        _, (positions, steps) = jax.lax.scan(draw, states, jax.random.split(second, draws))
        return positions, steps_before.max(axis=1), steps.max(axis=1)

    def run(seed):
        starts = uniform_starts(problem, seed, chains)
        begin = time.perf_counter()
        positions, steps_before, steps = [np.array(a) for a in everything(jax.random.key(seed), starts)]
        seconds = time.perf_counter() - begin
        return (seconds, float(steps_before.sum()), steps,
                truth.of_prefixes(constrained(problem, np.moveaxis(positions, 0, 1))))

    return run


def laps(chains=1024, steps=(500, 500)):
    problem = jax_problem()
    import jax
    import jax.numpy as jnp
    from blackjax.adaptation.laps import laps as peer

    cache = tempfile.mkdtemp(prefix="accuracy_peer_")
    jax.config.update("jax_compilation_cache_dir", cache)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    mesh = jax.sharding.Mesh(jax.devices(), "chains")
    mean = jnp.array(truth.mean)

    def functions(x):
        f = problem.constrain(x)
        return jnp.concatenate([f, (f - mean) ** 2])

    def call(seed, steps):
        begin = time.perf_counter()
        info, per_step, _, final = peer(
            logdensity_fn=problem.log_density,
            sample_init=lambda key: jax.random.uniform(key, (problem.dimension,), minval=-2.0, maxval=2.0),
            ndims=problem.dimension, num_steps1=steps[0], num_steps2=steps[1], num_chains=chains, mesh=mesh,
            rng_key=jax.random.key(seed), observables_for_bias=functions, contract=lambda means: means)
        jax.block_until_ready(final.position)
        return time.perf_counter() - begin, info, per_step

    overhead = []

    def run(seed):
        if not overhead:
            call(0, (4, 60))
        overhead.append(call(seed, (4, 60))[0])
        seconds, info, per_step = call(seed, steps)
        first, second = np.array(info["phase_1"]["bias"]), np.array(info["phase_2"]["bias"])
        work = np.concatenate([np.ones(len(first)), per_step * np.array(info["phase_2"]["steps_per_sample"])])
        return max(seconds - overhead[-1], 0.0), 0.0, work, truth.largest(np.concatenate([first, second]))

    return run


def main():
    run = {"nutpie": nutpie, "numpyro": numpyro, "chees": chees, "laps": laps}[METHOD]()
    begin = time.perf_counter()
    if METHOD != "nutpie":
        run(0)
    print(json.dumps({"first": time.perf_counter() - begin}), flush=True)
    for line in sys.stdin:
        used = cpu()
        seconds, before, work, b2 = run(int(line))
        used = cpu() - used
        share = share_until(before, work, b2)
        print(json.dumps({"until": share * seconds, "cpu_until": share * used, "seconds": seconds, "cpu": used,
                          "b2": float(b2[-1]), "steps": lasting(b2)}), flush=True)


main()
