"""The claim: every Stan program of the gym is the density that the peers sample, in the same unconstrained coordinates.

usage: check.py THALWEG DATA_FOLDER [PROBLEM …]       with the python of bench/peers/build (jax)

At 10 points of twice the start law's spread (in both modes, where there are two): log p of the compiled program minus that of
JAX is one constant to 1e-8 of log p, the gradients agree to 1e-8 with JAX's and to 1e-5 with differences along 3 directions of
log p, and the judged variables agree to 1e-12. Exit status 1 when one does not.
"""
import ctypes as c
import json
import pathlib
import subprocess
import sys

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
import gym_densities  # noqa: E402
import problems  # noqa: E402


class RawData(c.Structure):
    _fields_ = [("name", c.c_char_p), ("rank", c.c_int32), ("shape", c.POINTER(c.c_int64)), ("size", c.c_int64),
                ("reals", c.POINTER(c.c_double)), ("integers", c.POINTER(c.c_int32))]


class RawDataMap(c.Structure):
    _fields_ = [("values", c.POINTER(RawData)), ("count", c.c_int64), ("origin", c.c_char_p)]


class RawVariable(c.Structure):
    _fields_ = [("name", c.c_char_p), ("type", c.c_char_p), ("block", c.c_int32), ("rank", c.c_int32),
                ("shape", c.POINTER(c.c_int64)), ("is_integer", c.c_int32)]


DOUBLES = c.POINTER(c.c_double)


class ModelTable(c.Structure):
    """thalweg/density/model_table.hpp, version 2, as far as it is used here."""

    _fields_ = [
        ("abi", c.c_uint32), ("name", c.c_char_p), ("fingerprint", c.c_char_p), ("widths", c.POINTER(c.c_int32)),
        ("width_count", c.c_int32), ("one_lane_only", c.c_int32), ("one_lane_reason", c.c_char_p), ("statements", c.c_void_p),
        ("statement_count", c.c_int32), ("terms", c.c_void_p), ("term_count", c.c_int32),
        ("create", c.CFUNCTYPE(c.c_void_p, c.POINTER(RawDataMap), c.c_uint64, c.c_void_p, c.c_void_p, c.c_char_p, c.c_int64)),
        ("destroy", c.CFUNCTYPE(None, c.c_void_p)), ("dimension", c.CFUNCTYPE(c.c_int64, c.c_void_p)),
        ("variable_count", c.CFUNCTYPE(c.c_int32, c.c_void_p)),
        ("variable", c.CFUNCTYPE(c.POINTER(RawVariable), c.c_void_p, c.c_int32)),
        ("create_workspace", c.CFUNCTYPE(c.c_void_p, c.c_void_p, c.c_int32)),
        ("destroy_workspace", c.CFUNCTYPE(None, c.c_void_p)),
        ("evaluate", c.CFUNCTYPE(None, c.c_void_p, c.c_int32, DOUBLES, DOUBLES, DOUBLES)),
        ("evidence", c.c_void_p), ("hessian_vector", c.c_void_p),
        ("index_size", c.c_void_p), ("subset_index", c.c_void_p), ("evaluate_subset", c.c_void_p),
        ("constrain", c.CFUNCTYPE(c.c_char_p, c.c_void_p, DOUBLES, c.c_uint64, c.c_uint64, c.c_uint64, c.c_int32, DOUBLES)),
    ]


WHOLE_DENSITY = 15


