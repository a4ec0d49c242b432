"""The flag of all verbs that take a data set, and the data set as it is given with it."""

import argparse


def add_columns_flag(parser: argparse.ArgumentParser) -> None:
    """Declare how a user chooses the columns of a table."""
    parser.add_argument(
        "--columns",
        metavar="ROLE=HEADING,...",
        help="columns of a table of labels or sentences, where headings do not tell: "
        "file=..., label=..., split=..., text=...",
    )


def with_flags(name: str, arguments: argparse.Namespace) -> str:
    """Return the data set as it is named with the columns that were chosen, as run.yaml keeps it."""
    from striate.data.sources.columns import with_columns

    return with_columns(name, arguments.columns)
