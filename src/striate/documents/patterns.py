"""Regular expressions that are compiled when they are first used."""

import re
from typing import Any, cast, final


def pattern_of(text: str, flags: int = 0) -> re.Pattern[str]:
    """Give a regular expression that is compiled at its first use.

    There are hundreds, and to compile them takes longer than to read most documents, which need a few of them.

    >>> pattern_of(r"C[1-5]").fullmatch("C3").group()
    'C3'
    """
    return cast("re.Pattern[str]", _Uncompiled(text, flags))


@final
class _Uncompiled:
    """Stands for a regular expression, and takes each of its methods over when it is first asked for."""

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags
        self._compiled: re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> Any:
        if self._compiled is None:
            self._compiled = re.compile(self._text, self._flags)
        found = getattr(self._compiled, name)
        setattr(self, name, found)  # the next use goes to it at once
        return found
