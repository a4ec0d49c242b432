"""Send a bundle to the hub, once somebody has asked for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

from striate.errors import BundleError
from striate.errors.hub import hub_not_reached, not_taken, repository_holds_others
from striate.hub.card import card_of
from striate.prediction import Bundle, load_bundle
from striate.prediction.hub_bundles import (
    HUB_FILES,
    checked_repository,
    hub_endpoint,
    hub_library,
    is_unreachable,
    problem_of,
)


_SHOWN = 5
_OF_THE_HUB = {".gitattributes"}


@final
@dataclass(frozen=True, slots=True)
class Pushed:
    """What was sent, or would be.

    Args:
        address: Of the repository; of the commit once it is there.
        files: Names there and sizes in bytes.
        is_private: Whether nobody else sees it.
    """

    address: str
    files: dict[str, int]
    is_private: bool


def contents_of(bundle: Bundle, repository: str) -> dict[str, bytes]:
    """Return the files that make up a bundle on the hub.

    Args:
        bundle: From a folder.
        repository: `owner/name`.
    """
    folder = bundle.folder
    text = folder / "network.md"
    text = text if text.is_file() else folder / "README.md"
    contents = {"network.md": text.read_bytes()}
    for name in HUB_FILES[1:]:
        if (folder / name).is_file():
            contents[name] = (folder / name).read_bytes()
    contents["README.md"] = card_of(bundle, repository, _result(text)).encode()
    return contents


def _result(file: Path) -> str:
    """Return what training has written behind the document of a bundle."""
    text = file.read_text(encoding="utf-8")
    _, heading, rest = text.rpartition("\n## Result")
    return rest.partition("\n")[2].strip() if heading else ""


def push(
    bundle: Bundle | str | Path, repository: str, *, is_public: bool = False, is_sent: bool = True
) -> Pushed:
    """Send a bundle to a repository of the hub, which is made where there is none.

    Args:
        bundle: A trained network, or its folder.
        repository: `owner/name`.
        is_public: Whether everybody may see a repository that is made for it; one that is there stays as it is.
        is_sent: False only says what would be sent.

    Raises:
        BundleError: It is no bundle, the library is missing, the repository holds something else, or the hub does not
            take it.
    """
    checked_repository(repository)
    loaded = bundle if isinstance(bundle, Bundle) else load_bundle(bundle)
    contents = contents_of(loaded, repository)
    sizes = {name: len(content) for name, content in contents.items()}
    if not is_sent:
        return Pushed(repository, sizes, not is_public)
    library = hub_library(repository)
    api = library.HfApi(endpoint=hub_endpoint(), library_name="striate")
    with _told_as_faults(repository):
        api.create_repo(repository, private=not is_public, exist_ok=True)
        there = set(api.list_repo_files(repository)) - _OF_THE_HUB
    if there and "network.md" not in there:
        raise BundleError(repository_holds_others(repository, sorted(there)[:_SHOWN]))
    with _told_as_faults(repository):
        done = api.create_commit(
            repository,
            [
                library.CommitOperationAdd(path_in_repo=name, path_or_fileobj=content)
                for name, content in contents.items()
            ],
            commit_message=f"Add {loaded.document.name}",
        )
        is_private = bool(api.model_info(repository).private)
    return Pushed(str(done.commit_url), sizes, is_private)


@contextmanager
def _told_as_faults(repository: str) -> Iterator[None]:
    try:
        yield
    # Broad, because the library raises what its own client of HTTP raises, which changes with its versions.
    except Exception as error:
        told = hub_not_reached if is_unreachable(error) else not_taken
        raise BundleError(told(repository, problem_of(error))) from error
