"""Take a trained network out: one ONNX file, from the pixels of a picture to probabilities."""

from striate.export.comparing import Comparison
from striate.export.exporting import Exported, export_onnx


__all__ = ["Comparison", "Exported", "export_onnx"]
