"""blackjax on a problem of bench/gym: gradients per chain until b² < 0.01 for good, one line of JSON a seed.

usage: gym_blackjax.py METHOD PROBLEM DATA_FOLDER [--seeds A:B] [--chains M] [--steps N1,N2] [--lean] [--devices N]
                       [--tuning N] [--max-gradients N]
                       with the python of bench/peers/build (blackjax 1.7.1, jax, in double precision as its authors run it)

METHOD
  laps    the ensemble of M chains (default 4096), the authors' numbers of steps in both phases unless --steps says others, all
          else as blackjax has it; b² is that of the ensemble at each step, and of each draw in the second phase
  mclmc   one chain a seed; McLachlan integrator, tuned over `--tuning` (default 20000) by blackjax's three stages
  mams    the same, adjusted: velocity Verlet, acceptance 0.9, trajectories of random length; tuned like the authors' harness:
          variances and L from the unadjusted sampler (L by the factor 0.3), then the step size at that L over 10 % of `--tuning`
          trajectories; their own warm-up (ALBA) is not in the released package, its three stages stand in for it
  mams-2  blackjax 1.7.1's own tuning, whose trajectories have two steps on average whatever the problem
  nuts    one chain a seed; 5000 transitions of window adaptation, acceptance 0.8
A single chain's b² is that of its running means after tuning. All seeds of a single-chain method run as one batch; a line more
gives the crossing of the median of their b², which is what the authors print.

A crossing is the number of gradients after the last time that b² was not below 0.01; "inf" when it ends above, and runs of
single chains go on until twice the crossing of the median curve or to --max-gradients a chain. `first_…` of an ensemble is the
first time below, which is what the notebook behind the figures of LAPS counts. `frozen`: the acceptance is below 1 % over the
last tenth of the draws, or the last two draws of the ensemble have the same b² to the last bit; `finite`: all positions and
errors are. Seconds are those of the whole call, tuning included; the first one compiles (`cold`), and later ones find its
programs in a cache of this process. --lean leaves out LAPS's full-rank equipartition, which it computes at every step of the
first phase and, in its default setting, uses nowhere: the same run in less time. --devices N spreads an ensemble over N threads.
"""
import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

BENCH = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BENCH / "gym"))
import problems  # noqa: E402

LAPS_STEPS = {"banana": (100, 50), "gaussian": (500, 500), "german_credit": (500, 400), "brownian": (500, 500),
              "item_response": (500, 500), "stochastic_volatility": (800, 1500)}  # others: 500, 500
LIMIT = 0.01


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("method", choices=["laps", "mclmc", "mams", "mams-2", "nuts"])
    p.add_argument("problem", choices=list(problems.JUDGED))
    p.add_argument("folder")
    p.add_argument("--seeds", default="0:1")
    p.add_argument("--chains", type=int, default=4096)
    p.add_argument("--tuning", type=int)
    p.add_argument("--max-gradients", type=int, default=2_000_000)
    p.add_argument("--devices", type=int, default=1)
    p.add_argument("--lean", action="store_true")
    p.add_argument("--steps")
    return p.parse_args()


args = arguments()
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={args.devices}"

import blackjax  # noqa: E402
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from blackjax.adaptation import adjusted_mclmc_adaptation as adjusted, laps_burn_in  # noqa: E402
from blackjax.adaptation.laps import laps  # noqa: E402
from blackjax.mcmc import adjusted_mclmc_dynamic as dynamic  # noqa: E402
from blackjax.mcmc.integrators import isokinetic_mclachlan, isokinetic_velocity_verlet  # noqa: E402

import gym_densities  # noqa: E402

jax.config.update("jax_enable_x64", True)
cache = tempfile.TemporaryDirectory()
jax.config.update("jax_compilation_cache_dir", cache.name)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)

if args.lean:
    laps_burn_in.equipartition_fullrank = lambda state, key: jnp.zeros(1)

problem = gym_densities.PROBLEMS[args.problem](problems.data(args.problem, args.folder))
truth = problems.truth(args.problem)
TRUE_MEAN, TRUE_VARIANCE = jnp.array(truth["mean"]), jnp.array(truth["variance"])


def judged(x):
    f = problem.judged(x)
    return f if args.problem in problems.JUDGED_ITSELF else f**2


def errors(mean):
    b2 = (mean - TRUE_MEAN) ** 2 / TRUE_VARIANCE
    return jnp.stack([jnp.max(b2), jnp.mean(b2)])


def crossing(gradients, b2):
    """Gradients at the first entry after the last that is not below the limit; a NaN is not below."""
    above = np.flatnonzero(~(b2 < LIMIT))
    if len(above) == 0:
        return float(gradients[0])
    return float(gradients[above[-1] + 1]) if above[-1] + 1 < len(b2) else float("inf")


