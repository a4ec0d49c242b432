"""The flags of all verbs that take a data set, and the data set as it is given with them."""

import argparse
from typing import Final


DATA_FLAGS: Final = ("columns", "names", "skip")
"""What a user may say of a data set beside its name, as a verb's arguments have it."""


def add_data_flags(parser: argparse.ArgumentParser) -> None:
    """Declare how a user says where classes stand, and how many pictures may be left out."""
    parser.add_argument(
        "--columns",
        metavar="ROLE=HEADING,...",
        help="columns of a table of labels or sentences, where headings do not tell: "
        "file=..., label=..., split=..., text=...",
    )
    parser.add_argument(
        "--names",
        metavar="PATTERN",
        help="what names of pictures look like that tell their classes: '{class}_#' for cat_001.jpg; "
        "# for a number, * for anything, ? for one character",
    )
    parser.add_argument(
        "--skip",
        metavar="SHARE",
        help="pictures that may be left out because they cannot be read, as a share of all (0.05); "
        "with more of them, nothing is begun",
    )


def with_flags(name: str, arguments: argparse.Namespace) -> str:
    """Return the data set as it is named with what was chosen for it, as run.yaml keeps it."""
    from striate.data.sources.columns import with_options

    return with_options(name, arguments.columns, arguments.names, arguments.skip)


def given_flags(arguments: argparse.Namespace) -> list[str]:
    """Name the flags about a data set that were given."""
    return [f"--{flag}" for flag in DATA_FLAGS if getattr(arguments, flag) is not None]
