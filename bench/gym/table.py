"""The lines of bench/peers/gym_blackjax.py as a table, the published figures beside them.

usage: table.py RESULTS.jsonl …

An ensemble's row is the median over its seeds of the gradients a chain (quartiles in brackets), and of the first time below; a
single chain's that of the crossing of the median b² over the seeds. Published: LAPS, from the notebook of the pre-print, which
counts the first time below; the others from the result files of the sampler-benchmarks collection (their Gaussian is not
rotated, which makes it far easier for samplers with a diagonal metric).
"""
import json
import statistics
import sys

PUBLISHED = {  # max, avg
    "laps": {"banana": (18, 18), "gaussian": (312, 282), "german_credit": (410, 89), "brownian": (208, 79),
             "item_response": (198, 86), "stochastic_volatility": (1325, 788)},
    "nuts": {"banana": (111691, 83598), "gaussian": (21674, 2757), "rosenbrock": (157463, 29219), "brownian": (33462, 6270),
             "german_credit": (93361, 11465), "item_response": (71758, 5848), "stochastic_volatility": (1628519, 29872),
             "bimodal": (248728, 20500), "funnel": (float("inf"), 26392), "cauchy": (2.9e6, 159e3)},
    "mams": {"banana": (16416, 9410), "gaussian": (3133, 436), "rosenbrock": (94707, 17203), "brownian": (14427, 2733),
             "german_credit": (54688, 6743), "item_response": (47414, 3806), "stochastic_volatility": (482668, 35783),
             "bimodal": (231930, 15358), "funnel": (1432043, 96921), "cauchy": (float("inf"), 207e3)},
    "mclmc": {"banana": (7830, 4958), "gaussian": (2030, 248), "rosenbrock": (62976, 10456), "brownian": (9136, 1664),
              "german_credit": (39330, 4140), "item_response": (22382, 1622), "stochastic_volatility": (318704, 17788)},
}


def shown(value):
    return "never" if value == float("inf") else f"{value:,.0f}"


def over_seeds(lines, key):
    values = sorted(float(line[key]) for line in lines)
    if len(values) < 4:
        return shown(statistics.median(values))
    low, middle, high = (values[len(values) * k // 4] for k in (1, 2, 3))
    return f"{shown(middle)} ({shown(low)}–{shown(high)})"


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    lines = [json.loads(line) for path in sys.argv[1:] for line in open(path)]
    groups = {}
    for line in lines:
        if ("seed" in line or "of" in line) and not line["method"].startswith("thalweg"):
            groups.setdefault((line["method"], line["problem"], line.get("chains", 1), line.get("steps", "")), []).append(line)
    print("| method | problem | chains | seeds | max b² < 0.01 | avg b² < 0.01 | first below, max / avg | published max / avg "
          "| tuning | frozen or not finite | seconds, first / others |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for (method, problem, chains, steps), found in groups.items():
        seeds = [line for line in found if "seed" in line]
        medians = [line for line in found if "of" in line]
        published = PUBLISHED.get(method, {}).get(problem)
        beside = " / ".join(map(shown, published)) if published else "–"
        bad = sum(bool(line.get("frozen")) or not line["finite"] for line in seeds)
        if medians:
            m = medians[-1]
            tuning = shown(float(m["tuning"]))
            row = [shown(float(m["gradients_max"])), shown(float(m["gradients_avg"])), "–", beside, tuning, bad,
                   f"{m['seconds']:.0f} for all"]
        else:
            first = f"{over_seeds(seeds, 'first_max')} / {over_seeds(seeds, 'first_avg')}"
            warm = [line["seconds"] for line in seeds if not line["cold"]]
            cold = [line["seconds"] for line in seeds if line["cold"]]
            row = [over_seeds(seeds, "gradients_max"), over_seeds(seeds, "gradients_avg"), first, beside, "0", bad,
                   f"{cold[0]:.0f} / {statistics.median(warm):.0f}" if warm and cold else f"{seeds[0]['seconds']:.0f} / –"]
        print("| " + " | ".join(map(str, [method + (f" ({steps})" if steps else ""), problem, chains, len(seeds), *row])) + " |")


if __name__ == "__main__":
    main()
