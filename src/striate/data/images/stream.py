"""Pictures that are decoded whenever they are read, and kept nowhere: as many as there are, in little memory.

What a run keeps of each is its number. A batch that is read next can be announced: a pool of threads decodes it while
the network computes. The bytes are those that a cache of the same pictures would hold.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from typing import final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from striate.data.examples import Shards
from striate.data.images.decode import decode_upright, silence
from striate.data.images.listing import Items, Listing
from striate.data.images.parallel import THREADS
from striate.data.images.read import read_item
from striate.data.preprocessing.crop import stored_image
from striate.data.preprocessing.resize import fit_pictures
from striate.errors import DataError, Fault
from striate.errors.images import no_ink
from striate.errors.streams import unusable_in_stream
from striate.preparation import Preparation
from striate.shapes import Image


_TOGETHER = 8
"""Pictures that a thread takes at a time."""

_Pixels = npt.NDArray[np.uint8]


@final
class PictureStream:
    """Gives the pixels of pictures by their numbers, examples x 1 in, examples x channels x height x width out.

    Args:
        listing: The pictures.
        image: What the network reads.
        preparation: How a picture is brought to it.
    """

    def __init__(self, listing: Listing, image: Image, preparation: Preparation) -> None:
        self._items, self._image, self._preparation = listing.items, image, preparation
        self.where = listing.where
        self.axes = stored_image(image, preparation).axes
        self._shards, self._nearby = listing.shards, listing.nearby
        self._announced: dict[int, tuple[Future[list[_Pixels]], int]] = {}

    def __call__(self, numbers: Tensor) -> Tensor:
        """Decode pictures, or take those that were announced.

        Raises:
            DataError: Some cannot be used; all of them are named.
        """
        wanted = numbers.flatten().tolist()
        self._submit(wanted)
        pixels = np.empty((len(wanted), *self.axes), np.uint8)
        faults: list[Fault] = []
        for place, number in enumerate(wanted):
            of_stretch, at = self._announced[number]
            try:
                pixels[place] = of_stretch.result()[at]
            except DataError as error:
                faults += [fault for fault in error.faults if fault not in faults]
        for number in wanted:
            self._announced.pop(number, None)
        if faults:
            raise DataError(*faults)
        return torch.from_numpy(pixels)

    def announce(self, numbers: Tensor) -> None:
        """Begin to decode what is read next; what was announced before and not read is forgotten."""
        wanted = numbers.flatten().tolist()
        known = self._announced
        self._announced = {number: known[number] for number in wanted if number in known}
        self._submit(wanted)

    def shards_of(self, numbers: Tensor) -> Shards | None:
        """Say where pictures lie; None where any can be read as fast as any other."""
        if self._shards is None:
            return None
        at = self._items.numbers[numbers.flatten().numpy()]
        return Shards(torch.from_numpy(self._shards[at]), torch.from_numpy(at), self._nearby)

    @cached_property
    def digest(self) -> str:
        """Tell these pictures from others: by names, classes and splits, for no picture is read for it."""
        digest = sha256(self._items.labels.tobytes() + self._items.splits.tobytes())
        for name in self._items.names:
            digest.update(f"{name}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, "striate-stream")

    def _submit(self, numbers: list[int]) -> None:
        missing = [number for number in dict.fromkeys(numbers) if number not in self._announced]
        for at in range(0, len(missing), _TOGETHER):
            stretch = missing[at : at + _TOGETHER]
            future = self._pool.submit(self._decoded, stretch)
            for place, number in enumerate(stretch):
                self._announced[number] = future, place

    def _decoded(self, numbers: list[int]) -> list[_Pixels]:
        items: Items = self._items
        pictures, faults = [], list[Fault]()
        with silence:
            for number in numbers:
                item = items[number]
                try:
                    pictures.append(decode_upright(BytesIO(read_item(item)), item.where))
                except DataError as error:
                    faults += [unusable_in_stream(fault, self.where) for fault in error.faults]
        fitted: list[_Pixels] = []
        if not faults:
            made = fit_pictures(pictures, self._image, self._preparation)
            for number, pixels in zip(numbers, made, strict=True):
                if pixels is None:
                    faults.append(unusable_in_stream(no_ink(items[number].where), self.where))
                else:
                    fitted.append(pixels)
        if faults:
            raise DataError(*faults)
        return fitted
