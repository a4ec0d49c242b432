"""Fashion-MNIST: what its classes are called, which files it is, and where they are looked for.

Source:
    H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine
    learning algorithms, 2017, table 2 for the names of the classes.
"""

from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from striate.data.sources.idx import TEST, TRAIN, write_idx
from striate.system.files import cache_folder


NAME = "fashion-mnist"

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

# SHA-256 of the unpacked files.
DIGESTS = {
    TRAIN[0]: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    TRAIN[1]: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    TEST[0]: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    TEST[1]: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}

PACKAGE = "dataset-fashion-mnist"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
ADDRESS = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion"


def fetched_folder() -> Path:
    """Give the folder that `striate data fetch fashion-mnist` fills."""
    return cache_folder() / NAME


def fashion_folder() -> Path | None:
    """Find the folder that holds the four files: Debian's, or the one that was fetched."""
    for folder in (DEBIAN, fetched_folder()):
        if all((folder / f"{stem}.gz").is_file() for stem in DIGESTS):
            return folder
    return None


def is_labelled_alike(train: npt.NDArray[np.int64], test: npt.NDArray[np.int64]) -> bool:
    """Tell whether labels are those of Fashion-MNIST, whatever their folder is called."""
    return all(
        sha256(write_idx(labels.astype(np.uint8))).hexdigest() == DIGESTS[stem]
        for labels, stem in ((train, TRAIN[1]), (test, TEST[1]))
    )
