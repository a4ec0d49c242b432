"""Which data sets suit which networks."""

from typing import assert_never

from striate.data.examples import Source
from striate.data.images.load import load_pictures
from striate.data.images.progress import Listener
from striate.data.listing import Listing
from striate.data.preprocessing.inputs import stored_shape
from striate.data.sources.find import find_source
from striate.documents import Document
from striate.errors import DataError, Fault
from striate.errors.evaluation import (
    data_holds_sentences,
    network_reads_no_images,
    network_reads_sentences,
)
from striate.shapes import Features, Image, Words


def load_for(document: Document, name: str, listen: Listener | None = None) -> Source:
    """Load a data set for a network: pictures in files are brought to the size of its input.

    Args:
        document: The network.
        name: As `load_source` takes it.
        listen: Called after every picture in a file that was compared with the cache, or decoded.

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
            return load_pictures(found, document.table.image, document.preparation, listen)
        case _:
            assert_never(found)


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
