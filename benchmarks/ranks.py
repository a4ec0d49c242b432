"""Prove that several processes learn what one does, how fast they are, and what becomes of them when one is killed.

    python benchmarks/ranks.py losses                 50 steps in one process and in two, loss beside loss
    python benchmarks/ranks.py errors [--seeds 5]     test errors of trainings in one process and in two
    python benchmarks/ranks.py kills                  one of two is killed, with a restart left and with none
    python benchmarks/ranks.py elastic                four processes are stopped, and two go on
    python benchmarks/ranks.py speed [--pairs 3]      steps of AlexNet in one process and in two, in turns

Each writes its part of results/ranks.json. A process has one thread.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from processes import NETWORKS, environment, record
from striate.prediction.intervals import mean_interval


if TYPE_CHECKING:
    from torch import Tensor

    from striate.recipe import Recipe
    from striate.training import Run
    from striate.training.order import Order


_NETWORKS = {
    "plain": NETWORKS / "small.md",
    "with batch normalisation": NETWORKS / "small-with-means.md",
}


def torchrun(processes: int, *more: str) -> list[str]:
    """Give the words that start so many processes; one needs none."""
    if processes == 1:
        return [sys.executable]
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*start, "--nproc-per-node", str(processes), *more]


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def work(jobs: Path, found: Path) -> None:
    """Train in this process what each job says: some steps of it, or all, and write what came of it."""
    from contextlib import nullcontext
    from dataclasses import replace
    from unittest.mock import patch

    from striate import training
    from striate.documents.front_matter import recipe_with
    from striate.networks import load
    from striate.system.ranks import join_ranks, leave_ranks

    training.settle_process(1)
    outcomes: list[object] = []
    for number, job in enumerate(json.loads(jobs.read_text("utf-8"))):
        document = load(job["network"])
        document = replace(document, recipe=recipe_with(document, job["fields"]))
        run = training.start(
            document, job["data"], jobs.parent / f"run-{number}-{job['processes']}"
        )
        if not job["steps"]:
            finished = next(one for one in run.events() if isinstance(one, training.Finished))
            outcomes.append({"errors": finished.test.errors})
            continue
        turned = patch("striate.training.loop.order_of", _turned_order)
        with turned if job["is_turned"] else nullcontext():
            outcomes.append(_steps(run, job["steps"]))
        run.folder.release()
    (found / f"{join_ranks().rank}.json").write_text(json.dumps(outcomes), "utf-8")
    leave_ranks()


def _turned_order(recipe: "Recipe", labels: "Tensor", epoch: int, shards: None = None) -> "Order":
    """Give the examples of each batch from last to first: the same sums, rounded otherwise."""
    import torch

    from striate.training.order import Order, order_of

    order = order_of(recipe, labels, epoch, shards)
    starts = range(0, len(order.indices), recipe.batch_size)
    turned = torch.cat(
        [order.part(start, start + recipe.batch_size).indices.flip(0) for start in starts]
    )
    return Order(turned, turned)


def _steps(run: "Run", steps: int) -> dict[str, list[float]]:
    """Take steps, and note the loss of each, and its seconds."""
    trainer, recipe = run.trainer, run.document.recipe
    noted: dict[str, list[float]] = {"losses": [], "wall": [], "processor": []}
    trainer.begin_together()
    while True:
        summed, wall, processor = 0.0, time.perf_counter(), time.process_time()
        for _ in trainer.epoch():
            noted["wall"].append(time.perf_counter() - wall)
            noted["processor"].append(time.process_time() - processor)
            progress, size = trainer.progress, recipe.batch_size
            count = min(size, len(trainer.examples) - (progress.step - 1) * size)
            noted["losses"].append((progress.loss_sum - summed) / count)
            if len(noted["losses"]) == steps:
                return noted
            summed, wall, processor = progress.loss_sum, time.perf_counter(), time.process_time()
        trainer.progress.begin_epoch()


def trained(processes: int, jobs: Sequence[dict[str, object]], place: Path) -> list[list[Any]]:
    """Do jobs in so many processes, one after another, and give what each process has noted of each."""
    found = place / "found"
    shutil.rmtree(found, ignore_errors=True)
    found.mkdir()
    written = [{"steps": 0, "is_turned": False, **job, "processes": processes} for job in jobs]
    (place / "jobs.json").write_text(json.dumps(written), "utf-8")
    _run([*torchrun(processes), __file__, "work", str(place / "jobs.json"), str(found)])
    for run in place.glob("run-*"):
        shutil.rmtree(run)
    noted = [json.loads(file.read_text("utf-8")) for file in sorted(found.iterdir())]
    return [list(of_job) for of_job in zip(*noted, strict=True)]


def losses(place: Path) -> object:
    """Compare the losses of 50 steps, one by one: and, for scale, those of one process that reads each batch backwards."""
    jobs, names = list[dict[str, object]](), list[str]()
    recipes = (
        {"optimizer": "sgd", "momentum": "0.9"},
        {"optimizer": "adam", "learning_rate": "0.001"},
    )
    for kind, document in _NETWORKS.items():
        for recipe in recipes:
            for parts in (1, 2) if kind == "plain" else (1,):
                fields = {**recipe, "accumulate": str(parts), "batch_size": "64", "seed": "1"}
                job = {"network": str(document), "data": "mnist", "fields": fields}
                jobs.append({**job, "steps": 50})
                names.append(f"{kind}, {recipe['optimizer']}, accumulate {parts}")
    turned = [{**job, "is_turned": True} for job in jobs]
    one = trained(1, [*jobs, *turned], place)
    two = trained(2, jobs, place)
    found = {}
    for number, name in enumerate(names):
        alone, backwards, both = (
            of[at][0]["losses"]
            for of, at in ((one, number), (one, number + len(jobs)), (two, number))
        )
        apart = [abs(a - b) for a, b in zip(alone, both, strict=True)]
        order = max(abs(a - b) for a, b in zip(alone, backwards, strict=True))
        found[name] = {
            "first_and_last_loss": [alone[0], alone[-1]],
            "furthest_of_10_steps": max(apart[:10]),
            "furthest_of_50_steps": max(apart),
            "furthest_by_order": order,
        }
        print(name, found[name], flush=True)
    return found


def _digits(place: Path) -> Path:
    """Write 6,000 digits of MNIST to train on, and its test."""
    from striate.data import load_source, write_idx

    source, digits = load_source("mnist"), place / "digits"
    digits.mkdir()
    for name, examples, count in (("train", source.train, 6000), ("t10k", source.test, 10000)):
        images = examples.images[:count].squeeze(1).numpy()
        labels = examples.labels[:count].numpy().astype("uint8")
        (digits / f"{name}-images-idx3-ubyte").write_bytes(write_idx(images))
        (digits / f"{name}-labels-idx1-ubyte").write_bytes(write_idx(labels))
    return digits


def errors(place: Path, seeds: int) -> object:
    """Compare test errors of whole trainings, paired by their seeds."""
    digits = _digits(place)
    jobs, names = list[dict[str, object]](), list[str]()
    for kind, document in _NETWORKS.items():
        for parts in (1, 4):
            names.append(f"{kind}, accumulate {parts}")
            for seed in range(seeds):
                fields = {"epochs": "2", "batch_size": "64", "momentum": "0.9"}
                fields |= {"seed": str(seed), "accumulate": str(parts)}
                jobs.append({"network": str(document), "data": str(digits), "fields": fields})
    wrong = [[of[0]["errors"] for of in trained(count, jobs, place)] for count in (1, 2)]
    found = {}
    for number, name in enumerate(names):
        ones, twos = (of[number * seeds : (number + 1) * seeds] for of in wrong)
        found[name] = {"one": ones, "two": twos, **_interval(ones, twos)}
        print(name, found[name], flush=True)
    return found


def _interval(ones: Sequence[int], twos: Sequence[int]) -> dict[str, object]:
    apart = [b - a for a, b in zip(ones, twos, strict=True)]
    middle = statistics.mean(apart)
    low, high = mean_interval(apart) or (middle, middle)
    interval = [round(low, 2), round(high, 2)]
    return {"mean_difference": middle, "interval": interval, "holds_0": low <= 0 <= high}


def kills(place: Path) -> object:
    """Kill one of two processes behind the first checkpoint, and see what becomes of the run."""
    found: dict[str, object] = {}
    for restarts in (0, 1):
        run = place / f"run-{restarts}"
        asked = f"--epochs {3 if restarts else 5000} --batch-size 64 --seed 1"
        words = ("train", _NETWORKS["plain"], "--data", "mnist", "--output", run, *asked.split())
        start = torchrun(2, "--max-restarts", str(restarts))
        group = subprocess.Popen(
            [*start, "-m", "striate", *map(str, words)],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not (run / "metrics.csv").exists():  # an epoch has ended and is saved
            time.sleep(0.05)
            if group.poll() is not None:
                sys.exit(f"{group.communicate()}")
        os.kill(_children(group.pid)[-1], signal.SIGKILL)
        killed = time.monotonic()
        said, problems = group.communicate(timeout=300)
        took = time.monotonic() - killed
        told = [line for line in problems.splitlines() if "error: " in line or "Fix: " in line]
        settings = yaml.safe_load((run / "run.yaml").read_text("utf-8"))
        epochs = (run / "metrics.csv").read_text("utf-8").count("\n") - 1
        found[f"max-restarts {restarts}"] = {
            "exit_code": group.returncode,
            "seconds_from_kill_to_end": round(took, 1),
            "epochs_recorded": epochs,
            "finished": "result" in settings,
            "told": told[:4],
        }
        print(restarts, found[f"max-restarts {restarts}"], said[-300:], flush=True)
    return found


def elastic(place: Path) -> object:
    """Stop four processes within an epoch, go on with two, and compare with one that nothing stopped."""
    asked = ["--epochs", "3", "--batch-size", "64", "--seed", "1"]
    words = (str(_NETWORKS["plain"]), "--data", str(_digits(place)), *asked)
    train = [sys.executable, "-m", "striate", "train"]
    _run([*train, *words, "--output", str(place / "whole"), "--threads", "1"])
    broken = place / "broken"
    command = [*torchrun(4), *train[1:], *words, "--output", str(broken)]
    group = subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL)
    while not (broken / "checkpoint.safetensors").exists():
        time.sleep(0.05)
    time.sleep(2)
    group.send_signal(signal.SIGINT)
    group.wait(120)
    _run([*torchrun(2), *train[1:], "--resume", str(broken)])
    lines = [
        (run / "metrics.csv").read_text("utf-8").splitlines() for run in (place / "whole", broken)
    ]
    rows = [[[float(cell) for cell in line.split(",")[1:4]] for line in of[1:]] for of in lines]
    apart = max(
        abs(a - b)
        for one, other in zip(*rows, strict=True)
        for a, b in zip(one, other, strict=True)
    )
    settings = [
        yaml.safe_load((run / "run.yaml").read_text("utf-8")) for run in (place / "whole", broken)
    ]
    return {
        "figures": lines[0][0].split(",")[1:4],
        "one_process": rows[0],
        "four_and_then_two": rows[1],
        "furthest": apart,
        "test_errors": [one["result"]["test_errors"] for one in settings],
    }


def _children(process: int) -> list[int]:
    return [
        int(one)
        for one in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    ]


def speed(place: Path, pairs: int) -> object:
    """Time steps of AlexNet with its own batch in one process and in two, A B B A."""
    pixels = np.random.default_rng(0).integers(0, 256, (256, 227, 227, 3), np.uint8)
    labels = np.arange(256) % 1000
    data = place / "random.npz"
    np.savez(data, x_train=pixels, y_train=labels, x_test=pixels[:8], y_test=labels[:8])
    job = {"network": "alexnet", "data": str(data), "fields": {"validation": "0"}, "steps": 4}
    seconds: dict[str, dict[int, list[float]]] = {
        "wall": {1: [], 2: []},
        "processor": {1: [], 2: []},
    }
    load = []
    for pair in range(pairs):
        for processes in (1, 2) if pair % 2 == 0 else (2, 1):
            (noted,) = trained(processes, [job], place)
            load.append(os.getloadavg()[0])
            for clock, of in seconds.items():
                # The first step warms up; one lasts as long as its slowest process.
                steps = zip(*(process[clock][1:] for process in noted), strict=True)
                of[processes] += map(max, steps)
            print(
                processes,
                {clock: of[processes][-3:] for clock, of in seconds.items()},
                load[-1],
                flush=True,
            )
    found: dict[str, object] = {"cores": os.cpu_count(), "load_average": load}
    for clock, of in seconds.items():
        medians = {count: statistics.median(steps) for count, steps in of.items()}
        found[clock] = {"seconds_a_step": of, "medians": medians, "gain": medians[1] / medians[2]}
    return found


def main() -> None:
    """Do what is asked, and record it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("losses", "errors", "kills", "elastic", "speed"):
        sub = verbs.add_parser(verb)
        sub.add_argument("--seeds", type=int, default=5)
        sub.add_argument("--pairs", type=int, default=3)
    sub = verbs.add_parser("work")
    sub.add_argument("jobs", type=Path)
    sub.add_argument("found", type=Path)
    arguments = parser.parse_args()
    if arguments.verb == "work":
        work(arguments.jobs, arguments.found)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        match arguments.verb:
            case "losses":
                found = losses(place)
            case "errors":
                found = errors(place, arguments.seeds)
            case "kills":
                found = kills(place)
            case "elastic":
                found = elastic(place)
            case _:
                found = speed(place, arguments.pairs)
    record("ranks", **{arguments.verb: found})


if __name__ == "__main__":
    main()
