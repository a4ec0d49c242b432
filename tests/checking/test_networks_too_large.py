"""Networks whose numbers do not fit into the memory of the machine."""

from pathlib import Path

import pytest

from striate import Convolution, FullyConnected, Input, Row, Table, build, check, document_of
from striate.checking import memory
from striate.errors import DocumentError
from striate.system import memory as system_memory


def table(units: int) -> Table:
    rows = (Row("I", Input.image(1, 9, 9)), Row("C", Convolution(2, 3)))
    return Table((*rows, Row("O", FullyConnected(units), "softmax")))


def test_a_network_larger_than_memory_is_told_by_check_and_never_built() -> None:
    # 98 + 1 numbers a unit and 4 bytes a number: about 369 GiB.
    huge = document_of(table(999_999_999))
    (remark,) = check(huge).remarks
    assert remark.text.startswith("Its numbers take 368.8 GiB")
    assert check(huge).agrees
    with pytest.raises(DocumentError, match="GiB of memory are free here"):
        build(huge)


def test_numbers_that_just_fit_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    document = document_of(table(3))
    needed = 4 * (2 * (9 + 1) + 3 * (98 + 1))
    monkeypatch.setattr(memory, "available_memory", lambda: needed)
    assert check(document).remarks == ()
    build(document)
    monkeypatch.setattr(memory, "available_memory", lambda: needed - 1)
    assert len(check(document).remarks) == 1
    with pytest.raises(DocumentError):
        build(document)


def test_a_system_that_does_not_say_keeps_nothing_from_being_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(system_memory, "_MEMORY_INFO", tmp_path / "none")
    monkeypatch.setattr(system_memory, "_GROUP_LIMITS", ())
    assert system_memory.available_memory() is None
    assert memory.memory_fault(document_of(table(999_999_999)).walk) is None


def test_the_limit_of_a_container_counts_where_it_is_lower(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = ("info", "limit", "used")
    info, limit, used = (tmp_path / name for name in names)
    monkeypatch.setattr(system_memory, "_MEMORY_INFO", info)
    monkeypatch.setattr(system_memory, "_GROUP_LIMITS", ((limit, used),))
    info.write_text("MemTotal: 9000 kB\nMemAvailable:    4000 kB\n", encoding="ascii")
    limit.write_text("max\n", encoding="ascii")
    used.write_text("1000\n", encoding="ascii")
    assert system_memory.available_memory() == 4000 * 1024
    limit.write_text("501000\n", encoding="ascii")
    assert system_memory.available_memory() == 500_000
