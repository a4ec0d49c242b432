"""Two Striates in turns, one of an earlier revision: `against_revision.py REV [NETWORK ...]`.

Each process builds a network, times short blocks of steps, of readings and of single answers, and prints the best rate of
each. Revisions take turns, and the median of the ratios is told: above 1, this one is faster.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


ROOT = Path(__file__).resolve().parent.parent
NETWORKS = ("lenet5", "mlp", "text-cnn", "fashion-cnn", "alexnet", "googlenet")
ROUNDS = 5

WORKER = """
import json, sys, time, torch, warnings
from dataclasses import replace
warnings.simplefilter("ignore")
import striate
from striate.data import Examples
from striate.kernels import compile_kernels
from striate.modules import build
from striate.training.compiling import kernels_of_run
from striate.training.loop import Trainer
name, seconds = sys.argv[1], float(sys.argv[2])
document = striate.load(name)
batch = 8 if name in ("alexnet", "googlenet") else 64
recipe = replace(document.recipe, batch_size=batch, epochs=10**6, augmentation=(), validation=0, views="one")
document = replace(document, recipe=recipe, preparation=replace(document.preparation, margin=0, subtract="nothing"))
network = build(document)
shape = network.walk.input
draws = torch.Generator().manual_seed(0)
words = not hasattr(shape, "axes") or name.startswith("text")
axes = getattr(shape, "axes", None) or (shape.count,)
count = 4 * batch
if words:
    inputs = torch.randint(0, 1000, (count, *axes), dtype=torch.int32, generator=draws)
else:
    inputs = torch.randint(0, 256, (count, *axes), dtype=torch.uint8, generator=draws)
labels = torch.randint(0, 2, (count,), generator=draws)
trainer = Trainer(network, Examples(inputs, labels), document.preparation, recipe)
kernels = kernels_of_run(trainer)
compile_kernels(kernels[0] if kernels and isinstance(kernels[0], tuple) else kernels)
def steps():
    while True:
        yield from trainer.epoch()
        trainer.progress.epoch += 1
        trainer.progress.step = 0
going = steps()
form = striate.for_inference(build(document), "auto")
values = inputs.long() if words else inputs.float() / 255
one = values[:1].clone()
def best(work):
    work(); work()
    end, times = time.perf_counter() + seconds, []
    while time.perf_counter() < end:
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2]
print(json.dumps({"training": best(lambda: next(going)), "reading": best(lambda: form(values)), "answer": best(lambda: form(one))}))
"""


def run(place: Path, network: str, seconds: float) -> dict[str, float]:
    """Time one network with the Striate of a folder; medians in seconds."""
    environment = {**os.environ, "PYTHONPATH": str(place / "src")}
    words = [sys.executable, "-c", WORKER, network, str(seconds)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    """Compare, and print a line a network."""
    revision, *networks = sys.argv[1:]
    seconds = float(os.environ.get("SECONDS_A_BLOCK", "2"))
    rounds = int(os.environ.get("ROUNDS", ROUNDS))
    with tempfile.TemporaryDirectory(prefix="striate-before-") as folder:
        before = Path(folder) / "before"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", "-q", str(before), revision], check=True)
        try:
            for network in networks or NETWORKS:
                pairs = []
                for turn in range(rounds):
                    places = (before, ROOT) if turn % 2 else (ROOT, before)
                    times = {place: run(place, network, seconds) for place in places}
                    pairs.append((times[before], times[ROOT]))
                ratios = {
                    kind: statistics.median(old[kind] / new[kind] for old, new in pairs)
                    for kind in pairs[0][0]
                }
                told = ", ".join(f"{kind} {ratio:.3f}" for kind, ratio in ratios.items())
                print(f"{network}: {told}", flush=True)
        finally:
            subprocess.run([*git, "remove", "--force", str(before)], check=True)


if __name__ == "__main__":
    main()