class Compiled:
    """A compiled program with its data, one point at a time."""

    def __init__(self, thalweg, program, data):
        said = subprocess.run([thalweg, "compile", str(program)], check=True, capture_output=True, text=True)
        source = next(line.split("C++:")[1].strip() for line in (said.stdout + said.stderr).splitlines() if "C++:" in line)
        library = c.CDLL(str(pathlib.Path(source).with_suffix(".so")))
        library.thalweg_model_table.restype = c.POINTER(ModelTable)
        self.table = library.thalweg_model_table().contents
        if self.table.abi != 3:
            raise SystemExit(f"check: {program} has a model table of version {self.table.abi}; this script reads 3: update it")
        self.kept = []
        values = (RawData * max(1, len(data)))(*[self.raw(name, value) for name, value in data.items()])
        error = c.create_string_buffer(2000)
        raw = RawDataMap(values, len(data), b"data")
        instance = self.table.create(c.byref(raw), 0, None, None, error, len(error))
        if not instance:
            raise SystemExit(f"check: {program}: {error.value.decode()}")
        self.dimension = self.table.dimension(instance)
        self.workspace = self.table.create_workspace(instance, 1)
        self.variables = [self.table.variable(instance, i).contents for i in range(self.table.variable_count(instance))]

    def raw(self, name, value):
        array = np.array(value)
        reals, shape = np.array(array, float, order="C"), np.array(array.shape, np.int64)
        integers = array.astype(np.int32) if array.dtype.kind in "iu" else None
        self.kept += [reals, shape, integers]
        return RawData(name.encode(), array.ndim, shape.ctypes.data_as(c.POINTER(c.c_int64)), array.size,
                       reals.ctypes.data_as(DOUBLES),
                       integers.ctypes.data_as(c.POINTER(c.c_int32)) if integers is not None else None)

    def evaluate(self, x):
        x, gradient, log_p = np.array(x, float), np.empty(self.dimension), c.c_double()
        self.table.evaluate(self.workspace, WHOLE_DENSITY, x.ctypes.data_as(DOUBLES), gradient.ctypes.data_as(DOUBLES),
                            c.byref(log_p))
        return log_p.value, gradient

    def judged(self, x, names):
        sizes = [int(np.prod([v.shape[i] for i in range(v.rank)])) for v in self.variables]
        out, x = np.empty(sum(sizes)), np.array(x, float)
        error = self.table.constrain(self.workspace, x.ctypes.data_as(DOUBLES), 0, 0, 0, 1, out.ctypes.data_as(DOUBLES))
        if error:
            raise SystemExit(f"check: {error.decode()}")
        parts = dict(zip([v.name.decode() for v in self.variables], np.split(out, np.cumsum(sizes)[:-1])))
        return np.concatenate([parts[name] for name in names])


def check(thalweg, folder, name):
    data = problems.data(name, folder)
    peer = gym_densities.PROBLEMS[name](data)
    ours = Compiled(thalweg, problems.ROOM / f"{name}.stan", data)
    assert ours.dimension == peer.dimension, f"{ours.dimension} coordinates, the peer's {peer.dimension}"
    points = 2 * np.array(jax.vmap(peer.start)(jax.random.split(jax.random.key(7), 10)))
    if name == "bimodal":  # half of them in the mode that the start law misses
        points[5:] = 0.3 * points[5:] + 4 * np.eye(50)[0]
    value, slope = jax.jit(jax.value_and_grad(peer.log_density)), jax.random.key(8)
    constants, sizes, worst = [], [], {"gradient": 0.0, "differences": 0.0, "judged": 0.0}
    for x in points:
        log_p, gradient = ours.evaluate(x)
        theirs, their_gradient = map(np.array, value(x))
        constants.append(log_p - theirs)
        sizes.append(max(1, abs(log_p)))
        scale = max(1, np.abs(their_gradient).max())
        worst["gradient"] = max(worst["gradient"], np.abs(gradient - their_gradient).max() / scale)
        for _ in range(3):
            slope, key = jax.random.split(slope)
            v = np.array(jax.random.normal(key, x.shape))
            v /= np.linalg.norm(v)
            h = 1e-5 * max(1, np.abs(x).max())
            along = (8 * (ours.evaluate(x + h * v)[0] - ours.evaluate(x - h * v)[0])
                     - (ours.evaluate(x + 2 * h * v)[0] - ours.evaluate(x - 2 * h * v)[0])) / (12 * h)
            worst["differences"] = max(worst["differences"], abs(along - gradient @ v) / scale)
        a, b = ours.judged(x, problems.JUDGED[name]), np.array(peer.judged(x))
        worst["judged"] = max(worst["judged"], float((np.abs(a - b) / np.maximum(1, np.abs(b))).max()))
    worst["constant"] = float(np.ptp(constants) / max(sizes))
    limits = {"constant": 1e-8, "gradient": 1e-8, "differences": 1e-5, "judged": 1e-12}
    sound = all(worst[k] <= limits[k] for k in limits)
    shown = {k: float(f"{v:.2g}") for k, v in worst.items()}
    print(json.dumps({"problem": name, "dimension": ours.dimension, **shown, "sound": sound}))
    return sound


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    thalweg, folder = sys.argv[1:3]
    names = sys.argv[3:] or list(problems.JUDGED)
    raise SystemExit(0 if all([check(thalweg, folder, name) for name in names]) else 1)


if __name__ == "__main__":
    main()
