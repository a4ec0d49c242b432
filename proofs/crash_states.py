"""Replays what a power cut may leave: `python -m proofs.crash_states --full`.

The operations of real commands on their files are recorded, and for each moment every state is made that a file system
may show after a cut there, as ALICE does (Pillai et al., OSDI 2014): what was written and not flushed is lost, cut in half
or zero, and what was done to the names of a folder since it was last flushed is lost or not, each for itself. A state must
hold complete versions alone: the old one or the new one; what is neither must be refused by name. Where there was a whole
run before, it must load. A part of the states is also taken up again, and must end with the bytes of an undisturbed run.
"""

import hashlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from tempfile import TemporaryDirectory
from typing import final

from proofs.kills import Stage
from proofs.records import Record, arguments
from proofs.scenes import fresh, scenes
from proofs.watched import Aim, preloaded


_TAKEN_UP, _QUICK = 60, 40
LOST, HALF, ZERO = "lost", "half", "zero"


@final
@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the record."""

    kind: str
    path: str
    other: str
    offset: int
    data: bytes


@final
@dataclass(slots=True)
class Node:
    """A file or a folder, whatever its name is."""

    entries: dict[str, "Node"] | None = None
    base: bytes = b""


@final
@dataclass(slots=True)
class Effect:
    """What an operation does on the disk, and when it is there for sure.

    Args:
        at: Its place in the record.
        node: The file that is written, or the folder whose names change.
        data: Place and bytes of a write; None for names, and the size for a file that is cut.
        names: What names of the folder stand for afterwards; None where they are gone.
        flushed: Place of the flush after which nothing can be lost.
    """

    at: int
    node: Node
    data: tuple[int, bytes] | int | None = None
    names: dict[str, Node | None] = field(default_factory=dict)
    flushed: int | None = None


@final
class History:
    """A folder and what was done in it, as nodes, so that any part of it can be left out."""

    def __init__(self, root: Path, beginning: Path, log: Path, *, has_flushes: bool = True) -> None:
        self.root, self.has_flushes = str(root), has_flushes
        self.operations = list(_read(log))
        self.effects: list[Effect] = []
        self.start = _node(beginning) if beginning.is_dir() else Node({})
        # The names as they are once all operations so far are done, by which later ones are understood.
        self._names: dict[int, dict[str, Node]] = {}
        for at, one in enumerate(self.operations, start=1):
            self._follow(at, one)

    def _entries(self, folder: Node) -> dict[str, Node]:
        return self._names.setdefault(id(folder), dict(folder.entries or {}))

    def _find(self, path: str) -> tuple[Node, str]:
        """Give the folder of a path as it is now, and the last part of its name."""
        parts = path.removeprefix(self.root).strip("/").split("/")
        folder = self.start
        for part in parts[:-1]:
            folder = self._entries(folder)[part]
        return folder, parts[-1]

    def _follow(self, at: int, one: Operation) -> None:
        if one.path == self.root:
            if one.kind == "flush":
                self._flush(at, self.start)
            return
        folder, name = self._find(one.path)
        names = self._entries(folder)
        changed: dict[str, Node | None] = {}
        match one.kind:
            case "create" | "truncate" | "mkdir":
                if name not in names:
                    changed = {name: Node({} if one.kind == "mkdir" else None)}
                elif one.kind == "truncate":
                    self.effects.append(Effect(at, names[name], 0))
            case "write":
                self.effects.append(Effect(at, names[name], (one.offset, one.data)))
            case "cut":
                self.effects.append(Effect(at, names[name], one.offset))
            case "flush":
                self._flush(at, names[name])
            case "rename":
                changed = {self._find(one.other)[1]: names[name], name: None}
            case "exchange":
                second = self._find(one.other)[1]
                changed = {second: names[name], name: names[second]}
            case "unlink" | "rmdir":
                changed = {name: None}
            case other:
                raise ValueError(other)
        if changed:
            self.effects.append(Effect(at, folder, None, changed))
            _rename(names, changed)

    def _flush(self, at: int, node: Node) -> None:
        for effect in self.effects:
            if effect.node is node and effect.flushed is None and self.has_flushes:
                effect.flushed = at

    def states(self) -> Iterator[tuple[str, dict[int, str]]]:
        """Give each state: what it is called, and which effects are lost how; none beyond the cut are there."""
        for cut in range(len(self.operations) + 1):
            done = [number for number, one in enumerate(self.effects) if one.at <= cut]
            beyond = {
                number: LOST for number in range(len(self.effects)) if number not in set(done)
            }
            open_ = [n for n in done if (self.effects[n].flushed or cut + 1) > cut]
            yield f"cut after {cut}, all there", beyond
            for mode in (LOST, HALF, ZERO):
                yield f"cut after {cut}, all unflushed {mode}", beyond | dict.fromkeys(open_, mode)
                for one in open_:
                    yield f"cut after {cut}, effect {one} {mode}", beyond | {one: mode}
                    others = dict.fromkeys((n for n in open_ if n != one), mode)
                    yield f"cut after {cut}, effect {one} alone there, else {mode}", beyond | others

    def build(self, lost: dict[int, str]) -> dict[str, bytes | None]:
        """Give the files of a state by their paths; None for a folder."""
        names = {id(self.start): dict(self.start.entries or {})}
        contents: dict[int, bytearray] = {}
        for number, effect in enumerate(self.effects):
            mode = lost.get(number)
            if effect.data is None:
                if mode is None:
                    _rename(
                        names.setdefault(id(effect.node), dict(effect.node.entries or {})),
                        effect.names,
                    )
                continue
            if mode == LOST:
                continue
            content = contents.setdefault(id(effect.node), bytearray(effect.node.base))
            if isinstance(effect.data, int):
                if mode is None:
                    del content[effect.data :]
                continue
            offset, data = effect.data
            kept = (
                data[: len(data) // 2]
                if mode == HALF
                else bytes(len(data))
                if mode == ZERO
                else data
            )
            content.extend(bytes(max(0, offset + len(kept) - len(content))))
            content[offset : offset + len(kept)] = kept
        found: dict[str, bytes | None] = {}
        _walk(self.start, "", names, contents, found)
        return found


def _rename(names: dict[str, Node], changed: dict[str, Node | None]) -> None:
    for name, node in changed.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def _walk(
    node: Node,
    path: str,
    names: dict[int, dict[str, Node]],
    contents: dict[int, bytearray],
    found: dict[str, bytes | None],
) -> None:
    for name, below in names.get(id(node), node.entries or {}).items():
        place = f"{path}/{name}".lstrip("/")
        if below.entries is None:
            found[place] = bytes(contents.get(id(below), below.base))
        else:
            found[place] = None
            _walk(below, place, names, contents, found)


def _node(folder: Path) -> Node:
    return Node(
        {
            path.name: _node(path) if path.is_dir() else Node(None, path.read_bytes())
            for path in folder.iterdir()
        }
    )


def _read(log: Path) -> Iterator[Operation]:
    with Path(f"{log}.data").open("rb") as data:
        for line in log.read_text("utf-8").splitlines():
            kind, path, other, offset, size = line.split("\t")
            yield Operation(
                kind, path, other, int(offset), data.read(int(size)) if kind == "write" else b""
            )


def main() -> int:
    """Replay the states of each command."""
    library = preloaded("proofs.crash_states")
    asked = arguments(__doc__)
    record = Record("crash states", "python -m proofs.crash_states --full", asked.seed)
    with TemporaryDirectory(prefix="striate-crash-") as folder:
        chosen = scenes() if asked.full else scenes()[-1:]
        for scene in chosen:
            replay(
                Stage(scene, Path(folder), library, record), record, asked.seed, is_full=asked.full
            )
    return record.finish(is_full=asked.full)


def replay(stage: Stage, record: Record, seed: int, *, is_full: bool) -> None:
    """Make every state of one command, and hold it against the promise."""
    log = stage.place.parent / "operations.log"
    fresh(stage.beginning, stage.place)
    ended = stage.scene.run(stage.runner, Aim(stage.watched, log=log))
    history = History(stage.watched, stage.beginning / stage.scene.watched, log)
    whole = _files(history.build({}))
    there = {
        str(path.relative_to(stage.watched)): path.read_bytes()
        for path in stage.watched.rglob("*")
        if path.is_file()
    }
    if ended.code or whole != there:  # the record would not be what was done
        raise RuntimeError(stage.scene.name)
    complete = _versions(history)
    states: dict[str, tuple[str, dict[str, bytes | None]]] = {}
    for name, lost in history.states():
        files = history.build(lost)
        key = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
        states.setdefault(key, (name, files))
        record.count(f"states: {stage.scene.name}")
    record.count(f"different states: {stage.scene.name}", len(states))
    # Were nothing flushed, some states would have to be torn: else this proof could not fail.
    careless = History(stage.watched, stage.beginning / stage.scene.watched, log, has_flushes=False)
    if not any(_torn(careless.build(lost), complete) for _, lost in careless.states()):
        record.fail(f"{stage.scene.name}: even without its flushes no state is torn")
    chosen = list(states.values())
    if not is_full:
        chosen = Random(seed).sample(chosen, min(_QUICK, len(chosen)))
    taken_up = Random(seed).sample(
        range(len(chosen)), min(_TAKEN_UP if is_full else 3, len(chosen))
    )
    for number, (name, files) in enumerate(chosen):
        case = f"{stage.scene.name}, {name}"
        torn = _torn(files, complete)
        if torn:
            record.count("states with a file that is neither the old nor the new one")
        if torn or number in taken_up:
            _lay_out(stage, files)
            stage.look(case)
            record.count("states that were taken up again")


def _torn(files: dict[str, bytes | None], complete: dict[str, set[bytes]]) -> list[str]:
    """Name the files of a state that are no complete version of what has its name."""
    return [
        path
        for path, data in files.items()
        if data is not None
        and not _is_aside(path)
        and hashlib.sha256(data).digest() not in complete.get(path, set())
    ]


def _is_aside(path: str) -> bool:
    """Whether a file lies where nothing is read: under a name that begins with a dot."""
    return any(part.startswith(".") for part in path.split("/"))


def _versions(history: History) -> dict[str, set[bytes]]:
    """Give the digests of all that ever lay under a name when all before it was on the disk, unwritten names left aside."""
    versions: dict[str, set[bytes]] = {}
    for cut in range(len(history.operations) + 1):
        beyond = {n: LOST for n, one in enumerate(history.effects) if one.at > cut}
        is_named = cut == 0 or history.operations[cut - 1].kind in {"rename", "exchange"}
        if is_named or cut == len(history.operations):
            for path, data in history.build(beyond).items():
                if data is not None:
                    versions.setdefault(path, set()).add(hashlib.sha256(data).digest())
    return versions


def _files(found: dict[str, bytes | None]) -> dict[str, bytes]:
    return {path: data for path, data in found.items() if data is not None}


def _lay_out(stage: Stage, files: dict[str, bytes | None]) -> None:
    fresh(stage.beginning, stage.place)
    shutil.rmtree(stage.watched, ignore_errors=True)
    stage.watched.mkdir(parents=True)
    for path, data in files.items():
        place = stage.watched / path
        if data is None:
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
