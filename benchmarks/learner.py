"""One training as a process of its own: `learner.py NETWORK DATA SEED FOLDER FIELDS [torch]`, FIELDS in JSON."""

import json
import sys
from contextlib import nullcontext

import striate
from striate.training import settle_process
from torch_rows import torch_rows


def main() -> None:
    """Train, and print what the test set gave."""
    network, data, seed, folder, fields, *rows = sys.argv[1:]
    settle_process()
    with torch_rows() if rows else nullcontext():
        done = striate.train(network, data, folder, seed=int(seed), **json.loads(fields))
    if done.test is None:
        sys.exit(f"{data} has no test examples")
    test = {"errors": done.test.errors, "examples": done.test.examples}
    print(json.dumps({**test, "seconds": done.seconds}))


if __name__ == "__main__":
    main()
