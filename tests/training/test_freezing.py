"""Rows that stay as they are, and rows with learning rates of their own, beside plain torch."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import torch
import yaml
from torch import Tensor, nn

import striate
from finished_runs import end_of
from messages import Act, Case, assert_reads, functions, ids, of
from striate.checking import check
from striate.cli import main
from striate.data import Examples
from striate.documents import Document, document_of, read_networks, write_document
from striate.errors import tuning
from striate.layers import (
    BatchNormalization,
    Convolution,
    FullyConnected,
    Input,
    MaxPooling,
)
from striate.preparation import Preparation
from striate.recipe import Recipe
from striate.table import Row, Table
from striate.training import Finished, Interrupted, resume, start
from striate.training.checkpoint import load_checkpoint
from striate.training.freezing import random_remarks, tuning_remarks
from striate.training.loop import Trainer
from striate.training.order import Order


TABLE = Table(
    (
        Row("in", Input.image(1, 6, 6)),
        Row("C1", Convolution(3, 3), "tanh"),
        Row("N, 1", BatchNormalization()),
        Row("P1", MaxPooling(2)),
        Row("F", FullyConnected(4, max_norm=1e-3), "tanh"),
        Row("G", FullyConnected(4), "tanh"),
        Row("out", FullyConnected(3), "softmax"),
    )
)
DRAWS = torch.Generator().manual_seed(1)
EXAMPLES = Examples(
    torch.randint(0, 256, (12, 1, 6, 6), dtype=torch.uint8, generator=DRAWS),
    torch.arange(12) % 3,
)


def trainer(table: Table = TABLE, **fields: object) -> Trainer:
    torch.manual_seed(3)
    settings = {"epochs": 2, "batch_size": 4, "schedule": "constant", "warmup": 0.0} | fields
    recipe = Recipe(precision="fp32", **settings)  # type: ignore[arg-type]
    return Trainer(striate.build(document_of(table, "small")), EXAMPLES, Preparation(), recipe)


def taught(made: Trainer) -> dict[str, Tensor]:
    for _ in range(2):
        for _ in made.epoch():
            pass
        made.progress.begin_epoch()
    return {name: one.clone() for name, one in made.network.state_dict().items()}


class Plain(nn.Module):
    """The same network as torch alone trains it."""

    def __init__(self, ours: nn.Module) -> None:
        super().__init__()
        self.C1, self.N_1 = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3)
        self.F, self.G, self.out = nn.Linear(12, 4), nn.Linear(4, 4), nn.Linear(4, 3)
        self.load_state_dict(ours.state_dict())

    def forward(self, images: Tensor) -> Tensor:
        maps = nn.functional.max_pool2d(self.N_1(torch.tanh(self.C1(images))), 2).flatten(1)
        out: Tensor = self.out(torch.tanh(self.G(torch.tanh(self.F(maps)))))
        return out


@pytest.mark.parametrize("optimizer", ["nesterov", "adamw"])
def test_frozen_rows_and_rates_are_those_of_plain_torch(optimizer: str) -> None:
    made = trainer(
        optimizer=optimizer,
        learning_rate=0.05,
        weight_decay=0.1,
        freeze="C1..N, 1, F",
        learning_rate_of="G=0.1,out=2",
    )
    plain = Plain(made.network)
    groups = [
        {"params": list(plain.G.parameters()), "lr": 0.005},
        {"params": list(plain.out.parameters()), "lr": 0.1},
    ]
    theirs: torch.optim.Optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.999), weight_decay=0.1)
    if optimizer == "nesterov":
        theirs = torch.optim.SGD(groups, momentum=0.9, nesterov=True, weight_decay=0.1)
    plain.train()
    plain.N_1.eval()
    for epoch in range(2):
        for step in range(3):
            batch = made.batch(epoch, step)
            theirs.zero_grad()
            outputs = plain(batch.images.float() / 255)
            nn.functional.cross_entropy(outputs, batch.labels).backward()  # type: ignore[no-untyped-call]
            theirs.step()
    before = {name: one.clone() for name, one in made.network.state_dict().items()}
    ours, expected = taught(made), plain.state_dict()
    for name, values in ours.items():
        if name.startswith(("C1", "N_1", "F")):
            assert torch.equal(values, before[name]), name  # a norm above the row's own included
        else:
            torch.testing.assert_close(values, expected[name], rtol=1e-4, atol=1e-6)
            assert not torch.equal(values, before[name]), name


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adadelta", "muon"])
def test_every_optimizer_leaves_frozen_rows_alone(optimizer: str) -> None:
    rows = (TABLE.rows[0], *TABLE.rows[5:])  # the step of which is one call of a kernel otherwise
    made = trainer(Table(rows), optimizer=optimizer, weight_decay=0.1, freeze="G")
    before = {name: one.clone() for name, one in made.network.state_dict().items()}
    for name, values in taught(made).items():
        assert torch.equal(values, before[name]) == name.startswith("G"), name


SMALL = """---
name: small
recipe:
  optimizer: adam
  epochs: 2
  batch_size: 1
  learning_rate: 1
  warmup: 0
  loss: cross-entropy
  schedule: step
  step_epochs: 1
  freeze: A
  learning_rate_of: Output=0.5
