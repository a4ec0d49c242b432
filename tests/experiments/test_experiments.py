"""Experiments from their documents to their verdicts: shipped ones, and small ones of our own."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from claim_documents import FRONT, SMALL, VARIANTS, with_comparisons, with_lines
from striate.cli import main
from striate.data import Examples, Source
from striate.errors import DocumentError, ExperimentError
from striate.experiments import (
    experiment_names,
    jobs,
    learning,
    load_experiment,
    read_experiment,
    write_experiment,
)
from striate.experiments.experiment import Budget
from striate.experiments.jobs import Store, key_of, run_job
from striate.experiments.learning import Job
from striate.experiments.measures.kinds import Measure, read_measure
from striate.experiments.measures.tables import measure_table
from striate.experiments.outcome import Outcome
from striate.experiments.running import experiment
from striate.experiments.variants import settings_of
from striate.networks import load


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "kept")


@pytest.mark.parametrize("name", experiment_names())
def test_a_shipped_document_can_be_asked_and_written(name: str) -> None:
    found = load_experiment(name)
    assert found.name == name
    assert found.korean
    assert settings_of(found).keys() == {variant.name for variant in found.variants}
    assert read_experiment(write_experiment(found), name) == found


def test_all_faults_of_a_document_are_named_at_once() -> None:
    front = FRONT.replace("---\n", "---\nmargn: 3\ndirection: less\n", 1)
    text = (
        front + with_lines("| wide | C1 | Maps | 9 |") + with_comparisons("| wise | 3 | gap: C1 |")
    )
    with pytest.raises(DocumentError) as error:
        read_experiment(text, "mine.md")
    assert [fault.line for fault in error.value.faults] == [2, 3, 15, 19, 19]


def test_a_document_in_korean_is_read() -> None:
    korean = VARIANTS.replace("Variant | Row | Column | Value", "변형 | 행 | 열 | 값")
    korean = korean.replace("| Maps |", "| 특성 맵 |")
    found = settings_of(read_experiment(FRONT + korean, "mine.md"))
    cost = found["wide"].document.walk.report("C1").cost
    assert cost is not None
    assert cost.parameters == 8 * 26


def test_edits_change_what_they_name_and_nothing_else() -> None:
    lines = (
        "| mean | every subsampling | Type | Average pooling |",
        "| mean | every average pooling | Options | none |",
        "| mean | D | below | F6 |",
        "| mean | D | Type | Dropout |",
        "| mean | D | Options | fraction=0.5 |",
        "| mean | recipe | epochs | 3 |",
        "| short | C5 | row | removed |",
        "| short | S4 | row | removed |",
    )
    found = settings_of(read_experiment(FRONT + with_lines(*lines), "mine.md"))
    base, mean = load("lenet5").table, found["mean"].document
    names = [row.name for row in mean.table.rows]
    assert names == ["Input", "C1", "S2", "C3", "S4", "C5", "F6", "D", "Output"]
    assert type(mean.table.row("S2").layer).__name__ == "AveragePooling"
    assert mean.table.row("C3").layer == base.row("C3").layer
    assert mean.table.row("Output").layer == base.row("Output").layer
    assert mean.recipe.epochs == 3
    assert mean.recipe.optimizer == load("lenet5").recipe.optimizer
    assert [row.name for row in found["short"].document.table.rows][3:] == ["C3", "F6", "Output"]
    assert found["as it is"].document.recipe == load("lenet5").recipe


def test_widths_are_matched_within_two_per_cent() -> None:
    settings = settings_of(load_experiment("small-kernels"))
    base = settings["5x5"].document.walk.total
    found = settings["as many parameters"].document.walk.total
    assert abs(found.parameters - base.parameters) <= 0.02 * base.parameters
    found = settings["as much computation"].document.walk.total
    assert abs(found.multiply_adds - base.multiply_adds) <= 0.02 * base.multiply_adds
    assert settings["as much computation"].matched


def table(text: str, network: str = "lenet5") -> float:
    measure = read_measure(text)
    assert isinstance(measure, Measure)
    return measure_table(load(network).walk, measure, network)


def test_measures_of_tables_are_the_papers_numbers() -> None:
    assert table("parameters") == 60_000
    assert table("parameters: C3") == 1_516
    assert table("unshared parameters: C3") == 151_600
    assert table("output height: C3") == 10
    assert table("share of the view in one field: C1") == 25 / 1024
    # 28 fields of 5 pixels lie over 32: 140 / 32 along each side.
    assert table("fields over each pixel: C1") == (28 * 5 / 32) ** 2
    assert table("parameters", "alexnet") / table("parameters", "googlenet") == pytest.approx(
        8.711, abs=1e-3
    )


@pytest.mark.parametrize("name", ["small-fields", "padding-keeps-size", "pooling-cuts-cost"])
def test_a_claim_of_tables_is_supported_and_exact(name: str) -> None:
    found = experiment(name)
    assert (found.verdict, found.is_exact, found.data) == ("supported", True, "")


def small(store: Store, text: str = SMALL, **options: object) -> Outcome:
    return experiment(read_experiment(text, "small.md"), store=store, workers=1, **options)  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_values_and_another_one_others(
    store: Store, tmp_path: Path
) -> None:
    text = SMALL.replace("error on test", "loss on test")
    first, again = small(store, text), small(Store(tmp_path / "other"), text)
    assert first == again
    few = first.variants[0].values["loss on test"]
    assert len(set(few)) == len(few) == 2


def test_what_is_finished_is_not_done_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Job] = []

    def counted(job: Job) -> jobs.Result:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(job)
        return run_job(job)

    monkeypatch.setattr(jobs, "run_job", counted)
    with pytest.raises(KeyboardInterrupt):
        small(store)
    assert len(list(store.folder.iterdir())) == 3
    done[:] = [done[0]] * 2  # one more may be done
    found = small(store)
    assert len(done) == 3
    assert all(len(variant.values["error on test"]) == 2 for variant in found.variants)


def test_a_training_is_known_by_its_content() -> None:
    settings = settings_of(read_experiment(SMALL, "small.md"))
    job = Job(settings["few"], "xor", Budget(epochs=2), 0, measures=("gap",))
    other = Job(settings["many"], "xor", Budget(epochs=2), 0, measures=("gap",))
    renamed = SMALL.replace("name: small", "name: other").replace("| few |", "| slim |")
    same = Job(
        settings_of(read_experiment(renamed, "x.md"))["slim"],
        "xor",
        Budget(5, epochs=2),
        0,
        measures=("gap",),
    )
    assert key_of(job, "data") == key_of(same, "data")
    keys = {key_of(one, "data") for one in (job, other)} | {key_of(job, "other data")}
    assert len(keys) == 3


def pictures(count: int, test: int) -> Source:
    generator = torch.Generator().manual_seed(0)

    def part(size: int) -> Examples:
        images = torch.randint(0, 256, (size, 1, 8, 8), dtype=torch.uint8, generator=generator)
        return Examples(images, torch.arange(size) % 2)

    return Source("dots", ("a", "b"), part(count), part(test))


PICTURES = """---
name: dots
claim: {en: A claim., ko: 주장.}
data: dots
measure: error on test
direction: equal
recipe: {batch_size: 8, epochs: 1, learning_rate: 0.01}
quick: {seeds: 2, train: 20, test: 10, rates: 3}
---

