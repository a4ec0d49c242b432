"""The tree of errors: what a caller can catch. The texts are built in the modules beside this one.

    StriateError
    ├── LayerError       a layer whose numbers cannot be, or that does not fit its input
    ├── DocumentError    a document or a table from which no network can be built
    │   └── NoNetworkError   a document that holds none, and is no fault among others
    ├── RecipeError      a training recipe with a wrong field or value
    ├── AuditError       the built network and the arithmetic differ: a bug of Striate
    ├── DataError        images, labels or files that a user gave
    ├── BundleError      a bundle or a checkpoint: missing, altered, or of another form
    ├── CacheError       no place for what can be made again
    ├── DeviceError      a device that torch does not find
    ├── TrainingError    a run that cannot go on
    ├── ExperimentError  a claim that cannot be asked of a network or of data
    ├── ExplanationError a network or an example that cannot be put into numbers
    ├── DrawingError     a network that a style of drawing, or a kind of file, cannot show
    ├── ExportError      a network that cannot be written for other programs
    ├── SeeingError      a row, a unit or a class that a network does not have, or cannot show
    ├── KernelError      a layer in C++ that cannot be compiled here; never leaves `kernels`
    ├── CaptureError     a step that cannot be captured as a CUDA graph; never leaves `training`
    ├── RankError        a process of a run that others share
    │   └── RankEchoError         another process tells what is wrong
    ├── UsageError       a verb or a flag that does not exist, or an argument of another type
    └── TimingError      a program whose speed cannot be measured, or would say nothing

Every error carries `faults`: all that is wrong with one input, each with its place, what came, what
is needed and what to do about it. `str(error)` is the text a person reads.
"""

from striate.errors.fault import Fault
from striate.errors.remark import Remark


class StriateError(Exception):
    """Base of all errors of Striate.

    Args:
        faults: Everything wrong with the one input, in the order of its lines; at least one.
    """

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        """Join the faults, one paragraph each."""
        return "\n".join(str(fault) for fault in self.faults)


class LayerError(StriateError):
    """A layer's numbers cannot be, or do not fit the shape it reads."""


class DocumentError(StriateError):
    """No network can be built from a document or table."""


class NoNetworkError(DocumentError):
    """A document holds no network at all."""


class RecipeError(StriateError):
    """A recipe holds an unknown field or an impossible value."""


class AuditError(StriateError):
    """The built network and the arithmetic on its table differ: a bug of Striate."""


class DataError(StriateError):
    """Images, labels or files that a user gave cannot be used."""


class BundleError(StriateError):
    """A bundle or checkpoint is missing, altered, or of another form."""


class CacheError(StriateError):
    """There is no place for what can be made again."""


class DeviceError(StriateError):
    """A device that torch does not find was asked for."""


class TrainingError(StriateError):
    """A training run cannot go on."""


class ExperimentError(StriateError):
    """A claim cannot be asked of a network, or of data."""


class ExplanationError(StriateError):
    """A network or an example cannot be put into numbers."""


class DrawingError(StriateError):
    """A network cannot be drawn in the style, or to the file, that was asked for."""


class ExportError(StriateError):
    """A network cannot be written for other programs, or what was written gives something else."""


class SeeingError(StriateError):
    """A network has no such row, unit or class, or cannot show it."""


class ServingError(StriateError):
    """Networks cannot be served as they were asked for."""


class KernelError(StriateError):
    """A layer in C++ cannot be compiled or loaded here; torch's form of it is used."""


class CaptureError(StriateError):
    """A step cannot be captured as a CUDA graph; its operations are launched one by one."""


class RankError(StriateError):
    """Another of the processes that train one network together has ended, or cannot be found."""


class RankEchoError(RankError):
    """Another process has found a fault and tells it; this one need not."""


class UsageError(StriateError):
    """A verb or a flag does not exist, or an argument is of a type that a function does not take."""


class TimingError(StriateError):
    """A program's speed cannot be measured, or would say nothing."""


__all__ = [
    "AuditError",
    "BundleError",
    "CacheError",
    "CaptureError",
    "DataError",
    "DeviceError",
    "DocumentError",
    "DrawingError",
    "ExplanationError",
    "Fault",
    "KernelError",
    "LayerError",
    "NoNetworkError",
    "RankEchoError",
    "RankError",
    "RecipeError",
    "Remark",
    "SeeingError",
    "ServingError",
    "StriateError",
    "TimingError",
    "TrainingError",
    "UsageError",
]
