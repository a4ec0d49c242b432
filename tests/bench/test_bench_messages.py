import pytest
import torch

from messages import Case, assert_reads, functions, ids
from striate.bench.baseline import optimizer_of
from striate.errors import TimingError, bench
from striate.recipe import Recipe


def raised(*parts: object) -> object:
    raise TimingError(*parts)  # type: ignore[arg-type]


CASES: list[Case] = [
    (
        "worker_failed",
        lambda: raised(bench.worker_failed("keras", "ValueError: no", "line 1\nline 2")),
        (
            "keras: it failed: ValueError: no.\n  Needed: a process that runs the network.\n"
            "  Fix: see what it printed last:\nline 1\nline 2"
        ),
    ),
    (
        "worker_failed",
        lambda: raised(bench.worker_failed("keras", "the process has ended", "")),
        (
            "keras: it failed: the process has ended.\n  Needed: a process that runs the network.\n"
            "  Fix: it printed nothing."
        ),
    ),
    (
        "worker_too_slow",
        lambda: raised(bench.worker_too_slow("keras", "block", 30.0)),
        (
            "keras: asked to block, it took more than 30 s.\n"
            "  Needed: an answer in that time; otherwise the others wait for it in every round.\n"
            "  Fix: measure it on a smaller network, or on a faster machine."
        ),
    ),
    (
        "outputs_differ",
        lambda: raised(bench.outputs_differ("keras", 0.0123, 1e-4)),
        (
            "keras: its outputs differ from those in double precision by 0.012 of the largest.\n"
            "  Needed: at most 0.0001; otherwise it does other work, and its time says nothing.\n"
            "  Fix: compare its rows, its weights and its preparation with the table's."
        ),
    ),
    (
        "loss_differs",
        lambda: raised(bench.loss_differs("keras", 2.5, 2.25)),
        (
            "keras: its loss on the first examples is 2.5.\n"
            "  Needed: 2.25, as in double precision.\n"
            "  Fix: compare its loss with that of the recipe."
        ),
    ),
    (
        "graph_not_written",
        lambda: raised(bench.graph_not_written("openvino", "no such operator.")),
        (
            "openvino: torch cannot write the network as ONNX: no such operator.\n"
            "  Needed: the graph that it reads.\n"
            "  Fix: measure beside other programs, or change the row."
        ),
    ),
    (
        "optimizer_not_in_plain_torch",
        lambda: optimizer_of(Recipe(optimizer="muon"), torch.nn.Linear(1, 1)),
        (
            "optimizer: muon is not among the optimizers of torch that do the same.\n"
            "  Needed: one of torch's own to compare with.\n"
            "  Fix: measure without the comparison: --without-plain."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_messages(case: Case) -> None:
    assert_reads(bench, case)


def test_every_message_is_brought_about() -> None:
    assert {case[0] for case in CASES} == functions(bench)
