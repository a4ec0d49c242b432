"""The command line: the one room that prints, and that ends the process.

Nothing is imported here that takes long, so that a command can be interrupted from its first moment on.
"""

from collections.abc import Sequence

from striate.cli.interruption import ending_at_once
from striate.system.memory import without_collections


VERBS = {"list": "list_networks"} | {
    verb: verb
    for verb in (
        *("check", "summary", "convert", "diff", "draw", "data", "train"),
        *("evaluate", "compare", "predict", "explain", "see", "page", "experiment"),
        *("export", "serve", "push", "bench", "completion"),
    )
}
"""The verbs in the order of `--help`, each with the module of this room that does it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words behind `striate`; those of the process when absent.

    Returns:
        0: done; 1: checked and found wrong; 2: bad usage or bad input; 70: a fault of Striate itself;
        130: interrupted.
    """
    with ending_at_once(), without_collections():
        from striate.cli.command import run_command
    return run_command(arguments)
