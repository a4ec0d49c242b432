"""The kernels of a network's first row after each epoch, kept while it trains so that they can be shown as a film."""

from pathlib import Path
from typing import final

import safetensors.torch
from torch import Tensor

from striate.documents import Document
from striate.errors import TrainingError
from striate.errors.training import no_kernels_to_film, unreadable_film
from striate.layers import Convolution, DepthwiseConvolution
from striate.modules import Network
from striate.system.files import write_durably


FOLDER = "film"
"""Name of the folder within that of the run: a run that has it goes on filming."""


def check_film(document: Document) -> None:
    """Make sure that there is something to film.

    Raises:
        TrainingError: The network reads no pictures, or has no convolution.
    """
    kinds = Convolution | DepthwiseConvolution
    if document.table.image is None or not any(
        isinstance(row.layer, kinds) for row in document.table.trunk
    ):
        raise TrainingError(no_kernels_to_film(document.name))


def first_row_with_kernels(network: Network) -> tuple[str, str]:
    """Return the row and the child of a network whose kernels are filmed."""
    kinds = Convolution | DepthwiseConvolution
    reports = network.walk.reports[1:]
    for step, report in zip(network.steps, reports, strict=True):
        if isinstance(report.row.layer, kinds):
            return step.row, step.child
    message = "a network without kernels was to be filmed"
    raise ValueError(message)


@final
class Film:
    """The frames of a run, one an epoch; the first one is of the weights before the first step.

    Args:
        run: The folder of the run.
    """

    def __init__(self, run: Path) -> None:
        self.folder = run / FOLDER

    @property
    def is_on(self) -> bool:
        """Whether frames are kept."""
        return self.folder.is_dir()

    def keep(self, network: Network, epoch: int) -> None:
        """Write the frame after an epoch; 0 is before the first step.

        Args:
            network: As it is then.
            epoch: Its number.

        Raises:
            OSError: The file cannot be written.
        """
        _, child = first_row_with_kernels(network)
        state = network.get_submodule(child).state_dict()
        kept = {name: values.cpu().contiguous() for name, values in state.items()}
        write_durably(self.folder / f"epoch-{epoch:04}.safetensors", safetensors.torch.save(kept))

    def frames(self) -> list[tuple[int, dict[str, Tensor]]]:
        """Return all frames in their order: the epoch, and the numbers of the row's module.

        Raises:
            TrainingError: A file is damaged.
        """
        found = []
        for file in sorted(self.folder.glob("epoch-*.safetensors")):
            try:
                number = int(file.stem.removeprefix("epoch-"))
                found.append((number, safetensors.torch.load(file.read_bytes())))
            except (safetensors.SafetensorError, ValueError, OSError) as error:
                problem = " ".join(str(error).split())
                raise TrainingError(unreadable_film(str(file), problem)) from error
        return found
