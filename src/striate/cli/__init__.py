"""The command line: the one room that prints, and that ends the process."""

import argparse
import os
import sys
from collections.abc import Sequence

from striate import __version__
from striate.cli import (
    bench,
    check,
    data,
    draw,
    evaluate,
    explain,
    list_networks,
    predict,
    see,
    summary,
    train,
)
from striate.cli.terminal import print_error
from striate.errors import StriateError


VERBS = (list_networks, check, summary, draw, data, train, evaluate, predict, explain, see, bench)

DONE, FOUND_WRONG, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words behind `striate`; those of the process when absent.

    Returns:
        0: done; 1: checked and found wrong; 2: bad usage or bad input; 130: interrupted.
    """
    parsed = _parser().parse_args(arguments)
    try:
        code: int = parsed.run(parsed)
        sys.stdout.flush()
    except StriateError as error:
        print_error(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        print_error("interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe has gone; what Python would flush at the end must go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        print_error(f"{error.filename or 'file'}: {error.strerror or error}.")
        return BAD_INPUT
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="striate",
        description="Convolutional networks as tables: checked, built, trained, seen and shipped.",
        epilog="Exit codes: 0 done, 1 checked and found wrong, 2 bad usage or input, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"striate {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in VERBS:
        sub = verbs.add_parser(verb.NAME, help=verb.HELP, description=verb.DESCRIPTION)
        verb.add_arguments(sub)
        sub.set_defaults(run=verb.run)
    return parser
