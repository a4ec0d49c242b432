"""What a network does with one example, in numbers that can be followed with a pencil."""

from striate.explanation.example import read_example
from striate.explanation.step import GradientStep, RowBackward, RowForward, explain_step


__all__ = ["GradientStep", "RowBackward", "RowForward", "explain_step", "read_example"]
