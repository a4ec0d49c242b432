"""Compare a network of sentences with TF-IDF and logistic regression, on the same folds.

    .venv/bin/pip install -e ".[measure]"
    .venv/bin/python scripts/cross_validate.py text-cnn movie-reviews

Each fold is the test part once; the network holds its own part of the rest out, by its recipe, and the
regression gets the inverse strength C that does best in three folds of the rest. With the C of 1 that
scikit-learn begins with, which is told as well, it is much weaker.

The outcome goes to results/NETWORK-DATA.json, or results/NETWORK-DATA-LABEL.json, fold by fold;
`--only 0 1` runs these folds and keeps the others that the file holds.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import striate
from striate.prediction.intervals import mean_interval
from striate.training import settle_process
from striate.training.folder import Environment, RunFolder, read_settings


Sentences = list[tuple[str, str]]

STRENGTHS = [1, 3, 10, 30]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network")
    parser.add_argument("data")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--only", type=int, nargs="+", help="folds to run, from 0")
    parser.add_argument("--seed", type=int, default=0, help="of the folds and of the network")
    parser.add_argument("--fields", nargs="+", default=[], help="fields of the recipe: name=value")
    parser.add_argument("--label", default="", help="what the fields are for, in a word or two")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--output", type=Path, default=Path("results"))
    arguments = parser.parse_args()
    settle_process(arguments.threads)
    sentences = everything(arguments.data)
    folds = deal([label for _, label in sentences], arguments.folds, arguments.seed)
    label = f"-{arguments.label.replace(' ', '-')}" if arguments.label else ""
    file = arguments.output / f"{arguments.network}-{arguments.data}{label}.json"
    runs = kept(file, arguments)
    for fold in arguments.only or range(arguments.folds):
        runs[fold], made_with = run_fold(arguments, sentences, folds, fold)
        print(json.dumps({"fold": fold, **runs[fold]}), flush=True)
        write(file, arguments, runs, len(sentences), made_with)


def everything(data: str) -> Sentences:
    """Give all sentences of a data set, training and test part together."""
    source = striate.load_source(data)
    labels = {}
    for part in (source.train, source.test):
        for index, label in zip(part.images.flatten().tolist(), part.labels.tolist(), strict=True):
            labels[index] = source.classes[label]
    return [(text, labels[index]) for index, text in enumerate(source.texts)]


def deal(labels: list[str], folds: int, seed: int) -> list[int]:
    """Deal the sentences of every class out to the folds, in a random order."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed)).tolist()
    by_class = sorted(order, key=lambda index: labels[index])
    dealt = [0] * len(labels)
    for place, index in enumerate(by_class):
        dealt[index] = place % folds
    return dealt


def run_fold(
    arguments: argparse.Namespace, sentences: Sentences, folds: list[int], fold: int
) -> tuple[dict[str, float], Environment]:
    """Train both on all folds but one, and test them on that one."""
    train = [one for one, dealt in zip(sentences, folds, strict=True) if dealt != fold]
    test = [one for one, dealt in zip(sentences, folds, strict=True) if dealt == fold]
    began = time.perf_counter()
    baseline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=1000))
    baseline.fit(*zip(*train, strict=True))
    plain = float(baseline.score(*zip(*test, strict=True)))
    tuned = GridSearchCV(baseline, {"logisticregression__C": STRENGTHS}, cv=3)
    tuned.fit(*zip(*train, strict=True))
    base_accuracy = float(tuned.score(*zip(*test, strict=True)))
    base_seconds = time.perf_counter() - began
    fields = dict(field.split("=", 1) for field in arguments.fields)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        for name, part in (("train", train), ("test", test)):
            lines = (json.dumps({"text": text, "label": label}) for text, label in part)
            (data / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
        done = striate.train(
            arguments.network,
            str(data),
            Path(folder) / "run",
            vectors=arguments.vectors,
            seed=arguments.seed + fold,
            **fields,
        )
        made_with = read_settings(RunFolder(done.folder)).environment
    figures = {
        "examples": len(test),
        "accuracy_per_cent": round(100 * (1 - done.test.error), 4),
        "best_epoch": done.best_epoch,
        "seconds": round(done.seconds, 1),
        "baseline_accuracy_per_cent": round(100 * base_accuracy, 4),
        "baseline_C": tuned.best_params_["logisticregression__C"],
        "baseline_accuracy_with_C_1_per_cent": round(100 * plain, 4),
        "baseline_seconds": round(base_seconds, 1),
    }
    return figures, made_with


def settings(arguments: argparse.Namespace) -> dict[str, object]:
    """Name all that the folds of one file have in common."""
    return {
        "network": arguments.network,
        "data": arguments.data,
        "folds": arguments.folds,
        "seed": arguments.seed,
        "label": arguments.label,
        "fields": dict(field.split("=", 1) for field in arguments.fields),
        "baseline": "TF-IDF of 1-2 grams, logistic regression, C chosen in the training part",
    }


def kept(file: Path, arguments: argparse.Namespace) -> dict[int, dict[str, float]]:
    """Give the folds that a file already holds, if it was made with the same settings."""
    if arguments.only is None or not file.exists():
        return {}
    outcome = json.loads(file.read_text(encoding="utf-8"))
    if any(outcome.get(name) != value for name, value in settings(arguments).items()):
        sys.exit(f"{file} was made with other settings: move it away first.")
    return {int(fold): run for fold, run in outcome["runs"].items()}


def write(
    file: Path,
    arguments: argparse.Namespace,
    runs: dict[int, dict[str, float]],
    examples: int,
    made_with: Environment,
) -> None:
    """Write what has been measured so far."""
    ours = [run["accuracy_per_cent"] for run in runs.values()]
    theirs = [run["baseline_accuracy_per_cent"] for run in runs.values()]
    plain = [run["baseline_accuracy_with_C_1_per_cent"] for run in runs.values()]
    outcome: dict[str, object] = {
        "command": " ".join(["scripts/cross_validate.py", *sys.argv[1:]]),
        **settings(arguments),
        "examples": examples,
        "runs": {str(fold): runs[fold] for fold in sorted(runs)},
        "mean_accuracy_per_cent": round(sum(ours) / len(ours), 4),
        "baseline_mean_accuracy_per_cent": round(sum(theirs) / len(theirs), 4),
        "baseline_mean_accuracy_with_C_1_per_cent": round(sum(plain) / len(plain), 4),
        "environment": made_with,
    }
    if len(runs) == arguments.folds:
        for name, others in (("gain", theirs), ("gain_with_C_1", plain)):
            gains = [one - other for one, other in zip(ours, others, strict=True)]
            outcome[f"mean_{name}_per_cent"] = round(sum(gains) / len(gains), 4)
            outcome[f"{name}_interval_per_cent"] = rounded_interval(gains)
        errors = [100 - one for one in ours]
        outcome["mean_error_per_cent"] = round(sum(errors) / len(errors), 4)
        outcome["interval_per_cent"] = rounded_interval(errors)
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{json.dumps(outcome, indent=2)}\n", encoding="utf-8")


def rounded_interval(values: list[float]) -> list[float] | None:
    """Give the 95 % interval of a mean; None where there are too many values for it."""
    interval = mean_interval(values)
    return None if interval is None else [round(end, 4) for end in interval]


if __name__ == "__main__":
    main()
