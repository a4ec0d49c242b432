"""Messages about networks that are taken out."""

from striate.errors.fault import Fault, counted, listed


def library_for_export(file: str, missing: list[str]) -> Fault:
    """Report libraries that are not installed."""
    return Fault(
        where=file,
        came=f"{listed(missing)} {'is' if len(missing) == 1 else 'are'} not installed.",
        needed="the extra `export` of Striate.",
        fix="write pip install 'striate[export]'.",
    )


def suffix_of_export(file: str) -> Fault:
    """Report a file whose name does not say what it will be."""
    return Fault(
        where=file,
        came="its name does not end in .onnx.",
        needed="a file of ONNX.",
        fix="write -o NAME.onnx.",
    )


def no_pixels_for_digits(name: str) -> Fault:
    """Report a network whose pictures are searched for ink, which ONNX cannot."""
    return Fault(
        where=name,
        came="its pictures are fitted as digits: the ink is searched for, scaled and moved.",
        needed="fit resize, crop or letterbox, which ONNX can do; the search for ink is no part of ONNX.",
        fix="export --from inputs, and give the file what bundle.prepare(picture) returns.",
    )


def no_pixels_into_features(name: str) -> Fault:
    """Report a network that reads no pictures."""
    return Fault(
        where=name,
        came="it reads no pictures, so that there are no pixels to begin with.",
        needed="a network whose first row is an image.",
        fix="export --from inputs.",
    )


def differs_from_predict(file: str, difference: float, others: int, tolerance: float) -> Fault:
    """Report a file that gives something else than `predict`; it is not written."""
    classes = f", and {counted(others, 'example')} of another class" if others else ""
    return Fault(
        where=file,
        came=f"its probabilities differ from those of predict by up to {difference:.2g}{classes}.",
        needed=f"at most {tolerance:g}, and the same classes. Nothing was written.",
        fix="report it, with the bundle: this is a fault of Striate or of a library.",
    )