---
| Layer | Type | Size | Activation |
| --- | --- | --- | --- |
| Input | Input | 2 | - |
| A | Fully connected | 4 | tanh |
| B | Fully connected | 4 | tanh |
| Output | Fully connected | 2 | softmax |
"""


def test_a_run_that_goes_on_ends_bit_for_bit(tmp_path: Path) -> None:
    document = read_networks(SMALL, "small.md")[0]
    whole = striate.train(document, "xor", tmp_path / "whole", progress=False)
    for steps in (2, 4):  # within the first epoch, and between its last step and its end
        folder, left = tmp_path / f"parts-{steps}", count(1)
        run = start(document, "xor", folder)
        take = run.trainer._step

        def stepping(order: Order) -> None:
            take(order)  # noqa: B023 - called within the turn
            run.trainer.must_stop = next(left) == steps  # noqa: B023

        run.trainer._step = stepping  # type: ignore[method-assign]
        assert isinstance([*run.events()][-1], Interrupted)
        saved, _, _ = load_checkpoint(folder / "checkpoint.safetensors")
        moments = {name.split(".")[1] for name in saved if "exp_avg" in name}
        assert moments == {"0", "1", "2", "3"}  # of the rows B and Output
        again = [*resume(folder).events()][-1]
        assert isinstance(again, Finished)
        assert again.history["learning_rate"] == whole.history["learning_rate"] == [1.0, 0.1]
        ends = end_of(tmp_path / "whole"), end_of(folder)
        assert all(torch.equal(values, ends[1][name]) for name, values in ends[0].items())
        kept = yaml.safe_load((folder / "run.yaml").read_text(encoding="utf-8"))["recipe"]
        assert (kept["freeze"], kept["learning_rate_of"]) == ("A", "Output=0.5")


def test_rows_are_given_in_python_and_by_flags(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = read_networks(SMALL, "small.md")[0]
    done = striate.train(
        document,
        "xor",
        tmp_path / "run",
        progress=False,
        epochs=1,
        freeze=["A", "B"],
        learning_rate_of={"Output": 2},
    )
    told = striate.load_bundle(done.bundle).document.recipe
    assert (told.freeze, told.learning_rate_of) == ("A, B", "Output=2")
    (tmp_path / "small.md").write_text(SMALL)
    words = ["train", str(tmp_path / "small.md"), "--data", "xor", "--epochs", "1"]
    words += ["--freeze", "A", "--freeze", "B", "--learning-rate-of", "Output=3"]
    assert main([*words, "--output", str(tmp_path / "other")]) == 0
    assert "Frozen: A, B. Of 42 parameters 32 stay as they are." in capsys.readouterr().out
    assert main([*words, "--freeze", "b", "--output", str(tmp_path / "third")]) == 2
    assert "error: freeze: no row is called 'b'." in capsys.readouterr().err
    assert main([*words, "--resume", str(tmp_path / "other")]) == 2
    assert "--freeze" in capsys.readouterr().err
    assert not (tmp_path / "third").exists()


def test_a_document_keeps_its_rows() -> None:
    document = read_networks(SMALL, "small.md")[0]
    assert read_networks(write_document(document), "again.md")[0].recipe == document.recipe


def test_check_says_it_in_korean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for fields in (
        "A, X",
        "B..A",
        "A..B, B",
        "A..Output",
        "A\n  learning_rate_of: A=2, B, Output=0",
    ):
        text = SMALL.replace("freeze: A\n  learning_rate_of: Output=0.5", f"freeze: {fields}")
        (tmp_path / "small.md").write_text(text, encoding="utf-8")
        assert main(["check", "small.md", "--language", "ko"]) == 1
        told = "".join(capsys.readouterr())
        assert "freeze" in told or "learning_rate_of" in told
        assert "Needed" not in told, told


NEEDED = "  Needed: rows of the table: A, B, Output.\n"


def finding(fields: str) -> Act:
    return of(SMALL.replace("  freeze: A\n  learning_rate_of: Output=0.5\n", fields))


def remarks(freeze: str, rates: str = "") -> tuple[str, ...]:
    recipe = Recipe(freeze=freeze, learning_rate_of=rates, learning_rate=0.1)
    return tuning_remarks(striate.build(document_of(TABLE, "small")), recipe)


CASES: list[Case] = [
    (
        "no_such_row",
        finding("  freeze: A, Outptu\n"),
        "line 9, freeze: no row is called 'Outptu'.\n" + NEEDED + "  Fix: write 'Output'.",
    ),
    (
        "no_such_row",
        finding("  freeze: A..features\n"),
        "line 9, freeze: no row is called 'features'.\n"
        + NEEDED
        + "  Fix: write ROW or ROW..ROW, several of them behind commas.",
    ),
    (
        "rows_turned_round",
        finding("  freeze: B..A\n"),
        (
            "line 9, freeze: in 'B..A', A stands above B.\n"
            "  Needed: the upper row first.\n"
            "  Fix: write A..B."
        ),
    ),
    (
        "row_chosen_twice",
        finding("  freeze: A..B, B\n"),
        (
            "line 9, freeze: B is named twice.\n"
            "  Needed: each row once.\n"
            "  Fix: leave one of them out."
        ),
    ),
    (
        "frozen_row_with_rate",
        finding("  freeze: A..B\n  learning_rate_of: A..Output=2\n"),
        (
            "line 9, learning_rate_of: A, B are frozen.\n"
            "  Needed: rows that learn.\n"
            "  Fix: leave 2 rows out of freeze, or of learning_rate_of."
        ),
    ),
    (
        "everything_frozen",
        finding("  freeze: A..Output\n"),
        (
            "line 9, freeze: it holds every row that learns.\n"
            "  Needed: at least one row that is left to learn.\n"
            "  Fix: leave the last row, Output, out of it."
        ),
    ),
    (
        "factor_not_read",
        finding("  learning_rate_of: A=fast\n"),
        (
            "line 9, learning_rate_of: 'A=fast' names no factor.\n"
            "  Needed: ROW=FACTOR or ROW..ROW=FACTOR, several of them behind commas; the learning rate is multiplied by "
            "it.\n"
            "  Fix: write, say, C1..S4=0.1."
        ),
    ),
    (
        "factor_not_positive",
        finding("  learning_rate_of: A=0\n"),
        (
            "line 9, learning_rate_of: the factor of A is 0.\n"
            "  Needed: a number above 0, by which the learning rate is multiplied.\n"
            "  Fix: write, say, 0.1; freeze leaves a row as it is."
        ),
    ),
    (
        "row_learns_nothing",
        lambda: tuple(check(frozen("P1")).findings),
        (
            "freeze: 'P1' holds no row that learns anything.\n"
            "  Needed: a row with weights, or a range that holds one.\n"
            "  Fix: name another row, or leave it out."
        ),
    ),
    (
        "rows_are_frozen",
        lambda: remarks("C1..N, 1"),
        (
            "Frozen: C1..N, 1. Of 123 parameters 36 stay as they are. Batch normalization in them keeps its mean and "
            "variance, and takes those."
        ),
    ),
    (
        "rates_of_rows",
        lambda: remarks("", "C1..F=0.1, G=0.5, out=0.5"),
        (
            "Learning rates of their own: C1 to F at 0.01, 0.1 times that of the others; G and out at 0.05, 0.5 times "
            "that of the others."
        ),
    ),
    (
        "frozen_at_random",
        lambda: random_remarks(Recipe(freeze="A")),
        (
            "No weights are given to begin with: the frozen rows A stay as they were drawn. `--from` takes weights that "
            "have learnt."
        ),
    ),
]


def frozen(rows: str) -> Document:
    made = document_of(TABLE, "small")
    return replace(made, recipe=Recipe(freeze=rows), recipe_line=0)


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_reads(case: Case) -> None:
    assert_reads(tuning, case)


def test_every_message_is_tested() -> None:
    assert {function for function, _, _ in CASES} == functions(tuning)
