"""b² of running means: the largest over a posterior's parameters of (estimate − truth)² / Var f, for f = x (means) and
f = (x − μ)² (sds: the error of the variance, to first order 2σ times that of the sd), μ and the variances from the reference.

The reference has 10 × 1000 nearly independent draws: its own error adds 1e-4 to the mean of each b², and about log(2·parameters)
times that to their largest, which is a tenth of the limit at worst."""
import io
import json
import pathlib
import zipfile

import numpy as np

LIMIT = 0.01


class Reference:
    def __init__(self, archive):
        with zipfile.ZipFile(pathlib.Path(archive)) as z:
            chains = json.load(io.TextIOWrapper(z.open(z.namelist()[0])))
        self.names = list(chains[0])  # the parameters in the program's order, "theta[2]"
        draws = np.array([[chain[name] for name in self.names] for chain in chains])  # [chain, parameter, draw]
        draws = np.moveaxis(draws, 1, 2).reshape(-1, len(self.names))
        self.mean, self.variance = draws.mean(axis=0), draws.var(axis=0)
        self.spread = ((draws - self.mean) ** 2).var(axis=0)  # Var (x − μ)²

    def functions(self, x):
        """x [..., parameter] ↦ x and (x − μ)², side by side."""
        return np.concatenate([x, (x - self.mean) ** 2], axis=-1)

    def largest(self, means):
        """b² of estimates of E[functions(x)], [..., 2·parameter]."""
        truth = np.concatenate([self.mean, self.variance])
        return np.max((means - truth) ** 2 / np.concatenate([self.variance, self.spread]), axis=-1)

    def of_prefixes(self, draws):
        """b² of the first n draws of all chains, for every n; draws [chain, draw, parameter]."""
        f = self.functions(draws).mean(axis=0)
        return self.largest(np.cumsum(f, axis=0) / np.arange(1, len(f) + 1)[:, None])


def lasting(b2):
    """The index from which b² stays below the limit; len(b2) when it ends above. A NaN is not below."""
    above = np.flatnonzero(~(b2 < LIMIT))
    return 0 if len(above) == 0 else int(above[-1]) + 1


def share_until(work_before, work, b2):
    """The share of all the work that is done when b² is below the limit for good. `work`: of each step after the first
    `work_before`. Infinite when b² ends above."""
    at = lasting(b2)
    if at == len(b2):
        return float("inf")
    done = work_before + np.cumsum(work)
    return float(done[at] / done[-1])
