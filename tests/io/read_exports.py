"""Reads the exports of export_test.cpp with the tools they are for: read_exports.py TOOL FOLDER.

Ends with status 77 when the tool is not installed.
"""
import math
import os
import sys

CHAINS, DRAWS, WARMUP = 3, 20, 6
FIRST = {"lp": 0, "acceptance_rate": 1, "step_size": 2, "tree_depth": 3, "n_steps": 4, "diverging": 5, "energy": 6,
         "mu": 7, "theta": 8, "z": 14, "y_rep": 16, "log_lik": 18}
SHAPE = {"theta": (2, 3), "z": (2,), "y_rep": (2,), "log_lik": (2,)}
INTEGERS = {"tree_depth", "n_steps", "diverging", "z"}
STAN = {"lp": "lp__", "acceptance_rate": "accept_stat__", "step_size": "stepsize__", "tree_depth": "treedepth__",
        "n_steps": "n_leapfrog__", "diverging": "divergent__", "energy": "energy__"}


def expected(phase, chain, draw, name, offset):
    integer = phase * 7 + chain * 1000 + draw * 10 + FIRST[name] + offset
    if name == "diverging":
        return draw % 5 == 0
    return integer if name in INTEGERS else integer + math.sin(integer) / 3


def expected_array(np, phase, draws, name):
    shape = SHAPE.get(name, ())
    size = math.prod(shape)
    values = [expected(phase, c, d, name, k) for c in range(CHAINS) for d in range(draws) for k in range(size)]
    return np.array(values).reshape((CHAINS, draws) + shape)


def check_numpy(folder):
    import numpy as np
    arrays = np.load(os.path.join(folder, "x.npz"))
    assert len(arrays.files) == 2 * len(FIRST), arrays.files
    for name in FIRST:
        for prefix, phase, draws in (("", 1, DRAWS), ("warmup.", 0, WARMUP)):
            found = arrays[prefix + STAN.get(name, name)]
            wanted = expected_array(np, phase, draws, name)
            assert found.dtype == (bool if name == "diverging" else np.int64 if name in INTEGERS else np.float64), name
            assert np.array_equal(found, wanted), name


def check_arviz(folder):
    import arviz
    import numpy as np
    data = arviz.from_netcdf(os.path.join(folder, "x.nc"))
    groups = {"posterior": ["mu", "theta", "z"], "posterior_predictive": ["y_rep"], "log_likelihood": ["log_lik"],
              "sample_stats": list(STAN)}
    for group, names in groups.items():
        for prefix, phase, draws in (("", 1, DRAWS), ("warmup_", 0, WARMUP)):
            found = data[prefix + group]
            assert sorted(found.data_vars) == sorted(names), (group, list(found.data_vars))
            assert found.attrs["inference_library"] == "thalweg"
            for name in names:
                dims = ("chain", "draw") + tuple(f"{name}_dim_{k}" for k in range(len(SHAPE.get(name, ()))))
                assert found[name].dims == dims, found[name].dims
                for dim in dims:
                    assert list(found[dim].values) == list(range(found.sizes[dim])), dim
                kind = "b" if name == "diverging" else "i" if name in INTEGERS else "f"
                assert found[name].dtype.kind == kind and found[name].dtype.itemsize in (1, 8), (name, found[name].dtype)
                assert np.array_equal(found[name].values, expected_array(np, phase, draws, name)), name
    assert sorted(data.observed_data.data_vars) == ["y"]
    assert list(data.observed_data["y"].values) == [1.5, -2.5]
    assert sorted(data.constant_data.data_vars) == ["N", "X", "none"]
    assert data.constant_data["X"].values.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert data.constant_data["N"].values == 2 and data.constant_data["N"].dtype == np.int64
    assert data.constant_data["none"].shape == (0,)
    arviz.summary(data)
    arviz.loo(data)
    assert arviz.ess(data)["theta"].shape == (2, 3)


def check_cmdstanpy(folder):
    import cmdstanpy
    import numpy as np
    fit = cmdstanpy.from_csv(os.path.join(folder, "csv"))
    assert fit.chains == CHAINS and fit.num_draws_sampling == DRAWS and fit.num_draws_warmup == WARMUP
    order = [int(path.rsplit("_", 1)[1][:-4]) - 1 for path in fit.runset.csv_files]  # as the folder lists them
    draws = fit.draws(inc_warmup=True)
    assert draws.shape == (WARMUP + DRAWS, CHAINS, 20), draws.shape
    assert fit.column_names[:9] == tuple(STAN.values()) + ("mu", "theta[1,1]"), fit.column_names
    assert fit.column_names[9:11] == ("theta[2,1]", "theta[1,2]"), fit.column_names
    for name in FIRST:
        found = fit.method_variables()[STAN[name]][WARMUP:] if name in STAN else fit.stan_variable(name)
        wanted = expected_array(np, 1, DRAWS, name)[order]
        if name in STAN:
            assert np.array_equal(found.T, wanted), name
        else:
            assert np.array_equal(found, wanted.reshape((CHAINS * DRAWS,) + SHAPE.get(name, ()))), name
    assert np.array_equal(draws[:WARMUP, :, 7].T, expected_array(np, 0, WARMUP, "mu")[order])
    assert fit.metric_type == "diag_e"
    assert fit.step_size.tolist() == [0.5 if chain == 2 else 0.25 for chain in order], fit.step_size
    assert fit.inv_metric[order.index(0)].tolist() == [1.5, 2.5, 3.5]
    assert fit.divergences.sum() > 0
    assert fit.metadata.cmdstan_config["seed"] == 20261
    assert fit.time[0] == {"warmup": 1.5, "sampling": 2.25, "total": 3.75}, fit.time


def check_csv(folder):
    import csv
    with open(os.path.join(folder, "x.csv"), newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:10] == ["chain", "draw"] + list(STAN.values()) + ["mu"], rows[0]
    assert rows[0][10:18] == ["theta[1,1]", "theta[1,2]", "theta[1,3]", "theta[2,1]", "theta[2,2]", "theta[2,3]",
                              "z[1]", "z[2]"], rows[0]
    assert len(rows) == 1 + CHAINS * DRAWS
    for row in rows[1:]:
        chain, draw = int(row[0]) - 1, int(row[1]) - 1
        assert [float(x) for x in row[9:16]] == [expected(1, chain, draw, "mu", k) for k in range(7)]


if __name__ == "__main__":
    tool, folder = sys.argv[1:]
    try:
        {"arviz": check_arviz, "cmdstanpy": check_cmdstanpy, "numpy": check_numpy, "csv": check_csv}[tool](folder)
    except ImportError as error:
        print(error)
        sys.exit(77)
