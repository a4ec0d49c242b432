"""A peer as a process of its own: `python benchmarks/peers onnxruntime`, in the peers' environment."""

import sys
from importlib import import_module

from striate.bench.serving import serve


PEERS = {
    "pytorch": ("striate.bench.baseline", "plain_work"),
    "pytorch-tuned": ("tuned_torch", "tuned_work"),
    "keras-tensorflow": ("keras_work", "documented_work"),
    "keras-tensorflow-tuned": ("keras_work", "tuned_work"),
    "keras-jax": ("keras_work", "documented_work"),
    "keras-jax-tuned": ("keras_work", "tuned_work"),
    "onnxruntime": ("onnx_runtime", "onnx_work"),
    "openvino": ("open_vino", "openvino_work"),
}
"""Module and function that set each peer up."""

if __name__ == "__main__":
    module, function = PEERS[sys.argv[1]]
    sys.exit(serve(getattr(import_module(module), function)))
