"""One command from its words to its exit code: verbs and flags that do not exist, and what nothing else has caught."""

import argparse
import io
import os
import re
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import NoReturn, final

from striate.cli import VERBS
from striate.cli.interruption import INTERRUPTED, ending_at_once
from striate.cli.terminal import print_error, print_json
from striate.errors import Fault, RankEchoError, StriateError, UsageError
from striate.errors.fault import SURELY, listed, nearest
from striate.errors.ranks import verb_for_one
from striate.errors.system import (
    flag_misused,
    memory_ran_out,
    name_not_text,
    no_output,
    no_such_flag,
    no_such_verb,
    refused_by_system,
    unforeseen,
    words_missing,
)
from striate.errors.words import Language, Words
from striate.system.files import meant_by
from striate.system.memory import without_collections
from striate.system.torchrun import started_together
from striate.version import __version__


DONE, BAD_INPUT, FAULT_OF_OURS = 0, 2, 70

_DEBUG = "--debug"

_GREETING = """Striate reads convolutional networks as people write them down, as tables. Begin with one of these:

  striate check lenet5                 compare every number of a published table with arithmetic
  striate train lenet5 --data mnist    train it; the digits come with Striate
  striate list                         name the networks that come with Striate
  striate --help                       name all verbs
"""


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, as `main` says."""
    has_output = _settle_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    is_debugging = _DEBUG in words
    try:
        return _run([word for word in words if word != _DEBUG], has_output=has_output)
    except RankEchoError:
        return BAD_INPUT
    except StriateError as error:
        asked = Words(_language_of(words))
        print_error("\n".join(map(asked.fault, error.faults)))
        _print_faults(words, error.faults)
        return BAD_INPUT
    except KeyboardInterrupt:
        print_error("interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        _leave_stdout()
        return DONE
    except OSError as error:
        _leave_stdout()
        fault = _refused(error)
        print_error(str(fault))
        _print_faults(words, (fault,))
        return BAD_INPUT
    except Exception as error:
        if is_debugging:
            raise
        fault, code = _told(error)
        print_error(str(fault))
        _print_faults(words, (fault,))
        return code


def _language_of(words: Sequence[str]) -> Language:
    """Return the language in which a command's errors are told, whatever else is wrong with it.

    It is what the command asks for, or else that of a document that it names, or else that of the machine.
    """
    asked = " ".join(words).replace("--language=", "--language ")
    if "--language " in asked:
        return "ko" if "--language ko" in asked else "en"
    named = (Path(word.partition("#")[0]) for word in words)
    if any(map(_is_korean, named)):
        return "ko"
    set_ones = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "ko" if next(filter(None, set_ones), "").startswith("ko") else "en"


def _is_korean(path: Path) -> bool:
    """Whether a file, or that of a run's folder, is a document in Korean."""
    from striate.documents.language import LEAST_SHARE, share_of_hangul

    try:  # a sentence may be too long for the name of a file
        path = path / "network.md" if path.is_dir() else path
        if path.suffix != ".md" or path.stat().st_size > _LARGEST_DOCUMENT:
            return False
        return share_of_hangul([path.read_text(encoding="utf-8")]) >= LEAST_SHARE
    except (OSError, ValueError):
        return False


_LARGEST_DOCUMENT = 10**6
"""Bytes of a document that is looked at for its language."""


def _print_faults(words: Sequence[str], faults: Sequence[Fault]) -> None:
    """Give faults to a program that asked for JSON, in one line, as `check` gives those of its documents."""
    if "--json" in words or {"--format", "json"} <= {*words} or "--format=json" in words:
        with suppress(OSError):  # where nothing can be printed, the error itself has said so
            print_json({"errors": [asdict(fault) for fault in faults]}, indent=None)


def _run(words: list[str], *, has_output: bool) -> int:
    if not has_output:
        raise UsageError(no_output())
    if not words:
        print(_GREETING, end="")
        return DONE
    with ending_at_once(), without_collections():
        parser = _parser(words)
    parsed, unknown = parser.parse_known_args(words)
    if unknown:
        raise UsageError(*(_unknown(word, parsed) for word in unknown if _is_told(word, unknown)))
    _check_ranks(parsed.verb)
    parsed.words = words
    code: int = parsed.run(parsed)
    sys.stdout.flush()
    return code


