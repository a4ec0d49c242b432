"""What is said of processes that train together, word for word."""

from collections.abc import Callable

import pytest

from striate.cli import main
from striate.errors import Fault, ranks


TOLD: list[tuple[Callable[..., Fault], tuple[object, ...], str]] = [
    (
        ranks.rank_lost,
        (1, 4, "Connection closed by peer"),
        (
            "process 2 of 4: another process of this run has ended, or cannot be reached: Connection closed by peer.\n"
            "  Needed: all processes, to the end of the run.\n"
            "  Fix: see what it has said; `striate train --resume RUN` goes on from the last checkpoint, with any "
            "number of processes."
        ),
    ),
    (
        ranks.other_rank_ended,
        (0, 2),
        (
            "process 1 of 2: another process of this run has found a fault.\n"
            "  Needed: an input that suits all processes.\n"
            "  Fix: see what it has said."
        ),
    ),
    (
        ranks.ranks_not_found,
        ("timed out",),
        (
            "torchrun: the processes of this run do not find each other: timed out.\n"
            "  Needed: as many processes as WORLD_SIZE says, which reach MASTER_ADDR at MASTER_PORT.\n"
            "  Fix: start them by `torchrun`, or by `striate train --processes N` on one machine."
        ),
    ),
    (
        ranks.more_processes_than_batch,
        (8, 1),
        (
            "--processes: 8 processes are to share batches of 1 example.\n"
            "  Needed: an example for each process in every whole batch.\n"
            "  Fix: write --processes 1 or less, or a larger --batch-size."
        ),
    ),
    (
        ranks.not_among_processes,
        ("--seeds", 2),
        (
            "--processes: 2 processes share one training, and --seeds asks for several.\n"
            "  Needed: one of both.\n"
            "  Fix: leave --processes out: several trainings use all cores by themselves."
        ),
    ),
    (
        ranks.processes_ended,
        (9,),
        (
            "--processes: a process of this run was killed by signal 9, and the others have ended.\n"
            "  Needed: all processes, to the end of the run.\n"
            "  Fix: see whether the machine ran out of memory; `striate train --resume RUN` goes on from the last "
            "checkpoint, with any number of processes."
        ),
    ),
]


@pytest.mark.parametrize(("fault", "arguments", "text"), TOLD)
def test_faults_are_told(
    fault: Callable[..., Fault], arguments: tuple[object, ...], text: str
) -> None:
    assert str(fault(*arguments)) == text


@pytest.fixture
def _among_two(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_among_two")
def test_a_verb_for_one_process_is_told_by_the_first_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "lenet5"]) == 2
    assert capsys.readouterr().err == (
        "error: striate check: torchrun has started it 2 times, and each would do the same work.\n"
        "  Needed: one process: `striate train` alone divides its work among several.\n"
        "  Fix: write `striate check` without torchrun; it uses all cores by itself.\n"
    )
    monkeypatch.setenv("RANK", "1")
    assert main(["check", "lenet5"]) == 2
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("_among_two")
def test_processes_are_asked_for_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "lenet5", "--data", "mnist", "--processes", "2"]) == 2
    assert capsys.readouterr().err == (
        "error: --processes: torchrun has started the processes already.\n"
        "  Needed: one of both.\n"
        "  Fix: leave --processes out, or write `striate train --processes N` without torchrun.\n"
    )


@pytest.mark.parametrize(("came", "needed"), [("0", "1 or more"), ("2000", "1,024 or less")])
def test_so_many_processes_cannot_be(
    came: str, needed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "lenet5", "--data", "mnist", "--processes", came]) == 2
    assert f"  Needed: {needed}.\n" in capsys.readouterr().err


def test_a_run_started_again_names_its_folder() -> None:
    assert str(ranks.restarted_without_output()) == (
        "torchrun: it has started the run again, and nothing says which folder the run was in.\n"
        "  Needed: --output with the run's folder, from which it goes on by itself.\n"
        "  Fix: write `torchrun --max-restarts N ... -m striate train ... --output RUN`."
    )
