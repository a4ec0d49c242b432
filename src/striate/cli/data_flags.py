"""The flag of all verbs that take a data set, and the data set as it is given with it."""

import argparse
from pathlib import Path


def add_columns_flag(parser: argparse.ArgumentParser) -> None:
    """Declare how a user chooses the columns of a table."""
    parser.add_argument(
        "--columns",
        metavar="ROLE=HEADING,...",
        help="columns of a table of labels or sentences, where headings do not tell: "
        "file=..., label=..., split=..., text=...",
    )


def add_skip_flag(parser: argparse.ArgumentParser) -> None:
    """Declare how many pictures may be left out because they cannot be used."""
    parser.add_argument(
        "--skip",
        metavar="SHARE",
        help="pictures that may be left out because they cannot be read, as a share of all (0.05); "
        "with more of them, nothing is begun",
    )


def is_same_data(one: str, other: str) -> bool:
    """Whether two texts name the same data set: by the same words, or as paths of the same place."""
    paths = [Path(name.partition("::")[0]) for name in (one, other)]
    return one == other or (paths[0].exists() and paths[0].resolve() == paths[1].resolve())


def with_flags(name: str, arguments: argparse.Namespace) -> str:
    """Return the data set as it is named with the columns that were chosen, as run.yaml keeps it."""
    from striate.data.sources.columns import with_options

    return with_options(name, arguments.columns, arguments.skip)
