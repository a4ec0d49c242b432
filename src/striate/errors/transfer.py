"""Messages about weights of another network that a network is to begin with."""

from collections.abc import Iterable, Mapping, Sequence

from striate.errors.fault import Fault, counted, listed


_SHOWN = 6
"""Names that a line shows."""


def unreadable_weights(where: str, problem: str) -> Fault:
    """Report a file of weights that cannot be read."""
    return Fault(
        where=where,
        came=f"its weights cannot be read: {problem}.",
        needed="tensors by name; nothing else of a file is ever run or unpickled.",
        fix="copy or download it again, or write the state dict anew: torch.save(model.state_dict(), 'weights.pth').",
    )


def no_weights_there(where: str) -> Fault:
    """Report a file of weights that does not exist."""
    return Fault(
        where=where,
        came="there is no such file or folder.",
        needed="a file of weights, the folder of a bundle or of a run, or hf:owner/name.",
        fix="check the path.",
    )


def whole_model(where: str, loaded_by: str) -> Fault:
    """Report a file of torch that holds a model with its classes, and not its numbers by name.

    Args:
        where: The file.
        loaded_by: The function of torch that reads it.
    """
    fully = ", weights_only=False" if loaded_by == "torch.load" else ""
    return Fault(
        where=where,
        came="it holds a whole model, and no state dict: to read it is to run code that it names.",
        needed="tensors by name; nothing else of a file is ever run or unpickled.",
        fix=f"in Python, in the folder of the model's own code and if you trust the file, write "
        f"model = {loaded_by}({where!r}, map_location='cpu'{fully}), or of a dict its entry that is the model, then "
        "torch.save(model.state_dict(), 'weights.pth'), and give weights.pth.",
    )


def objects_beside_tensors(where: str, names: Sequence[str]) -> Fault:
    """Report a checkpoint that holds objects of other programs beside its tensors."""
    return Fault(
        where=where,
        came=f"beside tensors it holds objects of {_some(names)}.",
        needed="tensors by name; nothing else of a file is ever run or unpickled.",
        fix="in Python, where these can be imported and if you trust the file, write "
        f"found = torch.load({where!r}, map_location='cpu', weights_only=False) and torch.save(found['state_dict'], "
        "'weights.pth'), with the file's own name for its state dict, and give weights.pth.",
    )


def weights_not_known(where: str) -> Fault:
    """Report a file whose form says nothing of weights."""
    return Fault(
        where=where,
        came="it is no bundle, and neither its content nor its ending is that of a file of weights.",
        needed="the folder of a bundle or of a run, hf:owner/name, or a file .safetensors, .npz, .pth, .pt, .bin, "
        ".ckpt, .onnx, .h5, .hdf5 or .keras.",
        fix="check the path.",
    )


def weights_of_caffe(where: str) -> Fault:
    """Report weights in Caffe's own form, which nothing here reads."""
    return Fault(
        where=where,
        came="Caffe's .caffemodel is not read.",
        needed="a file .npz of its arrays, named conv1.weight and conv1.bias by its layers.",
        fix="read it with OpenCV 4, net = cv2.dnn.readNetFromCaffe(prototxt, caffemodel), and write "
        "net.getParam(layer, 0) and net.getParam(layer, 1) of each layer with numpy.savez.",
    )


def order_not_kept(where: str, name: str) -> Fault:
    """Report a file whose tensors have names of their own, in no order."""
    return Fault(
        where=where,
        came=f"no name in it is one of the network's, {name} does not say where it stands, and safetensors keeps no "
        "order.",
        needed="the network's own names, those of torchvision or timm for ResNet, VGG and AlexNet, or a file that "
        "keeps the order.",
        fix="write the state dict as .npz or .pth, or pass it to striate.load_weights.",
    )


def no_weights_fit(where: str, fitted: int, came: str, needed: str) -> Fault:
    """Report weights of another network."""
    return Fault(
        where=where,
        came=f"no layer in it has the name and the shape of one of the network's, and in order "
        f"{counted(fitted, 'layer')} fit until {came} stands for {needed}.",
        needed="the same rows with weights in the same order, the last one aside.",
        fix="take the table of the network that the weights belong to: `striate diff` compares two.",
    )


