"""A program to be measured, as a process of its own: `python -m striate.bench own`."""

import sys
from importlib import import_module

from striate.bench.serving import serve


PROGRAMS = {
    "own": ("own_work", "own_work"),
    "plain": ("baseline", "plain_work"),
    "matrices": ("peak", "MatrixProducts"),
    "onnxruntime": ("onnx_runtime", "OnnxRuntimeWork"),
    "openvino": ("open_vino", "OpenVinoWork"),
}
"""Module and function that set each up; only what one needs is loaded, which may not be torch."""

if __name__ == "__main__":
    module, function = PROGRAMS[sys.argv[1]]
    loaded = import_module(f"striate.bench.{module}")
    if sys.argv[1] == "own":
        import_module(
            "striate.training"
        ).settle_process()  # as the commands of Striate do; others run as they come
    sys.exit(serve(getattr(loaded, function)))
