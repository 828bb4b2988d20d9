"""One program under Stan's own algorithms (bench/peers/stan_services.cpp), in a process that waits for requests."""
import json
import re
import subprocess


class StanServices:
    """`seconds` in an answer is the wall time of the algorithm alone."""

    def __init__(self, executable, data, threads):
        self.process = subprocess.Popen([executable, data, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.dimension = self.read()["dimension"]

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("Stan's process ended: " + " ".join(self.process.args[:1]))
        return json.loads(line)

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        return self.read()

    def map(self, seed, starts):
        return self.ask("map", seed, starts)

    def advi(self, seed, tolerance):
        return self.ask("advi", seed, repr(tolerance))

    def pathfinder(self, seed, paths, draws):
        return self.ask("pathfinder", seed, paths, draws)

    def elbo(self, q, seed, draws):
        """The ELBO of a diagonal Gaussian and its standard error; every q of the same seed gets the same draws."""
        found = self.ask("elbo", seed, draws, *map(repr, q["mean"]), *map(repr, q["sd"]))
        missing = float("-inf") if found["elbo"] is None else found["elbo"]
        return missing, found["se"] or 0.0

    def unconstrain(self, values):
        """`values`: by names as thalweg prints them, theta[1,2]. Gives {"x": …, "log_p": …}."""
        return self.ask("unconstrain", json.dumps(as_arrays(values)))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def as_arrays(values):
    """{"a": 1, "b[1]": 2, "b[2]": 3} becomes {"a": 1, "b": [2, 3]}."""
    whole = {}
    for name, value in values.items():
        found = re.fullmatch(r"(\w+)\[([\d,]+)\]", name)
        if not found:
            whole[name] = value
            continue
        at = whole.setdefault(found[1], [])
        *outer, last = [int(i) - 1 for i in found[2].split(",")]
        for i in outer:
            at.extend([] for _ in range(i + 1 - len(at)))
            at = at[i]
        at.extend([None] * (last + 1 - len(at)))
        at[last] = value
    return whole


def our_name(name):
    """Stan's theta.1.2 is our theta[1,2]."""
    stem, *indices = name.split(".")
    return stem + ("[" + ",".join(indices) + "]" if indices else "")
