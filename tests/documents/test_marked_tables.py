"""Tables of MediaWiki and AsciiDoc are the networks that the same tables are in Markdown, on their own lines."""

from dataclasses import replace

import pytest

from striate.checking import check
from striate.documents import Document, read_networks
from striate.errors import DocumentError


MARKDOWN = """# LeNet

| Layer | Type            | Output   | Kernel | Stride | Activation | Parameters |
| ----- | --------------- | -------- | ------ | ------ | ---------- | ---------- |
| Input | Input           | 32x32x1  |        |        |            |            |
| C1    | Convolution     | 28x28x6  | 5x5    | 1      | tanh       | 157        |
| S2    | Average pooling | 14x14x6  | 2x2    | 2      |            |            |
| C3    | Convolution     | 10x10x16 | 5x5    | 1      | tanh       | 2,416      |
| F4    | Dense           | 10       |        |        | softmax    | 16,010     |
"""
WIKI = """'''LeNet''' is a network.<ref>LeCun
1998</ref>

== LeNet ==
:{| class="wikitable sortable" style="text-align: center"
|+ Layers of [[LeNet|the network]]
! scope="col" | Layer !! Type !! Output
! Kernel
! Stride !! Activation !! Parameters
|-
! Input
| [[Input layer|Input]] || 32 &times; 32 &times; 1 || || || ||
|-
! scope="row" | C1
| Convolution || 28 × 28 × 6 || 5 × 5 || rowspan="1" | 1 || tanh || {{nowrap|157}}
|- style="background: #eee"
| S2
| style='color: red' | ''Average
pooling''
| 14 × 14 × 6
| 2 × 2 || 2
|
|
|-
|| C3 || Convolution<!-- the
second --> || 10 × 10 × 16 || 5 × 5 || 1 || '''tanh''' || 2,416{{efn|note=x|}}
|-
| F4 || Dense || 10 || colspan="2" | || softmax || 16,010
|}
"""
ASCIIDOC = """= LeNet
:toc:

.Layers of the network
[%header,cols="1,2*,2,1,1,1"]
|===
|Layer |Type |Output |Kernel |Stride |Activation |Parameters

|Input
|Input
|32x32x1
4+|

// the first one
|*C1* |Convolution
|28x28x6 |5x5 |1 |tanh |157

|S2
a|Average
pooling
|14x14x6
|2x2
^.^|2
2*|

|C3 |`Convolution` |10x10x16 |5x5 |1 |tanh |2,416
|F4 |Dense |10 2+| |softmax |16,010
|===
"""
BEGINNINGS = {
    "a.wiki": ("! Input", '! scope="row" | C1', "| S2", "|| C3", "| F4"),
    "a.adoc": ("|Input", "|*C1*", "|S2", "|C3", "|F4"),
}
"""How the line begins on which each row begins."""


def bare(document: Document) -> object:
    return tuple(replace(row, line=0) for row in document.table.rows)


@pytest.mark.parametrize(("text", "where"), [(WIKI, "a.wiki"), (ASCIIDOC, "a.adoc")])
def test_a_page_is_the_network_of_the_same_table_on_its_own_lines(text: str, where: str) -> None:
    (expected,), (document,) = read_networks(MARKDOWN, "a.md"), read_networks(text, where)
    assert bare(document) == bare(expected)
    assert document.title == "LeNet"
    lines = text.split("\n")
    begins = [lines[(row.line or 0) - 1] for row in document.table.rows]
    assert all(map(str.startswith, begins, BEGINNINGS[where]))
    (finding,) = check(document).findings
    assert finding.line == document.table.rows[1].line
    assert "157" in finding.came


@pytest.mark.parametrize("text", [WIKI, ASCIIDOC])
@pytest.mark.parametrize("around", ["# Net\n\n{}\nMore.\n", "# Net\n\n```\n{}```\n", "words\n{}"])
def test_a_table_inside_another_text_is_read(text: str, around: str) -> None:
    start = text.index(":{|") if text is WIKI else text.index("[%header")
    (expected,) = read_networks(MARKDOWN, "a.md")
    (document,) = read_networks(around.format(text[start:]), "notes.md")
    assert bare(document) == bare(expected)


def test_cells_that_reach_down_and_across_keep_the_columns_in_their_places() -> None:
    wiki = (
        "{|\n! Layer !! Type !! Output !! Kernel\n|-\n| In || colspan=2 | Input 8x8x1 || \n|-\n| A "
        '|| rowspan="2" | Convolution || 6x6x2 || 3x3\n|-\n| B || 4x4x2 || 3x3\n|-\n| F || Dense || 3 ||\n|}'
    )
    adoc = (
        "|===\n|Layer |Type |Output |Kernel\n\n|In 2+|Input 8x8x1 |\n|A .2+|Convolution |6x6x2 |3x3\n"
        "|B |4x4x2 |3x3\n|F |Dense |3 |\n|==="
    )
    markdown = (
        "| Layer | Type | Output | Kernel |\n|-|-|-|-|\n| In | Input 8x8x1 | Input 8x8x1 | |\n"
        "| A | Convolution | 6x6x2 | 3x3 |\n| B | Convolution | 4x4x2 | 3x3 |\n| F | Dense | 3 | |\n"
    )
    (expected,) = read_networks(markdown, "a.md")
    assert len(expected.table.rows) == 4
    for text in (wiki, adoc):
        (document,) = read_networks(text, "a.md")
        assert bare(document) == bare(expected)


def test_listings_of_a_page_are_code_and_not_tables() -> None:
    code = "from torch import nn\nnn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))\n"
    pages = {
        "a.adoc": f"= Net\n\n[source,python]\n----\n{code}----\n",
        "a.wiki": f'== Net ==\n<syntaxhighlight lang="python">\n{code}</syntaxhighlight>\n',
    }
    for where, text in pages.items():
        (document,) = read_networks(text, where)
        assert document.walk.total.parameters == 4 * 3 + 3 + 3 * 2 + 2


def test_what_another_language_writes_within_a_fence_is_left_alone() -> None:
    text = f"# Net\n\n```python\n{ASCIIDOC[ASCIIDOC.index('|===') :]}```\n"
    with pytest.raises(DocumentError):
        read_networks(text, "a.md")
