"""A page on this machine that shows a network live: other pictures, other weights, other rows, and a run as it learns."""

from striate.page.server import PageServer
from striate.page.session import Session
from striate.page.training import RunWatch


__all__ = ["PageServer", "RunWatch", "Session"]
