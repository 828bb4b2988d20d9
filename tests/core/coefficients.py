#!/usr/bin/env python3
"""The polynomial coefficients of thalweg/core: minimax by Remez's exchange in 50 digits, then rounded to double.

    python3 tests/core/coefficients.py [NAME …]     prints them, highest power first (needs mpmath; some minutes)
"""
import sys

import mpmath as m
from mpmath import lu_solve, matrix, mp, mpf

mp.dps = 50


def solve(f, weight, powers, points):
    """The polynomial whose weighted errors at the points are ±e, and e."""
    n = len(powers)
    a, b = matrix(n + 1, n + 1), matrix(n + 1, 1)
    for i, x in enumerate(points):
        for j, p in enumerate(powers):
            a[i, j] = x**p
        a[i, n] = (-1) ** i / weight(x)
        b[i] = f(x)
    s = lu_solve(a, b)
    return [s[j] for j in range(n)], abs(s[n])


def alternating(errors, count):
    """Indices of `count` extrema of alternating sign, the largest that there are."""
    found = []
    for i, e in enumerate(errors):
        if found and (e > 0) == (errors[found[-1]] > 0):
            if abs(e) > abs(errors[found[-1]]):
                found[-1] = i
        else:
            found.append(i)
    while len(found) > count:
        if len(found) == count + 1:
            found.pop(0 if abs(errors[found[0]]) < abs(errors[found[-1]]) else -1)
        else:
            k = min(range(len(found) - 1), key=lambda i: max(abs(errors[found[i]]), abs(errors[found[i + 1]])))
            if k == 0 and abs(errors[found[0]]) < abs(errors[found[1]]):
                found.pop(0)
            else:
                del found[k : k + 2]
    if len(found) < count:
        raise RuntimeError(f"lost the alternation: {len(found)} of {count} extrema")
    return found


def minimax(f, weight, powers, a, b, rounds=12, grid=1200):
    """Coefficients of the powers that minimise max |weight·(f − p)| on [a, b], and that maximum."""
    a, b, n = mpf(a), mpf(b), len(powers)
    points = [(a + b) / 2 + (b - a) / 2 * m.cos(m.pi * (2 * i + 1) / (2 * (n + 1))) for i in range(n + 1)][::-1]
    xs = [(a + b) / 2 - (b - a) / 2 * m.cos(m.pi * (i + mpf(1) / 2) / grid) for i in range(grid)]
    fs, ws = [f(x) for x in xs], [weight(x) for x in xs]
    for _ in range(rounds):
        c, e = solve(f, weight, powers, points)
        errors = [ws[i] * (fs[i] - sum(cj * xs[i] ** p for cj, p in zip(c, powers))) for i in range(grid)]
        points = [xs[i] for i in alternating(errors, n + 1)]
        largest = max(abs(v) for v in errors)
        if largest < e * mpf("1.01"):
            break
    return c, largest


def show(name, f, weight, n, a, b, refit=0):
    """Prints n coefficients; the lowest `refit` of them are rounded one after another, the others fitted again."""
    powers, rounded = list(range(n)), []
    rest = lambda x: f(x) - sum(v * x**p for p, v in rounded)
    c, ideal = minimax(rest, weight, powers, a, b)
    for _ in range(refit):
        rounded.append((powers.pop(0), mpf(float(c[0]))))
        c, _ = minimax(rest, weight, powers, a, b)
    rounded += [(p, mpf(float(v))) for p, v in zip(powers, c)]
    xs = [mpf(a) + (mpf(b) - a) * i / 999 for i in range(1, 999)]
    error = max(abs(weight(x) * (f(x) - sum(v * x**p for p, v in rounded))) for x in xs)
    print(f"{name}: weighted error 2^{float(m.log(ideal, 2)):.1f}, after rounding 2^{float(m.log(error, 2)):.1f}")
    print("   ", ", ".join(repr(float(v)) for _, v in reversed(rounded)), flush=True)


def near(x, limit, formula, series):
    """formula(), or its limit's series where the formula cancels."""
    return series if abs(x) < limit else formula()


def exp_quotient(r):
    return near(r, mpf("1e-12"), lambda: (m.expm1(r) - r) / r**2, mpf(1) / 2 + r / 6)


def log_tail(z):  # log((1 + s)/(1 − s)) = 2s + s·z·log_tail(z), z = s²
    s = m.sqrt(z)
    return near(s, mpf("1e-8"), lambda: (2 * m.atanh(s) / s - 2) / z, mpf(2) / 3 + 2 * z / 5)


def log_tail_beyond_first(z):
    return near(z, mpf("1e-10"), lambda: (log_tail(z) - mpf(2) / 3) / z, mpf(2) / 5 + 2 * z / 7 + 2 * z * z / 9)


def sine_tail(z):
    r = m.sqrt(z)
    return near(r, mpf("1e-10"), lambda: (m.sin(r) / r - 1) / z, -mpf(1) / 6 + z / 120)


def cosine_tail(z):
    r = m.sqrt(z)
    return near(r, mpf("1e-8"), lambda: (m.cos(r) - 1 + z / 2) / z**2, mpf(1) / 24 - z / 720)


def arctangent_tail(z):
    t = m.sqrt(z)
    return near(t, mpf("1e-7"), lambda: (m.atan(t) / t - 1) / z, -mpf(1) / 3 + z / 5)


def arcsine_tail(z):
    t = m.sqrt(z)
    return near(t, mpf("1e-7"), lambda: (m.asin(t) / t - 1) / z, mpf(1) / 6 + 3 * z / 40)


