"""A run as it stands, read from its folder while another process trains."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, final

import torch

from striate.errors import TrainingError
from striate.errors.page import run_without_its_mean
from striate.errors.training import checkpoint_does_not_fit
from striate.modules import build
from striate.prediction import Bundle, load_bundle
from striate.system.locks import FolderLock
from striate.training.checkpoint import load_checkpoint
from striate.training.folder import RunFolder, read_settings
from striate.training.history import read_history
from striate.training.loop import part_of


_NETWORK = "network."
_FRESH_SEED = 0


@final
@dataclass(frozen=True, slots=True)
class RunWatch:
    """Reads the folder of a run; nothing of it is ever locked or written.

    Args:
        path: The folder.
    """

    path: Path

    @staticmethod
    def is_run(path: Path) -> bool:
        """Whether a folder is that of a run, finished or not."""
        return all((path / name).is_file() for name in ("run.yaml", "network.md"))

    @property
    def goes_on(self) -> bool:
        """Whether a process works in the folder."""
        return (self.path / FolderLock.NAME).exists()

    def stamp(self) -> str:
        """Return what changes whenever there are other weights or another epoch."""
        folder = RunFolder(self.path)
        files = (folder.checkpoint, folder.bundle / "config.json", self.path / "metrics.jsonl")
        stats = [file.stat() if file.exists() else None for file in files]
        parts = ["-" if one is None else f"{one.st_mtime_ns}.{one.st_ino}" for one in stats]
        return "_".join([*parts, str(self.goes_on)])

    def told(self) -> dict[str, Any]:
        """Return what was measured so far, epoch by epoch, and of how many.

        Raises:
            TrainingError: The folder holds no run, or a damaged one.
        """
        settings = read_settings(RunFolder(self.path))
        history = [asdict(record) for record in read_history(self.path)]
        return {
            "stamp": self.stamp(),
            "goes_on": self.goes_on,
            "epochs": settings.document.recipe.epochs,
            "history": history,
        }

    def bundle(self) -> Bundle:
        """Return the network as it is now: of the last epoch saved, or fresh before the first is.

        Raises:
            TrainingError: The folder holds no run, or a damaged one.
            BundleError: Its bundle is damaged.
        """
        folder = RunFolder(self.path)
        if not self.goes_on and folder.bundle.is_dir():
            return load_bundle(self.path)
        tensors = {}
        if folder.checkpoint.is_file():
            tensors = part_of(load_checkpoint(folder.checkpoint)[0], _NETWORK)
        if not tensors and folder.bundle.is_dir():
            return load_bundle(self.path, "last")
        settings = read_settings(folder)
        document = settings.document
        if document.preparation.subtract != "nothing":
            raise TrainingError(run_without_its_mean(str(self.path)))
        document = replace(document, table=document.table.without_heads, body="")
        with torch.random.fork_rng():
            torch.manual_seed(_FRESH_SEED)
            network = build(document).eval()
        if tensors:
            try:
                network.load_state_dict({name: tensors[name] for name in network.state_dict()})
            except (RuntimeError, KeyError) as error:
                problem = " ".join(str(error).split())
                raise TrainingError(
                    checkpoint_does_not_fit(str(folder.checkpoint), problem)
                ) from error
        last = network.walk.reports[network.trunk_length].output
        count = 2 if network.ending == "one score" or last is None else last.elements
        classes = settings.classes or tuple(map(str, range(count)))
        return Bundle(document, network, classes, self.path)
