"""Take a trained network out: for other runtimes, for plain torch, and for browsers."""

from striate.export.comparing import Comparison
from striate.export.exporting import Exported, export_onnx
from striate.export.torch_programs import export_torch


__all__ = ["Comparison", "Exported", "export_onnx", "export_torch"]