def scaled_erfc(t, k=mpf("3.5")):  # (1 + 2x) exp(x²) erfc(x) for t = (x − k)/(x + k)
    if t >= 1:
        return 2 / m.sqrt(m.pi)
    x = k * (1 + t) / (1 - t)
    if x < 60:
        return (1 + 2 * x) * m.exp(x * x) * m.erfc(x)
    total = term = mpf(1)
    for j in range(1, 40):
        term, previous = -term * (2 * j - 1) / (2 * x * x), term
        if abs(term) > abs(previous):
            break
        total += term
    return (1 + 2 * x) / (x * m.sqrt(m.pi)) * total


def erf_tail(z):
    x, c = m.sqrt(z), 2 / m.sqrt(m.pi)
    return near(x, mpf("1e-6"), lambda: (m.erf(x) / x - c) / z, c * (-mpf(1) / 3 + z / 10 - z * z / 42))


def log_gamma_near_two(y):
    return near(y, mpf("1e-8"), lambda: m.loggamma(2 + y) / y, 1 - m.euler + y * (m.zeta(2) - 1) / 2)


def stirling(z):  # z = 1/x²
    if z < mpf("1e-12"):
        return mpf(1) / 12 - z / 360
    x = 1 / m.sqrt(z)
    return (m.loggamma(x) - ((x - mpf(1) / 2) * m.log(x) - x + m.log(2 * m.pi) / 2)) * x


digamma_root = m.findroot(m.digamma, mpf("1.4616321449683623"))


def digamma_quotient(y):
    d = y + mpf(3) / 2 - digamma_root
    return near(d, mpf("1e-15"), lambda: m.digamma(d + digamma_root) / d, m.polygamma(1, digamma_root))


def digamma_series(z):
    if z < mpf("1e-12"):
        return mpf(1) / 12 - z / 120
    x = 1 / m.sqrt(z)
    return (m.log(x) - 1 / (2 * x) - m.digamma(x)) * x * x


def trigamma_series(z):
    if z < mpf("1e-12"):
        return mpf(1) / 6 - z / 30
    x = 1 / m.sqrt(z)
    return (m.polygamma(1, x) - 1 / x - 1 / (2 * x * x)) * x**3


def radius_squared(f):  # −2 log(1 + f) = f·radius_squared(f)
    return near(f, mpf("1e-15"), lambda: -2 * m.log1p(f) / f, -2 + f)


def sine_of_turns(z):  # sin 2πt = t·sine_of_turns(t²)
    t = m.sqrt(z)
    return near(t, mpf("1e-12"), lambda: m.sin(2 * m.pi * t) / t, 2 * m.pi)


def cosine_of_turns(z):
    return m.cos(2 * m.pi * m.sqrt(z))


one = lambda x: mpf(1)
half_ln2, quarter_pi = m.log(2) / 2 * mpf("1.0001"), m.pi / 4 * mpf("1.0001")
log_end, tan_eighth = (((m.sqrt(2) - 1) / (m.sqrt(2) + 1)) * mpf("1.0001")) ** 2, (m.sqrt(2) - 1) * mpf("1.0001")
half, edge = mpf(1) / 2, mpf(1) / 64
tables = {  # name: function, weight, number of coefficients, interval, lowest coefficients fitted again
    "exp_quotient": (exp_quotient, lambda r: abs(r) + mpf(2) ** -12, 11, -half_ln2, half_ln2, 4),
    "log": (log_tail, lambda z: z / 2 + mpf(2) ** -16, 8, 0, log_end, 4),
    "log_extended": (log_tail_beyond_first, lambda z: z * z / 2 + mpf(2) ** -24, 8, 0, log_end, 4),
    "sine": (sine_tail, lambda z: z + mpf(2) ** -14, 6, 0, quarter_pi**2, 4),
    "cosine": (cosine_tail, lambda z: z * z / m.cos(m.sqrt(z)) + mpf(2) ** -14, 6, 0, quarter_pi**2, 4),
    "arctangent": (arctangent_tail, lambda z: z + mpf(2) ** -16, 11, 0, tan_eighth**2, 0),
    "arcsine": (arcsine_tail, lambda z: z + mpf(2) ** -16, 13, 0, mpf("0.2501"), 0),
    "cbrt": (m.cbrt, lambda x: 1 / m.cbrt(x), 8, m.sqrt(half), m.sqrt(2), 0),
    "scaled_erfc": (scaled_erfc, one, 26, -1, 1, 0),
    "erf": (erf_tail, lambda z: z * m.sqrt(m.pi) / 2 + mpf(2) ** -16, 12, 0, 1, 0),
    "log_gamma": (log_gamma_near_two, lambda y: 1 / abs(log_gamma_near_two(y)), 20, mpf("-0.5859"), half, 0),
    "stirling": (stirling, one, 7, 0, edge, 0),
    "digamma": (digamma_quotient, lambda y: 1 / digamma_quotient(y), 22, -half, half, 0),
    "digamma_series": (digamma_series, one, 7, 0, edge, 0),
    "trigamma_series": (trigamma_series, one, 8, 0, edge, 0),
    "radius_squared": (radius_squared, lambda f: 1 / abs(radius_squared(f)), 18, m.sqrt(half) - 1, m.sqrt(2) - 1, 0),
    "sine_of_turns": (sine_of_turns, lambda z: 1 / abs(sine_of_turns(z)), 8, 0, mpf(1) / 16, 0),
    "cosine_of_turns": (cosine_of_turns, one, 8, 0, mpf(1) / 16, 0),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or tables:
        show(name, *tables[name])
