"""Messages about experiments, word for word."""

from argparse import Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from claim_documents import FRONT, SMALL, VARIANTS, with_comparisons, with_lines
from messages import Act, Case, assert_reads, functions, ids
from striate.cli import experiment as verb
from striate.errors import StriateError, experiments
from striate.experiments import load_experiment, read_experiment
from striate.experiments.jobs import Store
from striate.experiments.measures.kinds import MEASURES
from striate.experiments.recording import record
from striate.experiments.running import experiment
from striate.experiments.variants import settings_of
from striate.networks import load


NAMES = ", ".join(MEASURES)
ROWS = "Input, C1, S2, C3, S4, C5, F6, Output"
SELECTED = "or `first`, `second`, `third`, `last` or `every` with a type.\n"

WIDER = "| wide | H | Size | 4 |\n| wide | Output | Size | 2 |\n| many | H | Size | match multiply-adds of wide |"


def read(*parts: str) -> Act:
    return lambda: read_experiment("".join(parts), "mine.md")


def applied(*lines: str) -> Act:
    return lambda: settings_of(read_experiment(FRONT + with_lines(*lines), "mine.md"))


def asked(text: str, **options: object) -> Act:
    def act() -> object:
        with TemporaryDirectory() as folder:
            store = Store(Path(folder))
            read_one = read_experiment(text, "mine.md")
            return experiment(read_one, workers=1, store=store, **options)  # type: ignore[arg-type]

    return act


def unreadable() -> object:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "bad.md"
        file.write_bytes(b"\xff\xfe")
        try:
            return load_experiment(file)
        except StriateError as error:
            return str(error).replace(str(file), "bad.md")


def not_recorded() -> object:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "mine.md"
        file.write_text(FRONT + VARIANTS, encoding="utf-8")
        outcome = experiment(file)
        file.write_bytes(b"\xff")
        try:
            return record(outcome)
        except StriateError as error:
            return str(error).replace(str(file), "mine.md")


def flags(name: str | None, **given: object) -> Act:
    usual = dict.fromkeys(("seeds", "network", "data", "workers", "output"))
    usual |= dict.fromkeys(("quick", "full", "record", "text", "json"), False)
    return lambda: verb.run(Namespace(experiment=name, language="en", **{**usual, **given}))


