"""Train a network from several seeds, and write down every test error with the mean and its interval.

    .venv/bin/python scripts/measure.py lenet5 mnist --seeds 0 1 2 3 4

The outcome goes to results/NETWORK-DATA.json, from which scripts/readme.py writes the README's table.
"""

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path

import striate
from striate.training import settle_process
from striate.training.folder import environment


# Half-width of a 95 % interval of a mean, in standard errors, by the number of values (Student's t).
STUDENT = {
    2: 12.706,
    3: 4.303,
    4: 3.182,
    5: 2.776,
    6: 2.571,
    7: 2.447,
    8: 2.365,
    9: 2.306,
    10: 2.262,
}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network")
    parser.add_argument("data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    arguments = parser.parse_args()
    settle_process()
    runs = []
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory() as folder:
            done = striate.train(arguments.network, arguments.data, f"{folder}/run", seed=seed)
        test = done.test
        runs.append({"seed": seed, "errors": test.errors, "seconds": round(done.seconds, 1)})
        print(f"seed {seed}: {test.errors} of {test.examples} wrong, {done.seconds:.0f} s")
        write(arguments, runs, test.examples)


def write(arguments: argparse.Namespace, runs: list[dict[str, float]], examples: int) -> None:
    """Write what has been measured so far."""
    rates = [100 * run["errors"] / examples for run in runs]
    mean = sum(rates) / len(rates)
    outcome: dict[str, object] = {
        "command": " ".join(["scripts/measure.py", *sys.argv[1:]]),
        "network": arguments.network,
        "data": arguments.data,
        "examples": examples,
        "runs": runs,
        "mean_error_per_cent": round(mean, 4),
        "environment": environment(),
    }
    if len(rates) in STUDENT:
        variance = sum((rate - mean) ** 2 for rate in rates) / (len(rates) - 1)
        half = STUDENT[len(rates)] * math.sqrt(variance / len(rates))
        outcome["interval_per_cent"] = [round(mean - half, 4), round(mean + half, 4)]
    Path("results").mkdir(exist_ok=True)
    file = Path("results") / f"{arguments.network}-{arguments.data}.json"
    file.write_text(f"{json.dumps(outcome, indent=2)}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
