"""Fashion-MNIST: found where Debian puts it, fetched only when asked, never taken for another's files."""

import gzip
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import final

import pytest

from fashion_files import need_fashion
from striate.data import Source, fetch, load_source
from striate.data.sources import fashion, fetching
from striate.data.user_files import read_unpacked
from striate.errors import DataError


STEMS = tuple(fashion.DIGESTS)


@final
class Site:
    """A server of files on this machine, which counts what it is asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.moved: dict[str, str] = {}
        self.asked: list[str] = []
        site = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                if self.path in site.moved:
                    self.send_response(302)
                    self.send_header("Location", site.moved[self.path])
                    self.end_headers()
                    return
                content = site.files.get(self.path)
                self.send_response(404 if content is None else 200)
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    """A server whose files stand for the published ones, and an empty cache."""
    made = Site()
    digests = {}
    for number, stem in enumerate(STEMS):
        content = bytes([number]) * 5000
        digests[stem] = sha256(content).hexdigest()
        made.files[f"/{stem}.gz"] = gzip.compress(content)
    monkeypatch.setattr(fashion, "DIGESTS", digests)
    monkeypatch.setattr(fashion, "ADDRESS", made.address)
    monkeypatch.setattr(fetching, "SCHEMES", ("https", "http"))
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture(scope="module")
def source() -> Source:
    need_fashion()
    return load_source("fashion-mnist")


def refused(name: str = "fashion-mnist") -> str:
    with pytest.raises(DataError) as caught:
        fetch(name)
    return str(caught.value)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_has_its_published_sizes_and_names(source: Source) -> None:
    assert source.train.images.shape == (60_000, 1, 28, 28)
    assert source.test.images.shape == (10_000, 1, 28, 28)
    assert source.train.labels.bincount().tolist() == [6000] * 10
    assert source.test.labels.bincount().tolist() == [1000] * 10
    assert source.train.labels[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    assert source.test.labels[:10].tolist() == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]
    assert source.classes[0] == "T-shirt/top"
    assert source.classes[9] == "Ankle boot"


def test_its_folder_is_the_same_data_set_with_the_same_names(source: Source) -> None:
    folder = load_source(str(fashion.DEBIAN))
    assert folder.classes == source.classes
    assert folder.train.images.equal(source.train.images)


def test_other_labels_are_not_taken_for_its_own() -> None:
    assert load_source("mnist").classes == tuple("0123456789")


def test_where_it_is_missing_the_message_gives_three_ways(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fashion, "DEBIAN", tmp_path / "nowhere")
    with pytest.raises(DataError) as caught:
        load_source("fashion-mnist")
    assert str(caught.value) == (
        f"fashion-mnist: its files are neither in {tmp_path / 'nowhere'} nor in the cache folder.\n"
        "  Needed: its four IDX files.\n"
        "  Fix: install them with `apt-get install dataset-fashion-mnist`, or download them with "
        "`striate data fetch fashion-mnist`, or give the folder they lie in: `--data FOLDER`."
    )


def test_altered_files_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Source
) -> None:
    assert source.name == "fashion-mnist"
    for stem in STEMS:
        (tmp_path / f"{stem}.gz").symlink_to(fashion.DEBIAN / f"{stem}.gz")
    altered = tmp_path / f"{STEMS[1]}.gz"
    content = read_unpacked(altered)
    content[-1] ^= 1
    altered.unlink()
    altered.write_bytes(gzip.compress(content))
    monkeypatch.setattr(fashion, "DEBIAN", tmp_path)
    with pytest.raises(DataError) as caught:
        load_source("fashion-mnist")
    assert str(caught.value) == (
        f"{altered}: its content is not that of fashion-mnist.\n"
        "  Needed: the file as it was published: its SHA-256 is known.\n"
        "  Fix: remove it and write `striate data fetch fashion-mnist`."
    )


def test_the_four_files_are_fetched_once(site: Site, tmp_path: Path) -> None:
    said: list[str] = []
    folder = fetch("fashion-mnist", said.append)
    assert folder == tmp_path / "cache" / "fashion-mnist"
    assert names(folder) == {f"{stem}.gz" for stem in STEMS}
    for stem in STEMS:
        assert (folder / f"{stem}.gz").read_bytes() == site.files[f"/{stem}.gz"]
    assert len(said) == len(site.asked) == 4
    fetch("fashion-mnist", said.append)
    assert len(site.asked) == 4
    assert said[4:] == [f"{folder / stem}.gz: already there." for stem in STEMS]


def test_what_was_fetched_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Source
) -> None:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path))
    (tmp_path / "fashion-mnist").symlink_to(fashion.DEBIAN)
    monkeypatch.setattr(fashion, "DEBIAN", tmp_path / "nowhere")
    assert load_source("fashion-mnist").test.images.equal(source.test.images)


def test_a_wrong_and_a_missing_file_are_named_and_the_others_are_kept(site: Site) -> None:
    wrong, missing = (f"{site.address}/{stem}.gz" for stem in STEMS[:2])
    site.files[f"/{STEMS[0]}.gz"] = b"<html>Please log in</html>"
    del site.files[f"/{STEMS[1]}.gz"]
    assert refused() == (
        f"{wrong}: 26 bytes came, and they are not the published file.\n"
        "  Needed: the file as it was published: its SHA-256 is known.\n"
        "  Fix: try again; a network that asks to log in may have answered in its place.\n"
        f"{missing}: it cannot be downloaded: HTTP Error 404: Not Found.\n"
        "  Needed: a connection to this address.\n"
        "  Fix: try again later, or download the file elsewhere and give its folder."
    )
    assert names(fashion.fetched_folder()) == {f"{stem}.gz" for stem in STEMS[2:]}


def test_more_than_the_limit_is_not_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 10)
    assert refused().startswith(f"{site.address}/{STEMS[0]}.gz: 11 bytes came")


def test_nothing_is_fetched_without_encryption(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SCHEMES", ("https",))
    assert refused().startswith(
        f"{site.address}/{STEMS[0]}.gz: the address is not encrypted.\n"
        "  Needed: an address that begins with https.\n"
        "  Fix: download the file yourself, and give its folder.\n"
    )
    assert site.asked == []


def test_a_redirection_to_an_address_that_is_not_encrypted_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.moved = {f"/{stem}.gz": f"http://127.0.0.1:1/{stem}" for stem in STEMS}
    given = fetching._refuse_insecure

    def refuse_the_second(address: str) -> None:
        monkeypatch.setattr(fetching, "SCHEMES", ("https",) if ":1/" in address else ("http",))
        given(address)

    monkeypatch.setattr(fetching, "_refuse_insecure", refuse_the_second)
    assert f"http://127.0.0.1:1/{STEMS[0]}: the address is not encrypted." in refused()


def test_the_public_address_is_encrypted() -> None:
    assert fashion.ADDRESS.startswith("https://")


def test_no_connection_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fashion, "ADDRESS", "http://127.0.0.1:1")
    text = refused()
    assert text.count("it cannot be downloaded: Connection refused.") == 4
    assert site.asked == []


def test_an_unknown_name_is_named_with_the_nearest_one() -> None:
    assert refused("fashion-mnst") == (
        "data: 'fashion-mnst' is no data set that Striate can download.\n"
        "  Needed: fashion-mnist.\n"
        "  Fix: write 'fashion-mnist'."
    )
    assert refused("imagenet").endswith("Fix: download it yourself, and give its folder.")
