"""docs/gallery.md: its commands are ones that exist, and its pictures are there, small, and named once."""

import argparse
import importlib
import importlib.util
import shlex
from pathlib import Path
from types import ModuleType

import PIL.Image
import pytest

from striate import cli
from striate.documents import read_file


ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gallery.md").read_text("utf-8")
MOST_BYTES = 3_000_000


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "scripts" / "gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GALLERY = script()


@pytest.mark.parametrize("command", GALLERY.COMMAND.findall(PAGE))
def test_every_command_is_one(command: str) -> None:
    verb, *words = shlex.split(command)
    parser = argparse.ArgumentParser()
    importlib.import_module(f"striate.cli.{cli.VERBS[verb]}").add_arguments(parser)
    assert vars(parser.parse_args(words))


def test_every_picture_is_there_and_all_together_are_small() -> None:
    places = [place for place, _ in GALLERY.PICTURE.findall(PAGE)]
    assert len(places) == len(set(places)) == PAGE.count("![")
    files = [ROOT / "docs" / place for place in places]
    for file in files:
        with PIL.Image.open(file) as picture:
            assert min(picture.size) > 100
    assert sum(file.stat().st_size for file in files) < MOST_BYTES
    assert {file.name for file in (ROOT / "docs" / "pictures" / "gallery").iterdir()} == {
        file.name for file in files
    }


def test_a_picture_keeps_what_it_shows(tmp_path: Path) -> None:
    PIL.Image.new("RGB", (2200, 100), (10, 200, 30)).save(tmp_path / "wide.png")
    (tmp_path / "small.png").write_bytes(GALLERY.small(tmp_path / "wide.png"))
    with PIL.Image.open(tmp_path / "small.png") as picture:
        assert picture.size == (1100, 50)
        assert picture.convert("RGB").getpixel((500, 20)) == (10, 200, 30)


def test_a_color_of_one_small_place_stays_as_it_is(tmp_path: Path) -> None:
    shades = PIL.Image.linear_gradient("L").resize((600, 600)).convert("RGB")
    shades.paste((224, 236, 217), (300, 300, 306, 320))
    shades.save(tmp_path / "drawn.png")
    (tmp_path / "small.png").write_bytes(GALLERY.small(tmp_path / "drawn.png"))
    with PIL.Image.open(tmp_path / "small.png") as picture:
        found = picture.convert("RGB").crop((303, 310, 304, 311)).tobytes()
        assert max(abs(one - other) for one, other in zip(found, (224, 236, 217), strict=True)) < 9


def test_the_code_of_the_page_is_a_network(tmp_path: Path) -> None:
    found = GALLERY.CODE.findall(PAGE)
    assert [name for name, _ in found] == ["residual.py", "stranger.md"]
    for name, code in found:
        (tmp_path / name).write_text(code, "utf-8")
        (document,) = read_file(tmp_path / name)
        assert document.sound_walk().trunk[-1].output is not None
