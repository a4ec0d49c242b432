"""Messages about networks that are taken out."""

from striate.errors.fault import Fault, counted, listed


def library_for_export(file: str, missing: list[str], extra: str = "export") -> Fault:
    """Report libraries that are not installed."""
    return Fault(
        where=file,
        came=f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed.",
        needed=f"the extra `{extra}` of Striate.",
        fix=f"write pip install 'striate[{extra}]'.",
    )


def suffix_of_export(file: str, suffix: str) -> Fault:
    """Report a file whose name does not say what it will be."""
    return Fault(
        where=file,
        came=f"its name does not end in {suffix}.",
        needed=f"a name that ends in {suffix}.",
        fix=f"write -o NAME{suffix}.",
    )


def others_beside_export(file: str, beside: list[str]) -> Fault:
    """Report files that an export would replace, and that none has written."""
    return Fault(
        where=file,
        came=f"{' and '.join(beside)} beside it {'has' if len(beside) == 1 else 'have'} not been written by an export, and "
        "would be replaced.",
        needed="names that are free, or those of an export, whose report lies beside them: NAME.onnx.json, NAME.pt2.json and "
        "so on.",
        fix="write another name behind -o.",
    )


def no_pixels_into_features(name: str) -> Fault:
    """Report a network that reads no pictures."""
    return Fault(
        where=name,
        came="it reads no pictures, so that there are no pixels to begin with.",
        needed="a network whose first row is an image.",
        fix="export --from inputs.",
    )


def no_decoder() -> Fault:
    """Report a file that is to decode pictures by itself."""
    return Fault(
        where="--from bytes",
        came="ONNX Runtime has no ImageDecoder, the operator that decodes pictures, and neither have OpenVINO and the "
        "runtime for browsers.",
        needed="pixels: a picture that was decoded, height x width x 3 bytes.",
        fix="export --from pixels, and decode with Pillow, a canvas, or any library.",
    )


def code_of_other_weights(name: str) -> Fault:
    """Report code of a network whose weights are not those of the network."""
    return Fault(
        where=name,
        came="the code that was written for it has other weights than it has.",
        needed="the same shapes in the same order. Nothing was written.",
        fix="report it, with the bundle: this is a fault of Striate.",
    )


def no_core_ml() -> Fault:
    """Report the form that cannot be compared before it is written."""
    return Fault(
        where="--to coreml",
        came="coremltools writes it, and Core ML runs on Apple's systems alone: what it gives cannot be compared with "
        "predict elsewhere.",
        needed="--to onnx, torch, openvino, web, executorch or litert.",
        fix="export --to executorch, which Apple's systems run as well.",
    )


def not_run_by_executorch(file: str, problem: str) -> Fault:
    """Report a program that ExecuTorch has made and cannot run."""
    return Fault(
        where=file,
        came=f"ExecuTorch does not run the program that it has made: {problem.rstrip('.')}.",
        needed="an operator of ExecuTorch for each row; error 0x14 is one that it lacks. Nothing was written.",
        fix="export --to onnx or --to litert.",
    )


def flags_of_onnx(flags: list[str], form: str, precision: str) -> Fault:
    """Report flags that a form does not heed."""
    return Fault(
        where=listed(flags),
        came=f"--to {form} in {precision} does not heed {'it' if len(flags) == 1 else 'them'}.",
        needed="--from and --precision for onnx, --from for openvino, --data, --loss and --take-no-gain for fp16 and int8, "
        "and --runtime for web.",
        fix="leave it out, or name the form that it is for.",
    )


def no_runtime_for_web(folder: str, missing: list[str]) -> Fault:
    """Report a folder that is no installation of the runtime for browsers."""
    return Fault(
        where=folder or "--runtime",
        came=f"it has no {listed(missing)}." if folder else "it is not said.",
        needed="a folder of the npm package onnxruntime-web, with its dist.",
        fix="write npm install onnxruntime-web, and --runtime node_modules/onnxruntime-web.",
    )


def no_page_for_sentences(name: str) -> Fault:
    """Report a network that a page of pictures cannot be made for."""
    return Fault(
        where=name,
        came="it reads no pictures.",
        needed="a network of pictures: the page takes them by drop, camera or drawing.",
        fix="export --to onnx.",
    )


def lost_too_much(file: str, precision: str, before: float, after: float, allowed: float) -> Fault:
    """Report a network that is wrong too often in smaller numbers."""
    return Fault(
        where=file,
        came=f"in {precision} its error is {100 * after:.2f} %, and {100 * before:.2f} % in fp32.",
        needed=f"at most {100 * allowed:g} points more. Nothing was written.",
        fix="export it in fp32, or allow more with --loss.",
    )


def neither_smaller_nor_faster(file: str, precision: str, size: float, speed: float) -> Fault:
    """Report smaller numbers that bring nothing."""
    return Fault(
        where=file,
        came=f"in {precision} the network takes {size:.2f} times the bytes of fp32, and reads at {speed:.2f} times its speed.",
        needed="fewer bytes, or more examples a second. Nothing was written.",
        fix="export it in fp32, or take it as it is with --take-no-gain.",
    )


def sentences_in_fp32(name: str, precision: str) -> Fault:
    """Report a network of sentences that is to be written in smaller numbers."""
    return Fault(
        where=f"--precision {precision}",
        came=f"{name} reads sentences, most of whose products are left out as it is.",
        needed="a network of pictures or vectors.",
        fix="export it in fp32.",
    )


def no_calibration(file: str) -> Fault:
    """Report smaller numbers without data to measure them on."""
    return Fault(
        where=file,
        came="the run names no data, and smaller numbers are measured on examples before they are written.",
        needed="data of the kind that the network was trained on.",
        fix="say --data.",
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