def norms_without_rows(where: str, names: Sequence[str]) -> Fault:
    """Report weights with batch normalizations for a table that has none, as torchvision's GoogLeNet for the paper's."""
    return Fault(
        where=where,
        came=f"it holds {counted(len(names), 'batch normalization')} ({_some(names)}), and the network's table has none.",
        needed="the same rows with weights: what its layers learnt is of no use without what stands behind them.",
        fix="write a row Batch normalisation behind each of these layers into the table, or take weights of the network "
        "without them.",
    )


def several_state_dicts(where: str, names: Sequence[str]) -> Fault:
    """Report a file that holds the weights of several networks."""
    return Fault(
        where=where,
        came=f"it holds tensors under {', '.join(names)}.",
        needed="one state dict.",
        fix="load it in Python, and pass the one that is meant to striate.train(weights=...).",
    )


def one_of_several(taken: str, left: Sequence[str]) -> str:
    """Say which weights of a file were taken, and which were left."""
    return f"Of the file, the tensors under {taken} are taken; those under {listed(left)} are not."


def library_for_weights(where: str, library: str, extra: str) -> Fault:
    """Report a library that reads a form of weights and is not installed."""
    return Fault(
        where=where,
        came=f"{library} is not installed.",
        needed=f"the extra `{extra}` of Striate, which reads such files.",
        fix=f"write pip install 'striate[{extra}]'.",
    )


def quantized_weights(where: str, operator: str, node: str) -> Fault:
    """Report a graph whose weights are those of an operator on small integers."""
    return Fault(
        where=where,
        came=f"the node {node} is {operator}, whose weights are small integers with scales of their own.",
        needed="a graph of Conv, Gemm, MatMul, BatchNormalization and the like, in floating-point numbers.",
        fix="take the file from before it was quantized.",
    )


def keras_layer_not_read(where: str, layer: str, shapes: str) -> Fault:
    """Report a layer of Keras whose weights no row holds."""
    return Fault(
        where=where,
        came=f"the layer {layer} holds weights of {shapes}, which are not understood.",
        needed="layers Conv2D, Conv2DTranspose, DepthwiseConv2D, Dense, Embedding, BatchNormalization or "
        "LayerNormalization.",
        fix="take a network without it, or save the weights of the others alone.",
    )


def rows_were_taken(
    where: str,
    count: int,
    rows: int,
    by: str,
    began: Mapping[str, str],
    unused: Iterable[str],
) -> str:
    """Say what a network has taken of other weights."""
    of = f"{count:,} of {rows:,} rows" if began else f"all {rows:,} rows"
    said = f"Of {where}, the weights of {of} were taken by {by}."
    if began:
        said += f" Begun anew: {_some([f'{row} ({reason})' for row, reason in began.items()])}."
    left = _some(unused)
    return f"{said} Not taken: {left}." if left else said


def side_heads_left(count: str) -> str:
    """Say that side heads of others were left out."""
    return f"Side heads, {count}, were left out."


def batch_norm_was_folded(count: int) -> str:
    """Say that normalizations stand in the weights ahead of them."""
    return (
        f"{counted(count, 'batch normalization')} had been folded into the weights ahead: what is left is an offset, "
        "mean 0 and variance 1. While it learns it takes those of each batch, unless its rows are frozen."
    )


def words_were_taken(row: str, known: int, words: int) -> str:
    """Say how many words have got their vectors."""
    return f"{row} has the vectors of {known:,} of its {words:,} words; the others are as they were drawn."


_IMAGENET = (
    " Weights of torchvision and timm were mostly trained with `mean: 0.485, 0.456, 0.406` and"
    " `std: 0.229, 0.224, 0.225`: write both below `input:` if these were."
)


def preparation_unknown(fit: str, values: str, subtract: str, *, is_silent: bool) -> str:
    """Say that a file of weights does not tell how pictures were prepared for them, and how they mostly are."""
    mean = "" if subtract == "nothing" else f", less the {subtract}"
    return (
        f"The file does not say how its pictures were prepared; here they are fitted by {fit}, {values}"
        f"{mean}.{_IMAGENET if is_silent and not mean else ''}"
    )


def preparation_differs(differences: Sequence[str]) -> str:
    """Say that a bundle was trained on pictures that were prepared in another way."""
    return f"What it read was prepared in another way: {'; '.join(differences)}."


def _some(names: Iterable[str]) -> str:
    named = list(names)
    shown = ", ".join(named[:_SHOWN])
    more = len(named) - _SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown
