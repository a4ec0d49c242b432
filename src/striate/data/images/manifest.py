"""What is known of many files from their bytes: a column each, for an object a file takes longer."""

from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
import numpy.typing as npt


DIGEST_BYTES = 32

# What became of a file: nothing is known of it, it cannot be read, it is no picture, or all of it was read.
UNKNOWN, UNREADABLE, NO_PICTURE, READ = range(4)

Numbers = npt.NDArray[np.intp]
Digests = npt.NDArray[np.uint8]
Sizes = npt.NDArray[np.int32]


@final
class Entry(NamedTuple):
    """What is known of a file that was read.

    Args:
        digest: SHA-256 of its bytes.
        size: Width and height of the picture in pixels; None where its head does not tell.
    """

    digest: bytes
    size: tuple[int, int] | None


@final
@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """What is known of some files.

    Args:
        kinds: UNKNOWN, UNREADABLE, NO_PICTURE or READ of each.
        digests: SHA-256 of those that were read, files x 32.
        sizes: Width and height in pixels, files x 2; 0 where the head does not tell.
    """

    kinds: npt.NDArray[np.uint8]
    digests: Digests
    sizes: Sizes

    @classmethod
    def unknown(cls, count: int) -> "Manifest":
        """Know nothing of some files."""
        return cls(
            np.full(count, UNKNOWN, np.uint8),
            np.zeros((count, DIGEST_BYTES), np.uint8),
            np.zeros((count, 2), np.int32),
        )

    def update(self, numbers: Numbers, manifest: "Manifest") -> None:
        """Take what is known of some of them."""
        self.kinds[numbers] = manifest.kinds
        self.digests[numbers] = manifest.digests
        self.sizes[numbers] = manifest.sizes

    def chosen(self, numbers: Numbers) -> "Manifest":
        """Give what is known of some of them, which may be learned more of by itself."""
        return Manifest(self.kinds[numbers], self.digests[numbers], self.sizes[numbers])

    def record(self, number: int, entry: Entry | None) -> None:
        """Take what was read in a file; None where it cannot be read."""
        self.kinds[number] = UNREADABLE if entry is None else READ
        if entry is not None:
            self.digests[number] = np.frombuffer(entry.digest, np.uint8)
            self.sizes[number] = entry.size or (0, 0)

    def size(self, number: int) -> tuple[int, int] | None:
        """Give width and height of a picture; None where its head does not tell."""
        width, height = self.sizes[number].tolist()
        return (width, height) if width else None

    def all_sizes(self) -> set[tuple[int, int]]:
        """Give width and height of all that have some."""
        # As one number each, of which few are met.
        together = set(np.ascontiguousarray(self.sizes).view(np.int64).ravel().tolist())
        pairs = np.array(list(together), np.int64).view(np.int32).reshape(-1, 2).tolist()
        return {(width, height) for width, height in pairs if width}
