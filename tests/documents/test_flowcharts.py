"""Flowcharts of Mermaid: those that Striate writes, and those that people do."""

import pytest

import striate
from striate.checking import check
from striate.documents import read_networks
from striate.drawing.mermaid import write_mermaid
from striate.errors import NoNetworkError
from striate.networks import network_names


@pytest.mark.parametrize("name", network_names())
def test_a_written_chart_is_read_as_the_table_that_it_was_written_from(name: str) -> None:
    document = striate.load(name)
    chart = write_mermaid(document.sound_walk(), document.heading)
    embedded = f"# Notes\n\n```mermaid\n{chart}```\n\nMore of it.\n"
    for text, where in ((chart, "net.mmd"), (chart.replace("\n", "\r\n"), "-"), (embedded, "a.md")):
        (back,) = read_networks(text, where)
        assert back.table == document.table
        assert back.line
        assert text.splitlines()[back.line - 1].startswith("%%: | Layer")


def test_a_chart_that_was_changed_is_read_by_its_nodes() -> None:
    document = striate.load("fashion-cnn")
    chart = write_mermaid(document.sound_walk(), "net")
    (coloured,) = read_networks(chart.replace("fill:#dbe7f5", "fill:red"), "net.mmd")
    assert coloured.table == document.table
    changed = chart.replace("<br>10", "<br>12")
    assert changed != chart
    (read,) = read_networks(f"```mermaid\n{changed}```\n", "a.md")
    assert str(read.sound_walk().reports[-1].output) == "12"


@pytest.mark.parametrize("name", ["fashion-cnn", "vgg16"])
def test_a_drawn_chain_is_read_as_the_network_that_it_was_drawn_from(name: str) -> None:
    walk = striate.load(name).sound_walk()
    chart = "".join(
        line for line in write_mermaid(walk, name).splitlines(keepends=True) if line[:2] != "%%"
    )
    (document,) = read_networks(f"```mermaid\n{chart}```\n", "a.md")
    report = check(document)
    assert report.agrees
    assert report.walk.total.parameters == walk.total.parameters
    assert str(report.walk.reports[-1].output) == str(walk.reports[-1].output)


BRANCHED = """\
Pictures of 16x16, in grey.

```mermaid
graph LR;
    %% the network
    A[Input 1x16x16] --> B[Conv 4@3x3, padding 1]
    B --> C(Conv 4@3x3, padding 1) -->|sum| D{{Add}};
    B --> D
    D --> E[MaxPool 2x2] --> F([FC 10])
    style A fill:#fff
```
"""


def test_what_a_node_reads_are_the_nodes_whose_arrows_end_in_it() -> None:
    (document,) = read_networks(BRANCHED, "a.md")
    report = check(document)
    assert report.agrees
    assert [str(row.output) for row in report.walk.reports][-3:] == ["4x16x16", "4x8x8", "10"]
    assert report.walk.total.parameters == 40 + 4 * 37 + 10 * 257


def test_a_chart_of_something_else_is_no_network() -> None:
    text = "```mermaid\nflowchart TD\n  a[Start] --> b[Load data]\n  b --> c[Train]\n  c --> d[End]\n```\n"
    with pytest.raises(NoNetworkError):
        read_networks(text, "a.md")
