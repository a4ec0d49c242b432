"""The files of a workload, and the words of a job. Nothing here needs torch."""

from typing import Literal


Kind = Literal["training", "reading", "answering"]
"""Steps of training; reading many examples at once; answering for one example at a time."""

Width = Literal["fp32", "bf16", "int8"]
"""A class of precision; only programs of one class are compared as equals."""

DOCUMENT = "network.md"
WEIGHTS = "weights.safetensors"
EXAMPLES = "examples.safetensors"
"""`images`, `labels`, and `mean` where one is subtracted."""
REFERENCE = "reference.safetensors"
"""`outputs` and `loss` of the first examples, in double precision."""
BUNDLE = "bundle"

CHECKED = 4
"""Examples whose outputs are compared."""
