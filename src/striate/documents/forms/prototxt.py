"""Read the text form of protocol buffers, in which Caffe's networks are written, into messages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import final

from striate.documents.patterns import pattern_of
from striate.errors import DocumentError
from striate.errors.forms import form_not_parsed


FORM = "Caffe prototxt"
_TOKEN = pattern_of(
    r"""\s*(?:\#.*
        |(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
        |(?P<word>[A-Za-z_][\w.]*)
        |(?P<number>[-+]?\.?\d[\w.+-]*)
        |(?P<mark>[{}<>:\[\],;])
        |(?P<other>\S))""",
    re.VERBOSE,
)
_DEEPEST = 20


@final
@dataclass
class Message:
    """A message: its fields in their order, each with the line on which it stands.

    Args:
        line: Line on which it begins.
        fields: (name, value, line); a value is a text, or a message.
        read: Names that somebody asked for.
    """

    line: int
    fields: list[tuple[str, "str | Message", int]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def texts(self, *names: str) -> list[str]:
        """Give the values of a repeated field that are no messages, under any of its names."""
        self.read.update(names)
        return [value for name, value, _ in self.fields if name in names and isinstance(value, str)]

    def text(self, *names: str) -> str | None:
        """Give the last value of a field, which is the one that counts; None if it is not there."""
        return next(reversed(self.texts(*names)), None)

    def messages(self, *names: str) -> list["Message"]:
        """Give the messages under a name."""
        self.read.update(names)
        return [
            value for name, value, _ in self.fields if name in names and isinstance(value, Message)
        ]

    def message(self, *names: str) -> "Message":
        """Give the last message under a name, or an empty one."""
        found = self.messages(*names)
        return found[-1] if found else Message(self.line)

    def unread(self) -> Iterator[tuple[str, int]]:
        """Name the fields that nobody asked for, with their lines."""
        told = set()
        for name, _, line in self.fields:
            if name not in self.read and name not in told:
                told.add(name)
                yield name, line


def parse(lines: tuple[str, ...], first_line: int) -> Message:
    """Parse a definition.

    Args:
        lines: Its text.
        first_line: Line of the document on which it begins.

    Returns:
        One message that holds everything.

    Raises:
        DocumentError: It is no text of a protocol buffer; the line is named.
    """
    root = Message(first_line)
    stack = [root]
    name, line, in_list = "", first_line, False
    for kind, value, line in _tokens(lines, first_line):
        holder = stack[-1]
        match kind, value:
            case "word", _ if not name:
                name = value
            case "mark", "{" | "<" if name and len(stack) < _DEEPEST:
                inner = Message(line)
                holder.fields.append((name, inner, line))
                stack.append(inner)
                name = ""
            case "mark", "}" | ">" if not name and not in_list and len(stack) > 1:
                stack.pop()
            case "mark", ":" if name:
                pass
            case "mark", "[" if name and not in_list:
                in_list = True
            case "mark", "]" if in_list:
                name, in_list = "", False
            case "mark", "," | ";" if in_list or not name:
                pass
            case (("text" | "word" | "number"), _) if name:
                holder.fields.append((name, value[1:-1] if kind == "text" else value, line))
                name = name if in_list else ""
            case _:
                needed = "`field: value` or `field { ... }`"
                raise DocumentError(form_not_parsed(FORM, f"{value!r} stands here", needed, line))
    if len(stack) > 1 or name:
        came = f"the text ends within what begins on line {stack[-1].line}"
        raise DocumentError(form_not_parsed(FORM, came, "a `}` for every `{`", line))
    return root


def _tokens(lines: tuple[str, ...], first_line: int) -> Iterator[tuple[str, str, int]]:
    for number, line in enumerate(lines, first_line):
        for found in _TOKEN.finditer(line):
            if found.lastgroup:
                yield found.lastgroup, found[found.lastgroup], number
