"""How a bundle's document is read."""

from pathlib import Path

import pytest

import striate
from striate.documents import reader
from striate.errors import BundleError
from striate.prediction import load_bundle
from striate.prediction.bundle import save_bundle


CLASSES = tuple("0123456789")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    document = striate.load("lenet5")
    state = striate.build(document).state_dict()
    save_bundle(tmp_path, document, CLASSES, {"best": state, "last": state}, "")
    return tmp_path


def test_what_striate_wrote_is_read_without_what_reads_other_forms(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its patterns took longer to compile than a picture took to be predicted."""

    def asked(_: object) -> bool:
        pytest.fail("the tables of other people were asked for")

    expected = striate.load("lenet5").table.without_heads
    monkeypatch.setattr(reader, "is_foreign", asked)
    assert load_bundle(folder).document.table == expected


def test_what_somebody_changed_is_still_read_in_full_and_refused(folder: Path) -> None:
    readme = folder / "README.md"
    readme.write_text(readme.read_text("utf-8").replace("| 5x5 ", "| 3x3 "), "utf-8")
    with pytest.raises(BundleError):
        load_bundle(folder)
