"""Which tests are run: all, or the quick part; what they share is in `shared_fixtures.py`."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest


SLOW = Path(__file__).with_name("slow.txt")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help=f"leave out the tests of {SLOW.name}")


def pytest_configure(config: pytest.Config) -> None:
    """Load what tests share where tests run: the process that only hands them out to others needs no torch."""
    config.pluginmanager.register(Chosen(config))
    # Of the terminal of whoever runs the tests, and set by xdist: what is printed would be as wide.
    os.environ.pop("COLUMNS", None)
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        config.pluginmanager.import_plugin("shared_fixtures")


class Chosen:
    """Which files and tests are collected, in `tests` and in `src`.

    Args:
        config: Whether the quick part was asked for.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.root = config.rootpath
        self.slow = frozenset[str]()
        if config.getoption("--quick"):
            lines = SLOW.read_text("utf-8").splitlines()
            self.slow = frozenset(line for line in lines if not line.startswith("#"))

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Do not even import a file of which all tests are slow."""
        if not self.slow or not collection_path.is_relative_to(self.root):
            return None
        name = ".".join(collection_path.relative_to(self.root).with_suffix("").parts)
        return True if name in self.slow else None

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """Look for examples in docstrings only where a file has one: looking takes longer than running them."""
        found = yield
        if file_path.suffix == ".py" and ">>>" not in file_path.read_text("utf-8"):
            return [collector for collector in found if type(collector) is pytest.Module]
        return found

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leave out what `scripts/slow_tests.py` found slow."""
        left_out = [item for item in items if plain_name(item) in self.slow]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if plain_name(item) not in self.slow]


def plain_name(item: pytest.Item) -> str:
    """Give the name of a test as a report of pytest has it, without its parameters."""
    file, *names = item.nodeid.partition("[")[0].split("::")
    return ".".join((file.removesuffix(".py").replace("/", "."), *names))
