"""Whether the run that wrote a bundle went to its end, as the bundle's own document says."""

import re
from pathlib import Path

from striate.errors.bundles import run_was_interrupted


_SENTENCE = "The run was interrupted after {} of {} epochs."
_READ = re.compile(_SENTENCE.replace(".", r"\.").replace("{}", r"(\d+)"))


def interruption(epochs_done: int, epochs: int) -> str:
    """Say in the document of a bundle that its run was interrupted."""
    return _SENTENCE.format(epochs_done, epochs)


def remarks_of_run(text: str, folder: Path) -> tuple[str, ...]:
    """Tell who reads with a bundle that its run has not ended, and how it goes on; nothing of one that has.

    Args:
        text: The document of the bundle, with what was measured.
        folder: Where the bundle lies.
    """
    found = _READ.search(text)
    if found is None:
        return ()
    run = str(folder.parent) if (folder.parent / "run.yaml").is_file() else None
    return (run_was_interrupted(int(found[1]), int(found[2]), run),)
