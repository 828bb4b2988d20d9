"""Runs in the peers' Python, which has nutpie and ArviZ.

  sampler.py nutpie LIBRARY DATA.json SEED…    one JSON line a seed: seconds and bulk ESS of every parameter
  sampler.py ess FILE.nc                       the same ESS of our draws
"""
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import arviz  # noqa: E402


def bulk_ess(data):
    ess = arviz.ess(data, method="bulk")
    return {name: [float(v) for v in ess[name].values.ravel()] for name in ess.data_vars}


def nutpie(library, data, seeds):
    import nutpie as peer
    from nutpie.compile_stan import CompiledStanModel

    # what nutpie.compile_stan_model does after it has compiled
    model = CompiledStanModel(code="", library=peer._lib.StanLibrary(library), dims={}, _coords={}, model_name="model",
                              model=None, data=json.load(open(data))).with_data(seed=1)
    peer.sample(model, draws=10, tune=50, chains=2, cores=2, seed=1, progress_bar=False)  # warms caches and thread pools
    for seed in seeds:
        start = time.perf_counter()
        draws = peer.sample(model, cores=2, seed=seed, progress_bar=False)
        seconds = time.perf_counter() - start
        posterior = draws.posterior
        print(json.dumps({"seconds": seconds, "ess": bulk_ess(draws), "chains": posterior.sizes["chain"],
                          "draws": posterior.sizes["draw"]}), flush=True)
        sys.stdin.readline()  # one round at a time


if sys.argv[1] == "nutpie":
    nutpie(sys.argv[2], sys.argv[3], [int(seed) for seed in sys.argv[4:]])
else:
    print(json.dumps(bulk_ess(arviz.from_netcdf(sys.argv[2]))))
