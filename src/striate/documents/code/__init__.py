"""Python code of Keras and PyTorch, read by an evaluator of its syntax and never run."""

from striate.documents.code.reading import read_code


__all__ = ["read_code"]
