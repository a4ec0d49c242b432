"""`striate completion`: verbs and flags at the press of a key."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import final


HELP = "print what completes verbs and flags in a shell"
DESCRIPTION = (
    "Print a script that has bash, zsh or fish complete verbs, flags and their values. Nothing is installed: "
    "`source <(striate completion bash)` in ~/.bashrc does it, the same with zsh in ~/.zshrc, and "
    "`striate completion fish | source` in config.fish."
)

_SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("shell", choices=_SHELLS, help="the shell that reads it")


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    known = list(_verbs())
    print(_fish(known) if arguments.shell == "fish" else _bash(known, arguments.shell), end="")
    return 0


@final
@dataclass(frozen=True, slots=True)
class _Verb:
    """A verb with what may follow it."""

    name: str
    told: str
    flags: dict[str, str] = field(default_factory=dict)
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()


def _verbs() -> Iterator[_Verb]:
    from striate.cli import VERBS
    from striate.networks import network_names

    for name, module in VERBS.items():
        verb = import_module(f"striate.cli.{module}")
        parser = argparse.ArgumentParser(add_help=False)
        verb.add_arguments(parser)
        found = _Verb(name, verb.HELP)
        words: list[str] = []
        for action in parser._actions:
            choices = tuple(map(str, action.choices or ()))
            if not action.option_strings:
                words += choices
            for flag in action.option_strings:
                found.flags[flag] = (action.help or "").replace("%%", "%")
                if choices:
                    found.values[flag] = choices
        first = next((action.dest for action in parser._actions if not action.option_strings), "")
        if first == "network":
            words += network_names()
        yield _Verb(name, verb.HELP, found.flags, found.values, tuple(words))


def _bash(known: list[_Verb], shell: str) -> str:
    """Write the script of bash, which zsh reads as well."""
    lines = ["# Completes striate; made by striate completion."]
    if shell == "zsh":
        lines += [
            "autoload -U +X compinit && compinit -u",
            "autoload -U +X bashcompinit && bashcompinit",
        ]
    lines += [
        "_striate() {",
        "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=",
        "  if [ $COMP_CWORD -eq 1 ]; then",
        f"    words='{' '.join(verb.name for verb in known)} --help --version'",
        "  else case ${COMP_WORDS[1]},$before in",
    ]
    for verb in known:
        lines += [
            f"    {verb.name},{flag}) words='{' '.join(values)}';;"
            for flag, values in verb.values.items()
        ]
    lines += ["    *) case ${COMP_WORDS[1]},$word in"]
    for verb in known:
        lines += [f"      {verb.name},-*) words='{' '.join([*verb.flags, '--help'])}';;"]
        if verb.words:
            lines += [f"      {verb.name},*) words='{' '.join(verb.words)}';;"]
    lines += [
        "    esac;;",
        "  esac; fi",
        '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
        "}",
        # Where no word fits, files do.
        "complete -o default -F _striate striate",
    ]
    return "\n".join(lines) + "\n"


def _fish(known: list[_Verb]) -> str:
    """Write the script of fish."""
    lines = ["# Completes striate; made by striate completion."]
    for verb in known:
        lines.append(
            f"complete -c striate -n __fish_use_subcommand -f -a {verb.name} -d {_quoted(verb.told)}"
        )
        here = f"-n '__fish_seen_subcommand_from {verb.name}'"
        if verb.words:
            lines.append(f"complete -c striate {here} -a {_quoted(' '.join(verb.words))}")
        for flag, told in verb.flags.items():
            form = f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
            values = verb.values.get(flag)
            follows = f" -x -a {_quoted(' '.join(values))}" if values else ""
            lines.append(f"complete -c striate {here} {form}{follows} -d {_quoted(told[:70])}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