# Dots

| Variant | Row | Column | Value |
| --- | --- | --- | --- |
| plain | - | - | - |
| shuffled | data | pixels | shuffled |
| fresh | training | - | none |

| Compared | With | Measure |
| --- | --- | --- |
{comparisons}

## Net

| Layer | Type | Maps | Size | Kernel | Activation |
| --- | --- | --- | --- | --- | --- |
| Input | Input | 1 | 8x8 | - | - |
| C1 | Convolution | 3 | 6x6 | 3 | tanh |
| S2 | Average pooling | 3 | 3x3 | 2 | - |
| Output | Fully connected | - | 2 | - | softmax |
"""


def dots(store: Store, monkeypatch: pytest.MonkeyPatch, *comparisons: str) -> Outcome:
    monkeypatch.setattr(learning, "load_for", lambda document, data: pictures(60, 20))  # noqa: ARG005
    learning._loaded.cache_clear()
    return small(store, PICTURES.replace("{comparisons}", "\n".join(comparisons)))


def test_a_budget_is_told_as_it_was_spent(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "load_for", lambda document, data: pictures(12, 6))  # noqa: ARG005
    learning._loaded.cache_clear()
    told = small(store, PICTURES.replace("{comparisons}", "| fresh | plain | error on test |"))
    assert (told.spent.train, told.spent.test) == (12, 6)


def test_every_measure_can_be_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = (
        "error on training", "gap", "epochs to training error: 50 %", "change under shift: 1",
        "change under rotation: 10", "selective filters", "preferred angles: C1", "saturated values",
        "lost by a linear decoder: S2", "class by a linear probe: S2", "angle by a linear probe: C1",
        "likeness of maps: C1", "gradient error", "loss after a small step", "gradient norm",
    )  # fmt: skip
    found = dots(store, monkeypatch, *(f"| plain | 0 | {measure} |" for measure in asked))
    values = {name: one[0] for name, one in found.variants[0].values.items()}
    assert list(values) == list(asked)
    assert values["gradient error"] < 1e-6
    # By its slope the step takes a thousandth off.
    assert values["loss after a small step"] == pytest.approx(0.999, abs=2e-4)
    assert values["gradient norm"] > 0
    for name in (
        "error on training",
        "saturated values",
        "change under shift: 1",
        "lost by a linear decoder: S2",
    ):
        assert 0 <= values[name] <= 1


def test_pixels_are_put_out_of_order_alike_in_training_and_test(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    dots(store, monkeypatch, "| plain | shuffled | error on test |")
    settings = settings_of(
        read_experiment(PICTURES.replace("{comparisons}", "| plain | shuffled | gap |"), "x")
    )
    plain, shuffled = (
        learning.prepare(Job(settings[name], "dots", Budget(train=20), 0))
        for name in ("plain", "shuffled")
    )
    for part in ("train", "test"):
        one, other = (
            getattr(learnt, part).images.flatten(1).numpy() for learnt in (plain, shuffled)
        )
        assert not np.array_equal(one, other)
        assert np.array_equal(np.sort(one), np.sort(other))
    # The place that a pixel goes to is the same in all pictures of both parts.
    moved = shuffled.train.images[:].flatten(1)[:, 0]
    came_from = [
        at for at in range(64) if torch.equal(plain.train.images[:].flatten(1)[:, at], moved)
    ]
    assert len(came_from) == 1
    assert torch.equal(
        plain.test.images[:].flatten(1)[:, came_from[0]], shuffled.test.images[:].flatten(1)[:, 0]
    )


def test_rates_are_chosen_on_training_examples_that_are_held_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Job] = []

    def noted(job: Job) -> jobs.Result:
        seen.append(job)
        if job.is_search:
            learnt = learning.prepare(job)
            whole = {bytes(image.numpy().tobytes()) for image in pictures(60, 20).train.images}
            held = {bytes(image.numpy().tobytes()) for image in learnt.test.images[:]}
            trained = {bytes(image.numpy().tobytes()) for image in learnt.train.images[:]}
            assert held <= whole
            assert not held & trained
        return run_job(job)

    monkeypatch.setattr(jobs, "run_job", noted)
    found = dots(store, monkeypatch, "| plain | fresh | error on test |")
    # Three rates for the variant that learns, none for the one that does not; two seeds for each.
    assert [job.is_search for job in seen] == [True] * 3 + [False] * 4
    plain, shuffled, fresh = found.variants
    assert [round(rate / 0.01, 2) for rate, _ in plain.tried] == [0.33, 1.0, 3.0]
    assert plain.rate in [rate for rate, _ in plain.tried]
    assert (shuffled.tried, fresh.rate, fresh.tried) == ((), 0, ())


def test_another_network_is_asked_the_same(store: Store, tmp_path: Path) -> None:
    text = SMALL[SMALL.index("## Net") :].replace(
        "| H | Fully connected | 2 | tanh |", "| H | Fully connected | 5 | sigmoid |"
    )
    (tmp_path / "net.md").write_text(text, encoding="utf-8")
    found = small(store, network=tmp_path / "net.md")
    assert found.network.endswith("net.md")
    with pytest.raises(DocumentError, match="no row 'H'"):
        small(store, network="lenet5")


def test_a_number_of_workers_below_one_is_named(store: Store) -> None:
    with pytest.raises(ExperimentError, match="--workers"):
        experiment(read_experiment(SMALL, "small.md"), store=store, workers=0)


def test_the_verb_asks_draws_and_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "mine.md"
    file.write_text(FRONT + VARIANTS, encoding="utf-8")
    assert main(["experiment", "mine.md", "--record", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    # Two maps more in C1 and all 96 pairs in C3, and C1's 26 numbers a map.
    assert told["comparisons"][0]["effect"] == 2 * 26 + 2 * 2 + (8 * 16 - 60) * 25
    assert told["verdict"] == "contradicted"
    assert (tmp_path / told["picture"]).read_bytes().startswith(b"\x89PNG")
    recorded = file.read_text(encoding="utf-8")
    assert dict(read_experiment(recorded, "mine.md").found)["verdict"] == "contradicted"
    assert main(["experiment", "mine.md", "--record"]) == 1
    capsys.readouterr()
    again = file.read_text(encoding="utf-8")
    assert again.count("## What was found") == again.count("found:\n") == 1
    assert (
        read_experiment(again, "mine.md").variants == read_experiment(recorded, "mine.md").variants
    )


def test_the_verb_lists_and_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told] == list(experiment_names())
    assert main(["experiment", "small-fields", "--text"]) == 0
    assert capsys.readouterr().out.startswith("---\nname: small-fields\n")


def test_the_verb_answers_in_korean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["experiment", "pooling-cuts-cost", "--language", "ko"]) == 0
    printed = capsys.readouterr().out
    assert "지지됨" in printed
    assert "곱셈·덧셈 수" in printed
    assert "Supported" not in printed
