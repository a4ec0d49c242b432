"""What `striate see` draws of many examples, or of none: strongest patches, and pictures that units look for."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from striate.cli.data_flags import DATA_FLAGS, with_flags
from striate.cli.reading_line import ReadingLine
from striate.errors import SeeingError
from striate.errors.seeing import (
    flags_not_heeded,
    no_data_to_search,
    no_film,
    no_picture_to_see,
    no_vocabulary,
    place_not_climbed,
    unknown_film,
)


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from striate.prediction import Bundle
    from striate.see.gallery import Shown
    from striate.see.many import Gathered

_OF_DATA = {f"--{flag}" for flag in DATA_FLAGS}
_HEEDED = {
    "--top-patches": {"--data", *_OF_DATA, "--row", "-o"},
    "--embedding": {"--data", *_OF_DATA, "--row", "--umap", "-o"},
    "--film": set(),
    "--maximise": {"--row", "--unit", "--seed", "-o"},
}
"""The flags that each of these goes by."""


def refuse_others(arguments: argparse.Namespace, flag: str) -> None:
    """Name all that was given beside a flag and that it does not heed.

    Raises:
        SeeingError: There is some.
    """
    given = {
        "--data": arguments.data,
        **{f"--{flag}": getattr(arguments, flag) for flag in DATA_FLAGS},
        "--row": arguments.row,
        "--unit": arguments.unit,
        "--class": arguments.class_name,
        "--seed": arguments.seed,
        "--umap": arguments.umap or None,
        "-o": arguments.output,
    }
    others = [name for name, value in given.items() if value is not None]
    unused = [name for name in others if name not in _HEEDED[flag]]
    unused += [str(picture) for picture in arguments.pictures]
    if unused:
        raise SeeingError(flags_not_heeded(flag, unused))


def top_patches(bundle: "Bundle", arguments: argparse.Namespace) -> "Iterator[Shown]":
    """Give the files of what excites rows most among a user's own examples."""
    from striate.see.many import rows_to_search, show_patches, show_phrases

    rows = rows_to_search(bundle.network, arguments.row)
    gathered, tokens = _gathered(bundle, arguments, "--top-patches")
    if tokens:
        return show_phrases(bundle.network, gathered.examples, tokens, rows)
    return show_patches(bundle.network, gathered, rows)


def embedded(bundle: "Bundle", arguments: argparse.Namespace) -> "Iterator[Shown]":
    """Give the files of where examples lie behind the last hidden row."""
    from striate.see.many import show_embedding

    gathered, _ = _gathered(bundle, arguments, "--embedding")
    return show_embedding(bundle.network, gathered, arguments.row, by_neighbours=arguments.umap)


def kind_of_film(file: Path) -> "Literal['gif', 'apng']":
    """Return the kind of a film by the ending of its file.

    Raises:
        SeeingError: The ending names none.
    """
    match file.suffix.lower():
        case ".gif":
            return "gif"
        case ".apng" | ".png":
            return "apng"
        case _:
            raise SeeingError(unknown_film(str(file)))


def film(bundle: "Bundle", arguments: argparse.Namespace, kind: "Literal['gif', 'apng']") -> bytes:
    """Return the film of a run as the bytes of a file."""
    from striate.see.film import show_film
    from striate.training.film import Film

    place = Path(arguments.network)
    run = place if Film(place).is_on else place.parent
    if not Film(run).is_on:
        raise SeeingError(no_film(arguments.network))
    return show_film(run, bundle.network, bundle.document.heading, kind)


def climbed(
    bundle: "Bundle",
    arguments: argparse.Namespace,
    unit: tuple[str, int, tuple[int, int]] | None,
) -> "Iterator[Shown]":
    """Give the picture of what the units of a row look for."""
    from striate.data import value_range
    from striate.see.many import show_climbed

    document, network = bundle.document, bundle.network
    if document.table.image is None:
        raise SeeingError(no_picture_to_see(document.name))
    faults = []
    if unit is not None and arguments.row is not None:
        faults.append(flags_not_heeded("--unit", ["--row"]))
    if unit is not None and "," in arguments.unit:
        faults.append(place_not_climbed(arguments.unit))
    if faults:
        raise SeeingError(*faults)
    row = arguments.row or network.steps[network.trunk_length - 1].row
    row, maps = (row, None) if unit is None else (unit[0], (unit[1],))
    low, high = value_range(document.preparation, bundle.mean)
    title = document.heading
    yield from show_climbed(
        network,
        row,
        maps,
        bundle.classes,
        title=title,
        low=low,
        high=high,
        seed=arguments.seed or 0,
    )


def _gathered(
    bundle: "Bundle", arguments: argparse.Namespace, flag: str
) -> "tuple[Gathered, Sequence[Sequence[str]]]":
    """Give the examples of a data set, and the tokens of sentences."""
    from striate.data import (
        ReadExamples,
        fit_for_reading,
        fit_sentences,
        load_test,
        tokenize,
        value_range,
    )
    from striate.prediction.held_out import data_of_run
    from striate.see.many import Gathered
    from striate.see.patches import Fitted
    from striate.shapes import Words

    document, shape = bundle.document, bundle.network.walk.input
    data = data_of_run(Path(arguments.network)) if arguments.data is None else arguments.data
    if data is None:
        raise SeeingError(no_data_to_search(flag, document.name))
    if arguments.data is not None:
        data = with_flags(data, arguments)
    with ReadingLine(is_wanted=not arguments.json) as line:
        source = load_test(document, data, line.show, all_if_drawn=True)
    test, names = source.test, source.test_files
    fitted: ReadExamples
    tokens: list[list[str]] = []
    if isinstance(shape, Words):
        if bundle.vocabulary is None:
            raise SeeingError(no_vocabulary(document.name))
        names = tuple(source.texts[number] for number in test.images.flatten().tolist())
        tokens = [tokenize(name, document.text) for name in names]
        words = bundle.vocabulary
        fitted, _ = fit_sentences(test, source.texts, shape, document.text, words)
    else:
        fitted = fit_for_reading(test, shape, document.preparation)
    low, high = value_range(document.preparation, bundle.mean)
    gathered = Gathered(
        Fitted(fitted, document.preparation, bundle.mean),
        test.labels.tolist(),
        source.classes,
        names,
        document.heading,
        low,
        high,
    )
    return gathered, tokens
