"""A peer as a process of its own: `python benchmarks/peers keras-jax`, in the peers' environment."""

import sys
from importlib import import_module

from striate.bench.serving import serve


if __name__ == "__main__":
    library, _, setup = sys.argv[1].partition("-")
    work = "tuned_work" if setup.endswith("tuned") else "documented_work"
    module = import_module("keras_work" if library == "keras" else "tuned_torch")
    sys.exit(serve(getattr(module, work)))
