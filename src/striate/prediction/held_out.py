"""Which data a run was made of, and which examples of it the run held back for its test."""

from dataclasses import replace
from pathlib import Path

import torch
import yaml

from striate.data import Data, Examples, Source, data_name
from striate.errors.evaluation import drawn_anew, none_held_out
from striate.prediction.prediction_files import as_written, read_predictions


def data_of_run(path: Path) -> str | None:
    """Return the data of the run whose folder, or whose bundle's folder, is given; None where there is none."""
    for folder in (path, path.parent):
        try:
            settings = yaml.safe_load((folder / "run.yaml").read_text(encoding="utf-8"))
            return str(settings["data"])
        except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError):
            continue
    return None


def is_same_data(one: str, other: str) -> bool:
    """Whether two texts name the same data set: by the same words, or as paths of the same place."""
    paths = [Path(name.partition("::")[0]) for name in (one, other)]
    return one == other or (paths[0].exists() and paths[0].resolve() == paths[1].resolve())


def held_out(
    source: Source, names: tuple[str, ...], data: Data, folder: Path
) -> tuple[Source, tuple[str, ...], tuple[str, ...]]:
    """Leave out of a drawn test what the run of a bundle did not hold back for its own, and may have learnt.

    Where examples have come or gone since, the draw takes others in their place.

    Args:
        source: The data.
        names: Of its test examples.
        data: As it was given.
        folder: Of the bundle; its run has written down which examples it was tested on.

    Returns:
        The data, the names that are left, and what is to be told of it; all as they were where the data is
        not the run's, or the run has not written down what it was tested on. Where none of that is left, all
        are measured on, and that is told.
    """
    own, file = data_of_run(folder), folder.parent / "predictions.csv"
    is_own = own is not None and is_same_data(data_name(data), own)
    if not (source.origin.is_drawn and names and is_own and file.is_file()):
        return source, names, ()
    then = {one.name for one in read_predictions(file)}
    kept = [place for place, name in enumerate(names) if as_written(name) in then]
    strangers, gone = len(names) - len(kept), len(then - set(map(as_written, names)))
    if not (strangers or gone):
        return source, names, ()
    if not kept:
        return source, names, (none_held_out(data_name(data), len(then), strangers),)
    places = torch.tensor(kept)
    test = Examples(source.test.images[places], source.test.labels[places])
    files = tuple(source.test_files[place] for place in kept) if source.test_files else ()
    told = drawn_anew(data_name(data), len(kept), len(then), strangers)
    return (
        replace(source, test=test, test_files=files),
        tuple(names[place] for place in kept),
        (told,),
    )
