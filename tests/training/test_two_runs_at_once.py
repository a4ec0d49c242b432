"""Two runs in two threads of one process give what each gives alone."""

import threading
from dataclasses import replace
from pathlib import Path

import torch

import striate
from finished_runs import end_of
from small_digits import write_small_digits
from striate import Convolution, Dropout, FullyConnected, Input, MaxPooling, Row, Table


def document() -> striate.Document:
    table = Table(
        (
            Row("Input", Input.image(1, 28, 28)),
            Row("C1", Convolution(4, kernel=5), "ReLU"),
            Row("S2", MaxPooling(4)),
            Row("D3", Dropout(0.5)),
            Row("Output", FullyConnected(10), "softmax"),
        )
    )
    made = striate.document_of(table, "small")
    return replace(made, recipe=replace(made.recipe, epochs=2, batch_size=10, validation=0))


def test_runs_in_two_threads_do_not_disturb_each_other(tmp_path: Path) -> None:
    digits = write_small_digits(tmp_path / "digits", 200, 50)

    def train(name: str, seed: int) -> None:
        striate.train(document(), digits, tmp_path / name, seed=seed)

    before = torch.get_rng_state()
    for seed in (1, 2):
        train(f"alone-{seed}", seed)
    threads = [threading.Thread(target=train, args=(f"both-{seed}", seed)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in (1, 2):
        alone, both = (end_of(tmp_path / f"{name}-{seed}") for name in ("alone", "both"))
        assert all(torch.equal(values, both[name]) for name, values in alone.items())
    assert not torch.equal(*(end_of(tmp_path / f"both-{seed}")["random"] for seed in (1, 2)))
    assert torch.equal(torch.get_rng_state(), before)
