"""Which data sets suit which networks."""

from dataclasses import replace
from typing import assert_never

import torch

from striate.data.examples import Examples, Source
from striate.data.images.listing import Listing
from striate.data.images.load import load_pictures
from striate.data.images.progress import Listener
from striate.data.preprocessing.inputs import stored_shape
from striate.data.sources.find import find_source
from striate.data.sources.in_memory import Data
from striate.documents import Document
from striate.errors import DataError, Fault
from striate.errors.evaluation import (
    data_holds_sentences,
    network_reads_no_images,
    network_reads_sentences,
)
from striate.shapes import Features, Image, Words


def load_for(
    document: Document, name: Data, listen: Listener | None = None, *, may_stream: bool = False
) -> Source:
    """Load a data set for a network: pictures in files are brought to the size of its input.

    Args:
        document: The network.
        name: As `load_source` takes it.
        listen: Called after every picture in a file that was compared with the cache, or decoded.
        may_stream: Whether who asks reads pictures of a stream by their numbers.

    Raises:
        DataError: There is no such data set, its files cannot be used, or they are pictures and the
            network reads none; all faults are named.
    """
    found = find_source(name)
    match found:
        case Source():
            return found
        case Listing():
            faults = kind_faults(found, document)
            if faults:
                raise DataError(*found.faults, *faults)
            image, preparation = document.table.image, document.preparation
            return load_pictures(found, image, preparation, listen, may_stream=may_stream)
        case _:
            assert_never(found)


def load_test(
    document: Document,
    name: Data,
    listen: Listener | None = None,
    *,
    all_if_drawn: bool = False,
    may_stream: bool = False,
) -> Source:
    """Load the examples that a network is measured on; those for training may be missing.

    Args:
        document: The network.
        name: As `load_source` takes it.
        listen: Called after every picture in a file that was compared with the cache, or decoded.
        all_if_drawn: Whether all examples are measured on where the data names none for the test. A run
            keeps away from those that it drew of its own data, but of other data it has seen none.
        may_stream: Whether who asks reads pictures of a stream by their numbers.

    Raises:
        DataError: There is no such data set, or it does not suit the network; all faults are named.
    """
    found = find_source(name)
    faults = kind_faults(found, document)
    if faults:
        raise DataError(*(found.faults if isinstance(found, Listing) else ()), *faults)
    if isinstance(found, Listing):
        image, preparation = document.table.image, document.preparation
        if found.is_drawn and not all_if_drawn:
            # As they were listed to be trained on, so that what was decoded then is found.
            return load_pictures(found, image, preparation, listen, may_stream=may_stream)
        chosen = found.to_measure_on(all_of_them=found.is_drawn)
        return load_pictures(
            chosen, image, preparation, listen, is_to_train=False, may_stream=may_stream
        )
    if not (found.origin.is_drawn and all_if_drawn):
        return found
    parts = [part for part in (found.train, found.validation, found.test) if part is not None]
    whole = Examples(
        torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts])
    )
    return replace(found, test=whole, origin=replace(found.origin, split="all are measured on"))


def kind_faults(found: Source | Listing, document: Document) -> list[Fault]:
    """Report sentences for a network of anything else, and anything else for one of sentences.

    Args:
        found: The data set.
        document: A network whose input is known.
    """
    holds_sentences = isinstance(found, Source) and bool(found.texts)
    network, shape = document.name, document.table.input
    match shape:
        case Words():
            holds = _held(found)
            return [] if holds_sentences else [network_reads_sentences(network, found.name, holds)]
        case Image() | Features() if holds_sentences:
            reads = "pictures" if isinstance(shape, Image) else "vectors"
            return [data_holds_sentences(network, found.name, reads)]
        case Features() if isinstance(found, Listing):
            return [network_reads_no_images(network)]
        case _:
            return []


def _held(found: Source | Listing) -> str:
    if isinstance(found, Source) and isinstance(stored_shape(found.train), Features):
        return "vectors"
    return "pictures"
