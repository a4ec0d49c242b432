"""Networks in forms that are not read are named by their form, with the line."""

from pathlib import Path

import pytest

from striate.documents import read_file, read_networks
from striate.errors import DocumentError, NoNetworkError


FORMS = {
    "written for MATLAB": "layers = [\n  imageInputLayer([28 28 1])\n  convolution2dLayer(5, 20)];",
    "written for Torch7, in Lua": "require 'nn'\nnet:add(nn.SpatialConvolution(1, 6, 5, 5))",
    "written for Flux, in Julia": "# net\nusing Flux\nm = Chain(Conv((5, 5), 1 => 6, relu))",
    "written for TensorFlow.js": "const m = tf.sequential();\nm.add(tf.layers.conv2d({filters: 8}));",
    "written for TensorFlow 1": "h = 1\nc = tf.nn.conv2d(x, W, strides=[1, 1, 1, 1], padding='SAME')",
    "written for Keras, in R": "model %>%\n  layer_conv_2d(filters = 32, kernel_size = c(3, 3))",
    "written for PyTorch, in C++": "// net\ntorch::nn::Conv2d conv1{nullptr};",
    "written in Rust": "// net\nlet conv1 = nn::conv2d(vs, 1, 32, 5, Default::default());",
    "written for Deeplearning4j": "// net\n.layer(new ConvolutionLayer.Builder(5, 5).nOut(20).build())",
    "written for Wolfram Language": "(* net *)\nNetChain[{ConvolutionLayer[20, 5], Ramp}]",
    "written for Ultralytics, in YAML": "backbone:\n  - [-1, 1, Conv, [64, 3, 2]]",
    "written for cuda-convnet": "[conv1]\ntype=conv\nfilters=32",
    "written for cxxnet": "netconfig=start\nlayer[0->1] = conv",
    "saved by MXNet, in JSON": '{"nodes": [\n{"op": "Convolution", "name": "c1"}]}',
    "a config of Hugging Face": '{\n"model_type": "resnet"}',
    "a table of AsciiDoc that nothing closes": "Net\n|===\n|Layer |Type\n",
    "a table of MediaWiki that nothing closes": 'Net\n{| class="wikitable"\n! Layer !! Type\n',
    "a table of AsciiDoc in separated values": "Net\n,===\nLayer,Type\n,===",
    "a list-table of reStructuredText": "Net\n.. list-table::\n\n   * - Layer\n     - Type",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fence", ["", "```\n"])
def test_a_form_that_is_not_read_is_named(form: str, fence: str) -> None:
    text = f"{fence}{FORMS[form]}\n{fence}"
    with pytest.raises(NoNetworkError) as raised:
        read_networks(text, "net.txt")
    line = 2 + bool(fence)
    assert str(raised.value) == (
        f"net.txt: line {line}: this is {form}, which is not read.\n"
        "  Needed: a table of layers, code of Keras or PyTorch, a printed summary, a Caffe or Darknet definition, "
        "or an ONNX file.\n"
        "  Fix: export it to ONNX where that program can, or write its layers as a table, one row a layer."
    )


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("net.pth", "weights of torch, which do not say how layers are joined"),
        ("net.safetensors", "arrays of weights, which do not say how layers are joined"),
        ("net.tflite", "a network of LiteRT, which is not read"),
    ],
)
def test_a_file_of_numbers_is_named(tmp_path: Path, name: str, holds: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\x80\x02\xff")
    with pytest.raises(DocumentError) as raised:
        read_file(path)
    assert str(raised.value) == (
        f"{path}: it holds {holds}.\n"
        "  Needed: the network itself: a table of layers, its code, a printed summary, or an ONNX file.\n"
        "  Fix: check what it was made from, or export that to ONNX; `striate train --from` takes weights."
    )
