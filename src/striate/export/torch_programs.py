"""A trained network as a program of torch.export, and as a file of plain torch that needs nothing of Striate."""

import runpy
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from striate.errors.arguments import need
from striate.export.comparing import Run
from striate.export.exporting import (
    Exported,
    Start,
    check_place,
    compared,
    example_inputs,
    finished,
    probabilities_of,
    vocabulary_beside,
)
from striate.export.standalone import standalone
from striate.prediction import Bundle
from striate.prediction.bundle import bundle_of
from striate.system.files import write_durably


def export_torch(bundle: Bundle | str | Path, file: str | Path) -> Exported:
    """Write a bundle as a program of torch.export, and beside it as Python of plain torch.

    The program reads inputs, a batch of any size, and gives probabilities. The file of Python holds the network, the
    way of a picture to it and the classes; its weights lie beside it. Both have given what `predict` gives.

    Args:
        bundle: A trained network, or the folder that it lies in.
        file: Where to; it ends in `.pt2`. The others are called the same, `.py` and `.pt`.

    Raises:
        ExportError: The name is another one, files of others lie beside it, or what was made gives something else than `predict`.
        DocumentError: A row cannot be said in code of PyTorch.
    """
    need("file", file, (str, Path), "a path that ends in .pt2")
    bundle, place = bundle_of(bundle), Path(file)
    code, numbers = place.with_suffix(".py"), place.with_suffix(".pt")
    check_place(place, ".pt2", code, numbers, *vocabulary_beside(bundle, place))
    program = program_of(bundle)
    run = program.module()
    comparison = compared(bundle, lambda given: _called(run, given), "inputs", place)
    text, weights = standalone(bundle)
    with TemporaryDirectory() as folder:
        written = Path(folder) / code.name
        written.write_text(text, encoding="utf-8")
        written.with_suffix(".pt").write_bytes(weights)
        scope = runpy.run_path(str(written), run_name="exported")
        start: Start = "pixels" if "views" in scope else "inputs"
        compared(bundle, _standalone_run(scope, start), start, code)
    content = BytesIO()
    torch.export.save(program, content)
    write_durably(place, content.getvalue())
    write_durably(numbers, weights)
    write_durably(code, text)
    return finished(bundle, place, "inputs", comparison, code, numbers)


def program_of(bundle: Bundle, most: int | None = None) -> torch.export.ExportedProgram:
    """Return a network as a program, from its inputs to probabilities, for any number of examples, or so many at most."""
    module, examples = probabilities_of(bundle), example_inputs(bundle)
    batch = torch.export.Dim("batch", min=1, max=most)
    return torch.export.export(module, (examples,), dynamic_shapes=({0: batch},), strict=False)


def _called(module: Any, given: NDArray[Any]) -> NDArray[np.float32]:
    with torch.no_grad():
        found: Tensor = module(torch.from_numpy(given))
    return found.numpy()


def _standalone_run(scope: dict[str, Any], start: Start) -> Run:
    """Return what the written file does, pictures by way of a file that loses nothing."""
    network = scope["load"]()
    if start == "inputs":
        return lambda given: scope["probabilities"](network, torch.from_numpy(given)).numpy()

    def run(pixels: NDArray[Any]) -> NDArray[np.float32]:
        picture = BytesIO()
        PIL.Image.fromarray(pixels).save(picture, "png", compress_level=0)
        picture.seek(0)
        chances = scope["probabilities"](network, scope["views"](picture)).mean(0, keepdim=True)
        return chances.numpy()

    return run