def _check_ranks(verb: str) -> None:
    """Make sure that torchrun has not started a verb several times over that is for one process."""
    count = started_together()
    if count == 1 or verb == "train":
        return
    fault = verb_for_one(verb, count)
    raise (UsageError if os.environ["RANK"] == "0" else RankEchoError)(fault)


def _told(error: Exception) -> tuple[Fault, int]:
    """Say what an error means that nothing has caught."""
    message = " ".join(str(error).split())
    if (
        isinstance(error, MemoryError)
        or "not enough memory" in message
        or "out of memory" in message
    ):
        return memory_ran_out(message or "a list grew too long"), BAD_INPUT
    if isinstance(error, UnicodeEncodeError) and "surrogates" in message:
        return name_not_text(repr(error.object[:100])), BAD_INPUT
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if _OURS in frame.filename
    ]
    place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "striate"
    return unforeseen(type(error).__name__, message, place), FAULT_OF_OURS


_OURS = str(Path(__file__).parent.parent)


def _settle_streams() -> bool:
    """Make sure that whatever is printed can be: streams may be closed, or of another encoding.

    Returns:
        Whether there is anywhere to print to.
    """
    has_output = sys.stdout is not None
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - until the end
            setattr(sys, name, nowhere)
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return has_output


def _leave_stdout() -> None:
    """Have what Python would still flush at the end go nowhere, once it can go no longer to its reader."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _refused(error: OSError) -> Fault:
    """Say which file the system refused; what is printed has no name, and fails where it is printed."""
    place, missing = meant_by(str(error.filename or "")), ""
    if place:
        folder = Path(place).parent
        missing = "" if folder.is_dir() else str(folder)
    elif Path(traceback.extract_tb(error.__traceback__)[-1].filename).parent.name in _PRINTS:
        place = "standard output"
    return refused_by_system(place, error.strerror or str(error), missing)


_PRINTS = {"rich", "cli"}
"""Rooms from which a verb prints."""


@final
class _Parser(argparse.ArgumentParser):
    """argparse, which names what it does not know, and what was meant by it."""

    def error(self, message: str) -> NoReturn:
        """Name what is wrong, with what is needed and what to do."""
        came = re.fullmatch(r"argument VERB: invalid choice: '(.*?)' \(choose from .*\)", message)
        if came is None:
            raise UsageError(_misused(self.prog, message))
        word = came.group(1)
        meant = _MEANT_VERBS.get(word.casefold()) or nearest(word, VERBS)
        raise UsageError(no_such_verb(word, meant, listed(VERBS)))


def _misused(verb: str, message: str) -> Fault:
    """Say in our words what argparse found."""
    missing = re.fullmatch(r"the following arguments are required: (.*)", message)
    if missing:
        return words_missing(verb, missing[1])
    either = re.fullmatch(r"one of the arguments (.*) is required", message)
    if either:
        return words_missing(verb, listed(either[1].split()))
    flag, _, problem = message.removeprefix("argument ").partition(": ")
    other = re.fullmatch(r"not allowed with argument (.*)", problem)
    chosen = re.fullmatch(r"invalid choice: (.*?) \(choose from (.*)\)", problem)
    kind = re.fullmatch(r"invalid (\w+) value: (.*)", problem)
    if other:
        came, needed = f"it stands beside {other[1]}.", "one of the two."
    elif chosen:
        names = listed(name.strip("' ") for name in chosen[2].split(","))
        came, needed = f"{chosen[1]} is none of its values.", f"one of {names}."
    elif kind:
        sort = {"int": "a whole number", "float": "a number"}.get(kind[1], "a value of its kind")
        came, needed = f"{kind[2]} is not understood.", f"{sort}."
    elif problem.startswith("expected"):
        came, needed = "its value is missing.", f"{problem.removeprefix('expected ')}."
    else:
        came, needed = f"{problem or message}.", "a value that the flag takes."
    return flag_misused(verb, flag, came, needed)


_MEANT_VERBS = {
    **dict.fromkeys(("fit", "learn", "finetune", "fine-tune"), "train"),
    **dict.fromkeys(("test", "eval", "score", "val"), "evaluate"),
    **dict.fromkeys(("infer", "inference", "classify", "detect"), "predict"),
    **dict.fromkeys(("verify", "validate", "lint"), "check"),
    **dict.fromkeys(("plot", "diagram", "render"), "draw"),
    **dict.fromkeys(("info", "describe", "params"), "summary"),
    **dict.fromkeys(("visualize", "visualise", "inspect", "view"), "see"),
    **dict.fromkeys(("deploy", "server"), "serve"),
    **dict.fromkeys(("upload", "publish"), "push"),
    **dict.fromkeys(("ls", "networks", "models"), "list"),
    **dict.fromkeys(("benchmark", "profile", "time"), "bench"),
    **dict.fromkeys(("translate", "transform"), "convert"),
}
"""What other programs call a verb, beside its name here."""

_MEANT = {
    "--lr": "--learning-rate",
    "--rate": "--learning-rate",
    "--bs": "--batch-size",
    "--batch": "--batch-size",
    "--wd": "--weight-decay",
    "--opt": "--optimizer",
    "--dataset": "--data",
    "--out": "--output",
    "--val": "--validation",
    "--val-split": "--validation",
    "--jobs": "--threads",
    "--workers": "--threads",
    "--num-workers": "--threads",
    "--patience": "--early-stopping",
    "--random-seed": "--seed",
    "--pretrained": "--from",
    "--weights": "--from",
    "--init-from": "--from",
    "--class-weighting": "--class-weights balanced",
    "--oversample": "--sampling balanced",
    "--smoothing": "--label-smoothing",
    "--model-ema": "--ema-decay",
    "--logdir": "--tensorboard",
    "--log-dir": "--tensorboard",
    "--lr-find": "--find-rate",
    "--lr-finder": "--find-rate",
    "--repeats": "--seeds",
    "--runs": "--seeds",
    "--amp": "--precision bf16",
    "--fp16": "--precision bf16",
    "--gpu": "--device cuda",
    "--cuda": "--device cuda",
}
"""What other programs call a flag, beside its name here."""


def _unknown(word: str, parsed: argparse.Namespace) -> Fault:
    flag = word.split("=", maxsplit=1)[0]
    known: list[str] = parsed.flags
    meant = _MEANT.get(flag.replace("_", "-"))
    if meant is None or meant.split()[0] not in known:
        meant = nearest(flag, known, SURELY) if flag.startswith("--") else None
    return no_such_flag(word if flag == word else flag, parsed.verb, meant)


def _is_told(word: str, unknown: list[str]) -> bool:
    """Whether a word is named: the value behind a flag that is not known is not."""
    before = unknown[unknown.index(word) - 1] if unknown.index(word) else ""
    return word.startswith("-") or not before.startswith("-")


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Make a parser of the verb that is asked for, or of all of them: most need rooms that others do not."""
    first = next((word for word in words if not word.startswith("-")), "")
    names = [first] if first in VERBS else list(VERBS)
    parser = _Parser(
        prog="striate",
        description="Convolutional networks as tables: checked, built, trained, seen and shipped.",
        epilog="Exit codes: 0 done, 1 checked and found wrong, 2 bad usage or input, 70 a fault of "
        "Striate itself, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"striate {__version__}")
    parser.add_argument(
        _DEBUG, action="store_true", help="show the traceback of a fault of Striate itself"
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name in names:
        verb = import_module(f"striate.cli.{VERBS[name]}")
        sub = verbs.add_parser(name, help=verb.HELP, description=verb.DESCRIPTION)
        verb.add_arguments(sub)
        flags = [flag for action in sub._actions for flag in action.option_strings]
        sub.set_defaults(run=verb.run, verb=name, flags=flags)
    return parser
