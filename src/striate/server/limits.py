"""What a server takes on at once."""

import sys
from dataclasses import dataclass
from typing import final

from striate.errors import Fault, ServingError
from striate.errors.recipes import field_below


if sys.platform != "win32":
    import resource


READ_AT_ONCE = 64
"""Items that the network reads together, at most."""


HELD_BYTES = 512 * 2**20
"""Of all bodies on their way together, as long as one body may not be as large by itself."""


@final
@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds within which a server answers.

    Args:
        max_bytes: Of the body of one request.
        max_pixels: Of one picture; it is refused by its head, before it is decoded.
        max_items: Pictures or sentences of one request.
        queue: Items that wait to be read; beyond them requests are answered 429.
        timeout: Seconds that a request may take, its arrival and its answer each.
        window: Milliseconds that items wait for others, to be read together, at most.
        held_bytes: Of all bodies on their way together.
    """

    max_bytes: int = 32 * 2**20
    max_pixels: int = 50_000_000
    max_items: int = 256
    queue: int = 1024
    timeout: float = 30.0
    window: float = 4.0
    held_bytes: int = HELD_BYTES

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ServingError: One of them is too small for a single request.
        """
        least = {
            "max_bytes": 1024,
            "max_pixels": 1,
            "max_items": 1,
            "queue": self.max_items,
            "timeout": 0.1,
            "window": 0,
            "held_bytes": self.max_bytes,
        }
        faults: list[Fault] = [
            field_below(f"--{name.replace('_', '-')}", getattr(self, name), smallest)
            for name, smallest in least.items()
            if not getattr(self, name) >= smallest
        ]
        if faults:
            raise ServingError(*faults)


def most_connections() -> int:
    """Return how many connections may be open: files that the process may have, less those of its own."""
    if sys.platform == "win32":
        return _CONNECTIONS
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _CONNECTIONS if files < 0 else max(8, min(_CONNECTIONS, files - _OWN_FILES))


_CONNECTIONS = 4096
_OWN_FILES = 64
