r"""Train a network from several seeds, and write down every test error with the mean and its interval.

    .venv/bin/python scripts/measure.py lenet5 mnist --seeds 0 1 2 3 4
    .venv/bin/python scripts/measure.py lenet5 mnist --label affine --fields epochs=60 \
        "augmentation=shift 1.5, rotate 10"

The outcome goes to results/NETWORK-DATA.json, or results/NETWORK-DATA-LABEL.json, from which
scripts/readme.py writes the README's table. Seeds that the file holds already are kept if they were
measured with the same fields, so that several processes may share the seeds among them.
"""

import argparse
import json
import shlex
import tempfile
from pathlib import Path
from typing import Any

import striate
from striate.prediction.intervals import mean_interval, wilson_interval
from striate.system.files import write_durably
from striate.training import EpochEnded, Event, settle_process
from striate.training.folder import Environment, RunFolder, read_settings


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network")
    parser.add_argument("data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--fields", nargs="+", default=[], help="fields of the recipe: name=value")
    parser.add_argument("--label", default="", help="what the fields are for, in a word or two")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    settle_process(arguments.threads)
    fields = dict(field.split("=", 1) for field in arguments.fields)
    for seed in arguments.seeds:
        losses: list[dict[str, float]] = []
        with tempfile.TemporaryDirectory() as folder:
            done = striate.train(
                arguments.network,
                arguments.data,
                f"{folder}/run",
                listen=lambda event, told=losses: tell(event, told),
                seed=seed,
                **fields,
            )
            made_with = read_settings(RunFolder(done.folder)).environment
        test = done.test
        run = {
            "seed": seed,
            "errors": test.errors,
            "seconds": round(done.seconds, 1),
            "losses": losses,
        }
        print(f"seed {seed}: {test.errors} of {test.examples} wrong, {done.seconds:.0f} s")
        write(arguments, fields, run, test.examples, made_with)


def tell(event: Event, told: list[dict[str, float]]) -> None:
    """Print the training losses of an epoch, those of side heads by name, and keep them."""
    if isinstance(event, EpochEnded):
        record = event.record
        losses = {"training": record.training_loss, **record.head_losses}
        told.append({name: round(loss, 4) for name, loss in losses.items()})
        print(f"epoch {record.epoch}, {record.seconds:.0f} s: {told[-1]}", flush=True)


def write(
    arguments: argparse.Namespace,
    fields: dict[str, str],
    run: dict[str, Any],
    examples: int,
    made_with: Environment,
) -> None:
    """Write what has been measured so far."""
    label = f"-{arguments.label.replace(' ', '-')}" if arguments.label else ""
    file = Path("results") / f"{arguments.network}-{Path(arguments.data).stem}{label}.json"
    runs = [*kept(file, fields, run["seed"]), run]
    runs.sort(key=lambda one: one["seed"])
    rates = [100 * one["errors"] / examples for one in runs]
    mean = sum(rates) / len(rates)
    outcome: dict[str, object] = {
        "command": command(arguments, [one["seed"] for one in runs]),
        "network": arguments.network,
        "data": arguments.data,
        "label": arguments.label,
        "fields": fields,
        "examples": examples,
        "runs": runs,
        "mean_error_per_cent": round(mean, 4),
        "environment": made_with,
    }
    interval = mean_interval(rates)
    if interval is not None:
        outcome["interval_per_cent"] = [round(end, 4) for end in interval]
    elif len(runs) == 1:
        # One seed says nothing of others; the interval is that of its rate, by the number of examples.
        low, high = wilson_interval(runs[0]["errors"], examples)
        outcome["interval_per_cent"] = [round(100 * low, 4), round(100 * high, 4)]
    file.parent.mkdir(exist_ok=True)
    write_durably(file, f"{json.dumps(outcome, indent=2)}\n")


def command(arguments: argparse.Namespace, seeds: list[int]) -> str:
    """Give the command that measures all of a file, whichever process measured which seed."""
    words = ["scripts/measure.py", arguments.network, arguments.data]
    words += ["--seeds", *map(str, seeds)]
    words += ["--label", arguments.label] if arguments.label else []
    words += ["--threads", str(arguments.threads)] if arguments.threads else []
    words += ["--fields", *arguments.fields] if arguments.fields else []
    return shlex.join(words)


def kept(file: Path, fields: dict[str, str], seed: float) -> list[dict[str, Any]]:
    """Give the runs that a file holds already, but for that of one seed."""
    if not file.exists():
        return []
    outcome = json.loads(file.read_text(encoding="utf-8"))
    if outcome.get("fields", {}) != fields:
        return []
    return [run for run in outcome["runs"] if run["seed"] != seed]


if __name__ == "__main__":
    main()
