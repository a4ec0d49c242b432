"""Documents of experiments for tests: the parts of a sound one, and one that takes no time to train."""

FRONT = """---
name: mine
claim: The claim.
network: lenet5
measure: parameters
---
"""

VARIANTS = """
| Variant | Row | Column | Value |
| --- | --- | --- | --- |
| as it is | - | - | - |
| wide | C1 | Maps | 8 |
| wide | C3 | connection table | none |
"""

SMALL = """---
name: small
claim: {en: More units err less., ko: 유닛이 많으면 덜 틀린다.}
data: xor
measure: error on test
direction: lower
recipe: {loss: binary-cross-entropy, batch_size: 4, schedule: constant}
quick: {seeds: 2, epochs: 2}
---

# Small

| Variant | Row | Column | Value |
| --- | --- | --- | --- |
| few | - | - | - |
| many | H | Size | 8 |

## Net

| Layer | Type | Size | Activation |
| --- | --- | --- | --- |
| Input | Input | 2 | - |
| H | Fully connected | 2 | tanh |
| Output | Fully connected | 1 | sigmoid |
"""


def with_lines(*lines: str) -> str:
    """Give the variants of `VARIANTS` and more lines of the table."""
    return VARIANTS + "".join(f"{line}\n" for line in lines)


def with_comparisons(*lines: str, headings: str = "Compared | With | Measure") -> str:
    """Give a table of comparisons."""
    count = headings.count("|") + 1
    return f"\n| {headings} |\n|{' --- |' * count}\n" + "".join(f"{line}\n" for line in lines)