CASES: list[Case] = [
    (
        "no_such_experiment",
        lambda: load_experiment("small-kernel"),
        (
            "small-kernel: it is no experiment that comes with Striate, and no file.\n"
            "  Needed: a name that `striate experiment` lists, or the path of a Markdown file.\n"
            "  Fix: write small-kernels."
        ),
    ),
    (
        "experiment_unreadable",
        unreadable,
        (
            "bad.md: the file cannot be read: byte 0 is not UTF-8.\n"
            "  Needed: a Markdown file in UTF-8.\n"
            "  Fix: look at the path, and save the file as UTF-8."
        ),
    ),
    (
        "no_front_matter",
        read("# Mine\n", VARIANTS),
        (
            "line 1, mine.md: it does not begin with the fields of an experiment.\n"
            "  Needed: `---`, then name, claim or measure, each on a line, then `---`.\n"
            "  Fix: begin with one of the shipped experiments: `striate experiment NAME --text` prints it."
        ),
    ),
    (
        "field_missing",
        read(FRONT.replace("network: lenet5\n", ""), VARIANTS),
        (
            "network: the front matter does not say it.\n"
            "  Needed: network, for example `network: lenet5`.\n"
            "  Fix: write `network:` between the lines of `---`."
        ),
    ),
    (
        "field_not_understood",
        read(FRONT.replace("---\n", "---\ndirection: less\n", 1), VARIANTS),
        (
            "line 2, direction: 'less' is not understood.\n"
            "  Needed: lower, higher or equal.\n"
            "  Fix: write direction so."
        ),
    ),
    (
        "budget_not_understood",
        read(FRONT.replace("---\n", "---\nquick: {seeds: 0}\n", 1), VARIANTS),
        (
            "line 2, quick, seeds: '0' is not understood.\n"
            "  Needed: a whole number from 1.\n"
            "  Fix: write seeds so."
        ),
    ),
    (
        "budget_not_understood",
        read(FRONT.replace("---\n", "---\nquick: {train: few}\n", 1), VARIANTS),
        (
            "line 2, quick, train: 'few' is not understood.\n"
            "  Needed: a whole number from 0; 0 of train, test and epochs takes all that there is.\n"
            "  Fix: write train so."
        ),
    ),
    (
        "unknown_measure",
        read(FRONT.replace("measure: parameters", "measure: parameter"), VARIANTS),
        (
            "line 5, measure: nothing is measured that is called 'parameter'.\n"
            f"  Needed: one of: {NAMES}.\n"
            "  Fix: write parameters."
        ),
    ),
    (
        "argument_missing",
        read(FRONT.replace("measure: parameters", "measure: output height"), VARIANTS),
        (
            "line 5, output height: it is not said of what it is asked.\n"
            "  Needed: a colon and the name of a row: `output height: C1`.\n"
            "  Fix: write it so."
        ),
    ),
    (
        "argument_missing",
        read(FRONT.replace("measure: parameters", "measure: 'change under shift: far'"), VARIANTS),
        (
            "line 5, change under shift: it is not said of what it is asked.\n"
            "  Needed: a colon and a number above 0: `change under shift: 2`.\n"
            "  Fix: write it so."
        ),
    ),
    (
        "argument_not_taken",
        read(FRONT.replace("measure: parameters", "measure: 'gap: C1'"), VARIANTS),
        (
            "line 5, gap: it is asked of 'C1', and is always of the whole network.\n"
            "  Needed: the measure alone.\n"
            "  Fix: write `gap`."
        ),
    ),
    (
        "no_variants",
        read(FRONT),
        (
            "mine.md: it has no table of variants.\n"
            "  Needed: a table with the headings Variant, Row, Column and Value.\n"
            "  Fix: write one line for each change of the base network; `-` in all three changes nothing."
        ),
    ),
    (
        "several_tables",
        read(FRONT, VARIANTS, VARIANTS),
        (
            "line 14, Variant: a second table begins with Variant.\n"
            "  Needed: one table whose first heading is Variant.\n"
            "  Fix: put its lines into the first one."
        ),
    ),
    (
        "heading_missing",
        read(
            FRONT,
            "\n| Variant | Row | Column |\n| --- | --- | --- |\n| a | - | - |\n| b | - | - |\n",
        ),
        (
            "line 8, table: the heading Value is missing.\n"
            "  Needed: the headings Variant, Row, Column or Value.\n"
            "  Fix: add a column Value."
        ),
    ),
    (
        "heading_not_known",
        read(
            FRONT,
            VARIANTS.replace(" Value |", " Value | Why |").replace("--- |\n", "--- | --- |\n"),
        ),
        (
            "line 8, table: the heading 'Why' is not understood.\n"
            "  Needed: the headings Variant, Row, Column or Value.\n"
            "  Fix: remove the column."
        ),
    ),
    (
        "edit_incomplete",
        read(FRONT, with_lines("| wide | C1 | Kernel | - |")),
        (
            "line 13, variant wide: the line has no value.\n"
            "  Needed: a row, a column and a value; `-` in all three changes nothing.\n"
            "  Fix: write the value."
        ),
    ),
    (
        "edit_repeated",
        read(FRONT, with_lines("| wide | C1 | Maps | 9 |")),
        (
            "line 13, variant wide: it changes Maps of C1 twice.\n"
            "  Needed: one value for a cell.\n"
            "  Fix: remove one of the two lines."
        ),
    ),
    (
        "nothing_compared",
        read(FRONT, VARIANTS.replace("as it is", "wide")),
        (
            "mine.md: there is one variant, and nothing that it is compared with.\n"
            "  Needed: a second variant, or a table with the headings Compared and With.\n"
            "  Fix: add one; With may be a number."
        ),
    ),
    (
        "unknown_variant",
        read(FRONT, VARIANTS, with_comparisons("| wise | as it is | parameters |")),
        (
            "line 16, comparison: there is no variant 'wise'.\n"
            "  Needed: one of as it is or wide, or a number where it is compared with one.\n"
            "  Fix: write wide."
        ),
    ),
    (
        "unknown_target",
        applied("| tall | C2 | Maps | 9 |"),
        (
            "line 13, variant tall: lenet5 has no row 'C2'.\n"
            f"  Needed: one of its rows: {ROWS}; {SELECTED}"
            "  Fix: name such a row, or ask the claim of a network that has one."
        ),
    ),
    (
        "unknown_target",
        applied("| tall | every 3x3 convolution | Maps | 9 |"),
        (
            "line 13, variant tall: lenet5 has no 3x3 convolution, which 'every 3x3 convolution' asks for.\n"
            f"  Needed: one of its rows: {ROWS}; {SELECTED}"
            "  Fix: name such a row, or ask the claim of a network that has one."
        ),
    ),
    (
        "unknown_target",
        applied("| tall | second fully connected | Size | 9 |"),
        (
            "line 13, variant tall: lenet5 has no second fully connected.\n"
            f"  Needed: one of its rows: {ROWS}; {SELECTED}"
            "  Fix: name such a row, or ask the claim of a network that has one."
        ),
    ),
    (
        "same_variants",
        applied("| same | any dropout | row | removed |"),
        (
            "line 13, variant same: it is the same as as it is: lenet5 has nothing that their lines change.\n"
            "  Needed: two networks, recipes or data that differ.\n"
            "  Fix: ask the claim of another network, or change the lines."
        ),
    ),
    (
        "change_parts_branches",
        lambda: settings_of(
            read_experiment(
                FRONT
                + VARIANTS.partition("| wide")[0]
                + "| wide | second convolution | Maps | 9 |\n",
                "mine.md",
            ),
            load("resnet9"),
        ),
        (
            "line 11, variant wide: it changes one branch of resnet9 and not the other, so that they do not fit where "
            "they are joined: add2 joins 128x16x16 and 9x16x16.\n"
            "  Needed: a network without shortcuts around the rows that are changed.\n"
            "  Fix: ask the claim of such a network, or copy the document and let the variant change both branches."
        ),
    ),
    (
        "claim_is_about",
        asked(SMALL.replace("data: xor", "data: xor\nabout: data"), data="mnist"),
        (
            "--data: the claim of small is about xor itself.\n"
            "  Needed: that data.\n"
            "  Fix: leave --data out, or ask another experiment."
        ),
    ),
    (
        "field_not_understood",
        read(FRONT.replace("---\n", "---\nabout: recipe\n", 1), VARIANTS),
        (
            "line 2, about: 'recipe' is not understood.\n"
            "  Needed: network, data, or both with a comma.\n"
            "  Fix: write about so."
        ),
    ),
    (
        "edit_not_understood",
        applied("| tall | C1 | Kernel | 2x2 twice |"),
        (
            "line 13, variant tall: Kernel is '2x2 twice'.\n"
            "  Needed: a convolution of 3x3 with zeros alike on all sides.\n"
            "  Fix: write it so."
        ),
    ),
    (
        "edit_not_understood",
        applied("| tall | C1 | Kernel | twice C3 |"),
        ("line 13, variant tall: Kernel is 'twice C3'.\n  Needed: as C3.\n  Fix: write it so."),
    ),
    (
        "unknown_edit",
        applied("| tall | data | pixel | shuffled |"),
        (
            "line 13, variant tall: the data has nothing called 'pixel' that can be changed.\n"
            "  Needed: one of pixels, words or train.\n"
            "  Fix: write pixels."
        ),
    ),
    (
        "only_convolutions_share",
        applied("| tall | S2, F6 | weights | unshared |"),
        (
            "line 13, variant tall: S2 and F6 are no convolutions: no weights are shared over places there.\n"
            "  Needed: `weights | unshared` of convolutions alone.\n"
            "  Fix: name other rows, or leave it out."
        ),
    ),
    (
        "edit_not_understood",
        applied("| tall | C1 | row | gone |"),
        ("line 13, variant tall: row is 'gone'.\n  Needed: removed.\n  Fix: write it so."),
    ),
    (
        "not_matched",
        lambda: settings_of(
            read_experiment(SMALL.replace("| many | H | Size | 8 |", WIDER), "mine.md")
        ),
        (
            "line 18, variant many: no widths give 16 multiply-adds; the nearest give 15.\n"
            "  Needed: a cost within 2 % of the other variant's.\n"
            "  Fix: let more rows be matched, or wider ones."
        ),
    ),
    (
        "no_data_for",
        asked(SMALL.replace("data: xor\n", "")),
        (
            "small: it looks at examples, and names no data.\n"
            "  Needed: the data set to ask it of.\n"
            "  Fix: write `data: mnist` into the front matter, or --data mnist."
        ),
    ),
    (
        "data_without_use",
        asked(FRONT + VARIANTS, data="mnist"),
        (
            "--data: mine follows from the table alone and looks at no data.\n"
            "  Needed: an experiment that trains or looks at examples.\n"
            "  Fix: leave --data out."
        ),
    ),
    (
        "seeds_without_use",
        asked(FRONT + VARIANTS, seeds=3),
        (
            "--seeds: mine follows from the table alone, and nothing in it is drawn.\n"
            "  Needed: an experiment that trains.\n"
            "  Fix: leave --seeds out."
        ),
    ),
    (
        "too_few_seeds",
        asked(SMALL, seeds=1),
        (
            "--seeds: 1 seed would be trained.\n"
            "  Needed: 2 or more: an interval needs a spread.\n"
            "  Fix: write --seeds 3, for example."
        ),
    ),
    (
        "network_not_asked",
        asked(
            FRONT
            + with_lines("| other | network | - | mlp |")
            + with_comparisons("| other | 3 | parameters |"),
            network="mlp",
        ),
        (
            "--network: mine compares networks of its own: other.\n"
            "  Needed: an experiment whose variants are changes of one base network.\n"
            "  Fix: leave --network out, or copy the document and change its tables."
        ),
    ),
    (
        "not_for_this_network",
        asked(SMALL.replace("error on test", "'change under shift: 1'")),
        (
            "change under shift: 1: it cannot be asked of net: it reads no pictures.\n"
            "  Needed: a network and data of which it can be asked.\n"
            "  Fix: choose another network, or another experiment."
        ),
    ),
    (
        "result_not_recorded",
        not_recorded,
        (
            "mine.md: the result cannot be written into it: byte 0 is not UTF-8.\n"
            "  Needed: a document that may be written.\n"
            "  Fix: copy it to a folder of yours: `striate experiment NAME --text > mine.md`."
        ),
    ),
    (
        "flag_without_experiment",
        flags(None, record=True),
        (
            "--record: no experiment is named, so that they are listed.\n"
            "  Needed: the name or the file of an experiment.\n"
            "  Fix: name one: `striate experiment small-kernels --record`, or leave --record out."
        ),
    ),
    (
        "flags_exclude",
        flags("small-kernels", record=True, data="mnist"),
        (
            "--data: it stands beside --record.\n"
            "  Needed: one of the two.\n"
            "  Fix: leave --data or --record out."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_reads_as_expected(case: Case) -> None:
    assert_reads(experiments, case)


def test_every_message_is_tested() -> None:
    assert functions(experiments) == {function for function, _, _ in CASES}