def first_below(gradients, b2):
    below = np.flatnonzero(b2 < LIMIT)
    return float(gradients[below[0]]) if len(below) else float("inf")


def say(**line):
    for key, value in line.items():
        if isinstance(value, float):
            line[key] = "inf" if value == float("inf") else float(f"{value:.6g}")
    print(json.dumps({"method": args.method, "problem": args.problem, **line}), flush=True)


# ---- the ensemble


def run_laps(seed, cold):
    steps1, steps2 = map(int, args.steps.split(",")) if args.steps else LAPS_STEPS.get(args.problem, (500, 500))
    mesh = jax.sharding.Mesh(jax.devices(), "chains")
    begin = time.perf_counter()
    info, per_step, _, final = laps(
        logdensity_fn=problem.log_density, sample_init=problem.start, ndims=problem.dimension, num_steps1=steps1,
        num_steps2=steps2, num_chains=args.chains, mesh=mesh, rng_key=jax.random.key(seed), observables_for_bias=judged,
        contract=errors)
    first, second = info["phase_1"], info["phase_2"]
    b1, b2 = np.array(first["bias"]), np.array(second["bias"])
    seconds = time.perf_counter() - begin
    draws = np.cumsum(np.array(second["steps_per_sample"]))
    gradients = np.concatenate([np.arange(1, len(b1) + 1), len(b1) + per_step * draws])
    b, acceptance = np.concatenate([b1, b2]), np.array(second["acc_prob"])
    tail = max(1, len(b2) // 10)
    frozen = bool((acceptance[-tail:] < 0.01).all() or (len(b2) > 1 and (b2[-1] == b2[-2]).all()))
    finite = bool(np.isfinite(np.array(final.position)).all() and np.isfinite(b).all())
    say(seed=seed, chains=args.chains, steps=f"{steps1}, {steps2}",
        gradients_max=crossing(gradients, b[:, 0]), gradients_avg=crossing(gradients, b[:, 1]),
        first_max=first_below(gradients, b[:, 0]), first_avg=first_below(gradients, b[:, 1]),
        phase_1=len(b1), total=int(gradients[-1]), final_max=float(b[-1, 0]), final_avg=float(b[-1, 1]),
        acceptance=float(acceptance[-1]), seconds=seconds, cold=cold, frozen=frozen, finite=finite)


# ---- single chains: each is (tune, step) with tune(key, x) → (state, parameters, tuning gradients) and
# step(key, state, parameters) → (state, gradients)


def mclmc():
    kernel = blackjax.mclmc.build_kernel(integrator=isokinetic_mclachlan)

    def tune(key, x):
        init, run = jax.random.split(key)
        state = blackjax.mcmc.mclmc.init(position=x, logdensity_fn=problem.log_density, rng_key=init)
        state, parameters, steps = blackjax.mclmc_find_L_and_step_size(
            mclmc_kernel=kernel, num_steps=args.tuning or 20000, state=state, rng_key=run, logdensity_fn=problem.log_density)
        return state, parameters, 2 * steps

    def step(key, state, p):
        state, _ = kernel(key, state, problem.log_density, p.inverse_mass_matrix, p.L, p.step_size)
        return state, 2

    return tune, step


def adjusted_kernel():
    lengths = dynamic.make_random_trajectory_length_fn(True)
    return blackjax.adjusted_mclmc_dynamic.build_kernel(integration_steps_fn=lengths, integrator=isokinetic_velocity_verlet)


def adjusted_step(kernel):
    def step(key, state, p):
        state, info = kernel(key, state, problem.log_density, step_size=p.step_size, inverse_mass_matrix=p.inverse_mass_matrix,
                             integration_steps_params=(p.L / p.step_size,))
        return state, info.num_integration_steps

    return step


def mams():
    kernel, unadjusted = adjusted_kernel(), blackjax.mclmc.build_kernel(integrator=isokinetic_mclachlan)
    total = args.tuning or 20000

    def tune(key, x):
        init, first, second, argument = jax.random.split(key, 4)
        state = blackjax.mcmc.mclmc.init(position=x, logdensity_fn=problem.log_density, rng_key=init)
        state, p, steps = blackjax.mclmc_find_L_and_step_size(
            mclmc_kernel=unadjusted, num_steps=total, state=state, rng_key=first, logdensity_fn=problem.log_density,
            l_factor=0.3)
        state = dynamic.init(state.position, problem.log_density, argument)
        p = p._replace(step_size=jnp.minimum(p.step_size, p.L / 1.1))
        state, p, _, gradients = adjusted.adjusted_mclmc_make_L_step_size_adaptation(
            kernel, problem.log_density, problem.dimension, 0.1, 0, 0.9, diagonal_preconditioning=True, fix_L_first_da=True)(
                state, p, total, second)
        return state, p, 2 * steps + gradients

    return tune, adjusted_step(kernel)


def mams_2():
    kernel = adjusted_kernel()

    def tune(key, x):
        init, run = jax.random.split(key)
        state = dynamic.init(x, problem.log_density, init)
        return adjusted.adjusted_mclmc_find_L_and_step_size(
            kernel, problem.log_density, args.tuning or 20000, state, run, target=0.9)

    return tune, adjusted_step(kernel)


def nuts():
    kernel = blackjax.nuts.build_kernel()

    def tune(key, x):
        warmup = blackjax.window_adaptation(blackjax.nuts, problem.log_density, target_acceptance_rate=0.8,
                                            adaptation_info_fn=lambda state, info, adaptation: info.num_integration_steps)
        (state, p), gradients = warmup.run(key, x, args.tuning or 5000)
        return state, (p["step_size"], p["inverse_mass_matrix"]), jnp.sum(gradients)

    def step(key, state, p):
        state, info = kernel(key, state, problem.log_density, *p)
        return state, info.num_integration_steps

    return tune, step


METHODS = {"mclmc": mclmc, "mams": mams, "mams-2": mams_2, "nuts": nuts}


def run_chains(seeds, block=1000):
    tune, step = METHODS[args.method]()
    keys = jax.vmap(jax.random.key)(jnp.array(seeds))
    starts, tuning, running = (jax.vmap(jax.random.fold_in, (0, None))(keys, i) for i in range(3))

    def steps_of(key, state, p, sum_f, count):
        def one(carry, k):
            state, sum_f, count = carry
            state, gradients = step(k, state, p)
            sum_f, count = sum_f + judged(state.position), count + 1
            return (state, sum_f, count), (errors(sum_f / count), gradients)

        return jax.lax.scan(one, (state, sum_f, count), jax.random.split(key, block))

    many_steps = jax.jit(jax.vmap(steps_of))
    begin = time.perf_counter()
    state, p, tuning_gradients = jax.jit(jax.vmap(tune))(tuning, jax.vmap(problem.start)(starts))
    tuning_gradients = np.broadcast_to(np.array(tuning_gradients), (len(seeds),))
    tuned = time.perf_counter() - begin
    sum_f, count = jnp.zeros((len(seeds), len(TRUE_MEAN))), jnp.zeros(len(seeds))
    b2, gradients, i = np.empty((len(seeds), 0, 2)), np.empty((len(seeds), 0)), 0
    while True:
        block_keys = jax.vmap(jax.random.fold_in, (0, None))(running, i)
        (state, sum_f, count), (b, g) = many_steps(block_keys, state, p, sum_f, count)
        b2 = np.concatenate([b2, np.array(b)], axis=1)
        gradients = np.concatenate([gradients, np.broadcast_to(np.array(g), b.shape[:2])], axis=1)
        i += 1
        per_step = gradients.mean()
        reached = per_step * np.arange(1, b2.shape[1] + 1)
        median = np.median(b2, axis=0)
        needed = max(crossing(reached, median[:, k]) for k in range(2))
        if reached[-1] >= min(2 * needed, args.max_gradients):
            break
    seconds = time.perf_counter() - begin
    position = np.array(state.position)
    for j, seed in enumerate(seeds):
        own = np.cumsum(gradients[j])
        say(seed=seed, gradients_max=crossing(own, b2[j, :, 0]), gradients_avg=crossing(own, b2[j, :, 1]),
            tuning=int(tuning_gradients[j]), total=int(own[-1]), final_max=float(b2[j, -1, 0]),
            finite=bool(np.isfinite(position[j]).all() and np.isfinite(b2[j]).all()))
    say(seeds=args.seeds, of="the median of b² over the seeds", gradients_max=crossing(reached, median[:, 0]),
        gradients_avg=crossing(reached, median[:, 1]), tuning=float(tuning_gradients.mean()), gradients_a_draw=float(per_step),
        seconds_tuning=tuned, seconds=seconds, cold=True)


def main():
    begin, end = map(int, args.seeds.split(":"))
    say(blackjax=blackjax.__version__, jax=jax.__version__, devices=args.devices, lean=args.lean, truth=truth["source"])
    if args.method == "laps":
        for seed in range(begin, end):
            run_laps(seed, seed == begin)
    else:
        run_chains(list(range(begin, end)))


if __name__ == "__main__":
    main()
