"""Frameworks whose code is not read, by the names that their imports begin with."""

_FOREIGN = {
    "flax": "Flax",
    "jax": "JAX",
    "haiku": "Haiku",
    "equinox": "Equinox",
    "mxnet": "MXNet",
    "gluon": "MXNet",
    "paddle": "PaddlePaddle",
    "chainer": "Chainer",
    "lasagne": "Lasagne",
    "theano": "Theano",
    "tflearn": "TFLearn",
    "mindspore": "MindSpore",
    "caffe": "Caffe's Python interface",
    "caffe2": "Caffe2",
    "fastai": "fastai",
    "tinygrad": "tinygrad",
    "mlx": "MLX",
    "oneflow": "OneFlow",
    "jittor": "Jittor",
    "stax": "JAX",
}
_OLD_GRAPHS = ("tensorflow.contrib", "tensorflow.layers", "slim")


def foreign_name(path: str) -> str:
    """Return the name of the framework that a path belongs to and that is not read; nothing for others.

    >>> foreign_name("flax.linen.Conv")
    'Flax'
    """
    root = path.partition(".")[0]
    if path.startswith(_OLD_GRAPHS):
        return "TensorFlow 1"
    return _FOREIGN.get(root, "")
