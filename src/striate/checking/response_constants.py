"""The constants of a response normalisation as the libraries write them: the same letters, other meanings."""

from striate.layers import ResponseNormalization


# (coefficient of each square, k) of windows of 5 maps with beta 0.75.
_PUBLISHED = {
    (1e-4, 2.0): "the formula as printed in 2012",
    (2e-5, 2.0): "the code of 2012, which divides alpha by 5 before use",
    (2e-5, 1.0): "BVLC's AlexNet and GoogLeNet, and TensorFlow ports of them",
}
_USUAL_SIZE, _USUAL_BETA = 5, 0.75


def equivalents(layer: ResponseNormalization) -> str:
    """Say what a normalisation divides by, and write it for TensorFlow, PyTorch and Caffe.

    Examples:
        >>> equivalents(ResponseNormalization(5, 1e-4, 0.75, 2.0)).split(": ")[0]
        'Each value is divided by (2 + 2e-05 x the squares of 5 maps)^0.75'
    """
    coefficient, k, beta, size = layer.coefficient, layer.k, layer.beta, layer.size
    divided = coefficient * layer.neighbours
    where = f"{size} maps" if layer.region == "across" else f"{size}x{size} places of its map"
    if layer.groups > 1:
        where += f", in each of {layer.groups} groups of maps by itself"
    text = f"Each value is divided by ({k:g} + {coefficient:g} x the squares of {where})^{beta:g}"
    known = _known(layer)
    text += f": {known}." if known else "."
    caffe = f"local_size: {size}, alpha: {divided:g}, beta: {beta:g}, k: {k:g}"
    if layer.region == "within":
        return f"{text} Caffe: norm_region: WITHIN_CHANNEL, {caffe}."
    return (
        f"{text} TensorFlow: depth_radius={size // 2}, bias={k:g}, alpha={coefficient:g}, "
        f"beta={beta:g}. PyTorch: size={size}, alpha={divided:g}, beta={beta:g}, k={k:g}. "
        f"Caffe: {caffe}."
    )


def _known(layer: ResponseNormalization) -> str:
    if (layer.size, layer.beta, layer.region) != (_USUAL_SIZE, _USUAL_BETA, "across"):
        return ""
    # alpha / 5 is rounded in binary.
    return _PUBLISHED.get((round(layer.coefficient, 12), layer.k), "")
