"""A Stan program with its data, from the shared object that bench/peers/build makes for nutpie."""
import ctypes

import numpy as np


def pointer(x):
    return x.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


def bracketed(name):
    """theta.2.1 as posteriordb has it, theta[2,1]"""
    head, *indices = name.split(".")
    return head + (f"[{','.join(indices)}]" if indices else "")


class StanProgram:
    def __init__(self, library, data):
        self.c = ctypes.CDLL(str(library))
        self.c.bs_model_construct.restype = ctypes.c_void_p
        self.c.bs_param_names.restype = ctypes.c_char_p
        self.model = ctypes.c_void_p(self.c.bs_model_construct(data.encode(), 1, None))
        self.dimension = self.c.bs_param_unc_num(self.model)
        stan_names = self.c.bs_param_names(self.model, False, False).decode().split(",")
        self.names = [bracketed(name) for name in stan_names]

    def log_density(self, x):
        value, gradient = ctypes.c_double(), np.empty_like(x)
        status = self.c.bs_log_density_gradient(self.model, True, True, pointer(x), ctypes.byref(value), pointer(gradient), None)
        return (value.value, gradient) if status == 0 else (np.nan, gradient * np.nan)

    def parameters(self, x):
        out = np.empty(len(self.names))
        self.c.bs_param_constrain(self.model, False, False, pointer(x), pointer(out), None, None)
        return out
