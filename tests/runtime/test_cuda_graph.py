"""How the thin layer over torch's CUDA graph calls it: told without a card, by what stands in for torch's names."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import create_autospec

import pytest
import torch
from torch import Tensor

from striate.runtime.cuda_graph import CudaGraph


class Card:
    """Write down what is asked of torch.cuda, on which stream, and in which mode."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.here = "default"
        self.mode = 0
        self.cannot_end = False

    def say(self, text: str) -> None:
        self.calls.append(f"{text} on {self.here}")

    @contextmanager
    def stream(self, stream: "Stream") -> Iterator[None]:
        before, self.here = self.here, stream.name
        try:
            yield
        finally:
            self.here = before

    def set_mode(self, mode: int | str) -> None:
        if not self.mode:
            warnings.warn("Synchronization debug mode is a prototype feature", stacklevel=1)
        self.mode = {"error": 2}.get(mode, 0) if isinstance(mode, str) else mode

    def work(self) -> Tensor:
        self.say(f"work in mode {self.mode}")
        return torch.zeros(1)


class Stream:
    def __init__(self, card: Card, name: str) -> None:
        self.card, self.name = card, name

    def wait_stream(self, other: "Stream") -> None:
        self.card.calls.append(f"{self.name} waits for {other.name}")


class Graph:
    def __init__(self, card: Card) -> None:
        self.card = card

    def replay(self) -> None:
        self.card.say("replay")


class Capture:
    """As torch's, it does not leave the stream of the capture if it cannot end the capture."""

    def __init__(self, card: Card, stream: Stream) -> None:
        self.card, self.stream = card, stream

    def __enter__(self) -> None:
        self.card.here = self.stream.name
        self.card.say("begin")

    def __exit__(self, *_: object) -> None:
        if self.card.cannot_end:
            message = "capture invalidated"
            raise RuntimeError(message)
        self.card.say("end")


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    card = Card()
    graph = create_autospec(torch.cuda.graph)
    graph.side_effect = lambda _, stream: Capture(card, stream)
    stream = create_autospec(torch.cuda.stream, side_effect=card.stream)
    device = create_autospec(torch.cuda.device)
    device.return_value.__exit__.return_value = None
    for name, stand_in in {
        "CUDAGraph": lambda: Graph(card),
        "Stream": lambda _: Stream(card, "side"),
        "current_stream": lambda: Stream(card, card.here),
        "graph": graph,
        "stream": stream,
        "device": device,
        "get_sync_debug_mode": lambda: card.mode,
        "set_sync_debug_mode": card.set_mode,
    }.items():
        monkeypatch.setattr(torch.cuda, name, stand_in)
    return card


def test_it_warms_up_and_captures_aside_and_replays_where_it_is(card: Card) -> None:
    graph = CudaGraph(torch.device("cuda:0"))
    graph.warm_up(card.work)
    assert graph.capture(card.work).shape == (1,)
    graph.replay()
    assert card.calls == [
        "side waits for default",
        "work in mode 2 on side",
        "default waits for side",
        "side waits for default",
        "begin on side",
        "work in mode 0 on side",
        "end on side",
        "default waits for side",
        "replay on default",
    ]


def test_it_comes_back_where_work_waits_or_a_capture_cannot_end(card: Card) -> None:
    def refuse() -> Tensor:
        message = "called a synchronizing CUDA operation"
        raise RuntimeError(message)

    graph = CudaGraph(torch.device("cuda:0"))
    with pytest.raises(RuntimeError, match="synchronizing"):
        graph.warm_up(refuse)
    assert (card.mode, card.here) == (0, "default")
    card.cannot_end = True
    with pytest.raises(RuntimeError, match="invalidated"):
        graph.capture(card.work)
    assert card.here == "default"
    assert card.calls[-1] == "default waits for side"
