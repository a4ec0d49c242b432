import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

import striate
from striate.bench.rounds import Measured, Ticks, compare, rate, read_ticks, take_turns
from striate.bench.serving import peak_bytes, repeat, time_calls
from striate.bench.study import own_programs
from striate.bench.workers import Worker
from striate.bench.workload import lay_out_workload, read_reference
from striate.errors import TimingError


COUNTING = [sys.executable, str(Path(__file__).parent / "counting_worker.py")]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def counting(stack: ExitStack, folder: Path, name: str, speed: float) -> Worker:
    worker = stack.enter_context(Worker(name, COUNTING, folder / f"{name}.log", {}))
    facts = worker.prepare({"network": "lenet5", "speed": speed})
    assert facts["network"] == "lenet5"
    assert facts["start_seconds"] >= facts["ready_seconds"] > 0
    return worker


def test_processes_take_turns_and_are_compared(stack: ExitStack, tmp_path: Path) -> None:
    workers = [counting(stack, tmp_path, *one) for one in (("ours", 300.0), ("theirs", 100.0))]
    rounds = take_turns(workers, 4, 0.01)
    kept = [{name: {**block, "steal": 0.0} for name, block in one.items()} for one in rounds]
    found = compare(kept, "ours", "theirs", rate)
    assert found.ratio is not None
    assert found.ratio.median == pytest.approx(3)
    assert (found.ratio.pairs, found.dropped) == (4, 0)
    assert workers[0].end()["peak_bytes"] > 1e6
    assert "libraries print" in workers[0].log.read_text()


def test_a_program_of_striate_works_in_a_process_of_its_own(
    stack: ExitStack, tmp_path: Path
) -> None:
    workload = lay_out_workload(striate.load("mlp"), tmp_path, 4)
    program = own_programs()["striate"]
    worker = stack.enter_context(Worker(program.name, program.command, tmp_path / "log", {}))
    facts = worker.prepare(workload.job("training", "fp32", 1, "cpu"))
    assert facts["loss"] == pytest.approx(read_reference(tmp_path).loss, rel=1e-5)
    assert worker.block(0)["examples"] == 4
    assert worker.end()["peak_bytes"] > 1e6
    assert worker.process.wait(10) == 0


def test_the_order_is_turned_round_each_time() -> None:
    called: list[str] = []

    class Noting:
        def __init__(self, name: str) -> None:
            self.name = name

        def block(self, seconds: float) -> Measured:
            called.append(self.name)
            return {"examples": 1, "seconds": seconds}

    heard: list[object] = []
    rounds = take_turns([Noting("a"), Noting("b"), Noting("c")], 3, 1, heard.append)
    assert called == ["a", "b", "c", "c", "b", "a", "a", "b", "c"]
    assert [list(one) for one in rounds] == [["a", "b", "c"]] * 3
    assert heard == rounds


def test_three_turns_are_taken_when_the_time_is_over() -> None:
    class Slow:
        name = "slow"

        def block(self, seconds: float) -> Measured:
            return {"examples": 1, "seconds": seconds}

    assert len(take_turns([Slow()], 9, 1, enough_seconds=0)) == 3
    assert len(take_turns([Slow()], 2, 1, enough_seconds=0)) == 2


def test_pairs_with_stolen_time_are_dropped() -> None:
    def block(examples: float, steal: float) -> Measured:
        return {"examples": examples, "seconds": 1, "steal": steal}

    rounds = [
        {"a": block(2, 0.0), "b": block(1, 0.02)},
        {"a": block(9, 0.021), "b": block(1, 0.0)},
        {"a": block(9, 0.0), "b": block(1, 0.5)},
        {"a": block(9, 0.0)},
    ]
    found = compare(rounds, "a", "b", rate)
    assert found.ratio is not None
    assert (found.ratio.median, found.ratio.pairs, found.dropped) == (2, 1, 2)
    assert compare(rounds[1:], "a", "b", rate).ratio is None


def test_a_worker_that_cannot_says_why(stack: ExitStack, tmp_path: Path) -> None:
    worker = stack.enter_context(Worker("peer", COUNTING, tmp_path / "log", {}))
    with pytest.raises(TimingError) as caught:
        worker.prepare({"fails": True})
    text = str(caught.value)
    assert text.startswith("peer: it failed: ValueError: no such network.\n")
    assert text.endswith("ValueError: no such network")


def test_a_worker_that_dies_is_missed(stack: ExitStack, tmp_path: Path) -> None:
    worker = counting(stack, tmp_path, "peer", 1)
    with pytest.raises(TimingError) as caught:
        worker.block(-1)
    assert str(caught.value) == (
        "peer: it failed: the process has ended.\n  Needed: a process that runs the network.\n"
        "  Fix: see what it printed last:\nlibraries print to standard output\nthe last words"
    )


def test_a_worker_that_takes_too_long_is_given_up(stack: ExitStack, tmp_path: Path) -> None:
    worker = counting(stack, tmp_path, "peer", 1)
    worker.patience_seconds = 0.2
    with pytest.raises(TimingError, match=r"peer: asked to block, it took more than 0\.2 s"):
        worker.block(60)
    assert worker.process.wait(10) < 0


def test_blocks_before_the_job_are_refused(stack: ExitStack, tmp_path: Path) -> None:
    worker = stack.enter_context(Worker("peer", COUNTING, tmp_path / "log", {}))
    with pytest.raises(TimingError, match="block was asked for at the wrong time"):
        worker.block(1)


def test_the_kernel_s_counters_are_read(tmp_path: Path) -> None:
    file = tmp_path / "stat"
    file.write_text("cpu  10 20 30 40 0 0 0 100 7 7\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
    assert read_ticks(file) == Ticks(100, 200)
    assert Ticks(0, 100).steal_until(Ticks(5, 200)) == 0.05
    assert read_ticks(tmp_path / "absent").steal_until(Ticks(0, 0)) == 0


def test_steps_are_repeated_until_the_time_is_over() -> None:
    settled: list[int] = []
    done = repeat(lambda: 8, 0.01, lambda: settled.append(1))
    assert done["examples"] % 8 == 0
    assert done["seconds"] >= 0.01
    assert len(settled) == 2


def test_percentiles_of_calls_are_in_order() -> None:
    calls: list[int] = []
    examples = count()
    done = time_calls(calls.append, lambda: next(examples), 0.005)
    assert calls == list(range(done["calls"]))
    assert 0 <= done["p50"] <= done["p90"] <= done["p99"]


def test_to_have_an_example_is_no_part_of_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def wait(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr("striate.bench.serving.time.perf_counter", lambda: now)
    done = time_calls(lambda _: wait(2), lambda: wait(5), 20)
    assert done == {"calls": 3, "p50": 2, "p90": 2, "p99": 2}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell")
def test_the_peak_of_memory_is_this_process_s_own() -> None:
    before = peak_bytes()
    taken = bytearray(50_000_000)
    after = peak_bytes()
    assert before is not None
    assert after is not None
    assert after - before > 0.5 * len(taken) or after > 5 * len(taken)
