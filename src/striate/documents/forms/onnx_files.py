"""Read the structure of ONNX files: the graph, and of its weights the dims alone.

This module needs the library `onnx`, of the extra `export`; who imports it looks for that first.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx.helper import get_attribute_value
from onnx.numpy_helper import to_array

from striate.documents.forms.building import Builder
from striate.documents.forms.onnx_layers import Node, NotALayerError, layer_of
from striate.documents.parts import NetworkRead
from striate.errors import DocumentError, LayerError
from striate.errors.forms import (
    file_not_parsed,
    form_input_unknown,
    form_weights_shared,
    several_outputs,
    unknown_form_layer,
    unknown_form_source,
)
from striate.layers import (
    Add,
    Concat,
    Convolution,
    FullyConnected,
    Input,
    Layer,
    Multiply,
    TransposedConvolution,
)
from striate.shapes import Features, Image, Shape
from striate.table import Claim, Claims, Table, Unreadable


FORM = "ONNX"
_SMALL = 64
"""Most numbers of a constant whose values are looked at: sizes, axes and factors have fewer."""
_PASSED_ON = {"Identity", "Cast"}
_JOINED: dict[str, type[Add | Multiply]] = {"Add": Add, "Sum": Add, "Mul": Multiply}
_FROM_MAPS_LAST = (0, 3, 1, 2)
_BIASED = (Convolution, TransposedConvolution, FullyConnected)


def read_onnx(path: Path, given: Shape | None = None) -> NetworkRead:
    """Read the network of an ONNX file; nothing of it is run, and weights beside the file are not opened.

    Args:
        path: The file.
        given: What comes in, where the file leaves sizes open.

    Returns:
        Its network; of each row the file's own number of weights is a claim.

    Raises:
        DocumentError: The file is none of ONNX.
        OSError: The file cannot be read.
    """
    try:
        model = onnx.load(path, load_external_data=False)
    except (DecodeError, ValueError) as error:
        raise DocumentError(file_not_parsed(str(path), FORM)) from error
    if not model.graph.node:
        raise DocumentError(file_not_parsed(str(path), FORM))
    return _Graph(model.graph, given).read()


class _Graph:
    """Makes rows of the nodes of one graph."""

    def __init__(self, graph: onnx.GraphProto, given: Shape | None) -> None:
        self.graph = graph
        self.given = given
        self.rows = Builder()
        self.weights = {tensor.name: tensor for tensor in graph.initializer}
        self.values: dict[str, tuple[float, ...]] = {}
        self.givers: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.names: set[str] = set()
        self.is_maps_last = False

    def read(self) -> NetworkRead:
        """Read every node, in the order of the file, which is that of computing."""
        for tensor in self.graph.initializer:
            self._keep_values(tensor.name, tensor)
        if self._add_input():
            for number, node in enumerate(self.graph.node, 1):
                self._add(number, node)
            self._check_outputs()
        rows = self.rows
        table = rows.table(merged=True) if rows.last else Table(())
        faults, remarks = tuple(rows.faults), tuple(rows.remarks)
        return NetworkRead(table, 1, faults=faults, remarks=remarks)

    def _add_input(self) -> bool:
        """Add the row of what comes in; whether its size is known."""
        inputs = [entry for entry in self.graph.input if entry.name not in self.weights]
        for further in inputs[1:]:
            came = f"{further.name}, a second input,"
            self.rows.faults.append(unknown_form_layer(further.name, FORM, came, None))
        if inputs:
            dims = [dim.dim_value for dim in inputs[0].type.tensor_type.shape.dim]
            shape = self._input_shape(inputs[0].name, dims[1:])
            if shape is None and self._leaves_open(dims[1:]):
                shape = self.given
            if shape is not None:
                name = self.rows.add(inputs[0].name, Input(shape), ())
                self.givers[inputs[0].name] = name
                return True
        needed, fix = "channels, height and width of the input", "write the file with a fixed size"
        self.rows.faults.append(form_input_unknown(FORM, needed, fix, None))
        return False

    def _leaves_open(self, sizes: list[int]) -> bool:
        """Whether the file has room for the input that was given: as many axes, and those known the same."""
        if self.given is None or len(sizes) != len(self.given.axes):
            return False
        return all(size in {0, axis} for size, axis in zip(sizes, self.given.axes, strict=True))

    def _input_shape(self, name: str, sizes: list[int]) -> Shape | None:
        readers = [node for node in self.graph.node if name in node.input]
        orders = [_attributes(node).get("perm") for node in readers if node.op_type == "Transpose"]
        match sizes:
            case [first, second, third] if min(sizes) > 0:
                self.is_maps_last = bool(orders) and set(orders) == {_FROM_MAPS_LAST}
                if self.is_maps_last:
                    return Image(third, first, second)
                return Image(first, second, third)
            case [count] if count > 0:
                return Features(count)
            case _:
                return None

    def _add(self, number: int, node: onnx.NodeProto) -> None:
        """Add the rows of one node, or keep what it gives of constants and sizes."""
        kind = node.op_type
        name = node.name.strip("/") or f"{kind} {number}"
        if kind == "Constant":
            self._keep_constant(node)
        elif kind == "ConstantOfShape" and node.input and node.input[0] in self.values:
            # Weights that the file leaves to be filled in: their dims are what a table needs.
            dims = [int(size) for size in self.values[node.input[0]]]
            self.weights[node.output[0]] = onnx.TensorProto(dims=dims)
        elif self._is_of_sizes(node):
            return
        elif kind in {"Unsqueeze", "Squeeze"} and node.input[0] in self.weights:
            # Axes of length 1 change no number of a weight.
            self.weights[node.output[0]] = self.weights[node.input[0]]
        elif kind == "Reshape" and node.input[0] in self.weights:
            dims = [int(size) for size in self.values.get(node.input[1], ())]
            if dims and min(dims) > 0:
                self.weights[node.output[0]] = onnx.TensorProto(dims=dims)
        elif kind in _PASSED_ON or self._is_turn_of_input(node):
            self._pass_on(name, node)
        elif kind == "Concat" or kind in _JOINED:
            self._join(name, node)
        else:
            self._add_layer(name, node)

    def _add_layer(self, name: str, node: onnx.NodeProto) -> None:
        sources = self._sources(name, node)
        if not sources:
            return
        dims = [self._dims(entry) for entry in node.input]
        values = [self.values.get(entry) for entry in node.input]
        below = self.rows.outputs.get(sources[0])
        described = Node(name, node.op_type, _attributes(node), dims, values, below)
        if len(sources) > 1:
            came = f"{node.op_type} of {len(sources)} rows"
            self._give(node, self._unreadable(name, came, sources))
            return
        layer: Layer | Unreadable = Unreadable()
        try:
            layer = layer_of(described)
        except LayerError as error:
            self.rows.faults += [fault.at(f"{name}, {fault.where}", None) for fault in error.faults]
        except NotALayerError as error:
            self._report(name, str(error))
        except (KeyError, ValueError, TypeError, IndexError):
            # Nobody has checked the file: an attribute may be missing, or be of another kind or length.
            self._report(name, f"{node.op_type} with attributes that do not fit it")
        self._see_sharing(name, node)
        self._give(node, self.rows.add(name, layer, sources, claims=self._claims(node)))

    def _report(self, name: str, came: str) -> None:
        self.rows.faults.append(unknown_form_layer(name, FORM, came, None))

    def _unreadable(self, name: str, came: str, sources: list[str]) -> str:
        self._report(name, came)
        return self.rows.add(name, Unreadable(), sources)

    def _give(self, node: onnx.NodeProto, row: str) -> None:
        """Let the first output of a node be a row; a second one is named where it is read."""
        self.givers[node.output[0]] = row

    def _sources(self, name: str, node: onnx.NodeProto) -> list[str]:
        """Name the rows that a node reads; constants and weights are none."""
        known = self.weights.keys() | self.values.keys()
        entries = [entry for entry in node.input if entry and entry not in known]
        unknown = [entry for entry in entries if entry not in self.givers]
        self.rows.faults += [unknown_form_source(name, entry, None) for entry in unknown]
        if not entries:
            self.rows.faults.append(unknown_form_source(name, "constants alone", None))
        return [] if unknown else [self.givers[entry] for entry in entries]

    def _pass_on(self, name: str, node: onnx.NodeProto) -> None:
        if node.input[0] in self.values:
            self.values[node.output[0]] = self.values[node.input[0]]
        elif node.input[0] in self.weights:
            self.weights[node.output[0]] = self.weights[node.input[0]]
        else:
            sources = self._sources(name, node)
            if sources:
                self._give(node, sources[0])

    def _is_turn_of_input(self, node: onnx.NodeProto) -> bool:
        """Whether a node turns pictures with the maps last, as TensorFlow's, so that maps come first."""
        is_first = self.givers.get(node.input[0] if node.input else "") == self.rows.last
        return self.is_maps_last and node.op_type == "Transpose" and is_first

    def _join(self, name: str, node: onnx.NodeProto) -> None:
        """Add up, multiply or concatenate rows; a constant that is added is the bias of the row below."""
        constants = [entry for entry in node.input if self._dims(entry) is not None]
        sources = self._sources(name, node)
        if not sources:
            return
        if node.op_type == "Concat":
            axis = _attributes(node).get("axis")
            is_maps = axis in {1, -3} and not constants
            came = "" if is_maps else f"Concat along axis {axis}"
        elif constants:
            if node.op_type == "Add" and self._is_bias(constants, sources):
                self._give(node, sources[0])
                return
            came = f"{node.op_type} of constants"
        else:
            came = "" if len(sources) > 1 else f"{node.op_type} of one row"
        if came:
            self._give(node, self._unreadable(name, came, sources))
            return
        layer = Concat() if node.op_type == "Concat" else _JOINED[node.op_type]()
        self._give(node, self.rows.add(name, layer, sources))

    def _is_bias(self, constants: list[str], sources: list[str]) -> bool:
        """Take a constant as the bias of the row that it is added to, if that has none and has its size."""
        layer = self.rows.layer(sources[0])
        if len(constants) != 1 or not isinstance(layer, _BIASED) or layer.has_bias:
            return False
        dims = [size for size in self._dims(constants[0]) or () if size != 1]
        count = layer.units if isinstance(layer, FullyConnected) else layer.maps
        if dims != [count]:
            return False
        self.rows.change(sources[0], replace(layer, has_bias=True))
        return True

    def _check_outputs(self) -> None:
        ends = self.rows.ends()
        given = [self.givers.get(output.name, output.name) for output in self.graph.output]
        if len(given) > 1 or len(ends) > 1:
            self.rows.faults.append(several_outputs(FORM, given if len(given) > 1 else ends, None))

    # Weights, constants and sizes.

    def _dims(self, entry: str) -> tuple[int, ...] | None:
        tensor = self.weights.get(entry)
        return None if tensor is None else tuple(tensor.dims)

    def _claims(self, node: onnx.NodeProto) -> Claims:
        """Give what the file holds of weights for a node: a row that computes other numbers is wrong."""
        if node.op_type not in {"Conv", "ConvTranspose", "Gemm", "BatchNormalization", "PRelu"}:
            return Claims()
        count = 0
        for dims in filter(None, map(self._dims, node.input)):
            product = 1
            for size in dims:
                product *= size
            count += product
        return Claims(parameters=Claim(f"{count:,}"))

    def _see_sharing(self, name: str, node: onnx.NodeProto) -> None:
        """Report weights of at least two axes that another node has used already."""
        for entry in node.input:
            if len(self._dims(entry) or ()) > 1:
                owner = self.owners.setdefault(entry, name)
                if owner != name:
                    self.rows.faults.append(form_weights_shared(name, entry, owner, None))

    def _keep_values(self, name: str, tensor: onnx.TensorProto) -> None:
        """Keep the numbers of a small constant."""
        count = 1
        for size in tensor.dims:
            count *= size
        if count <= _SMALL and len(tensor.dims) < 2 and not tensor.external_data:  # noqa: PLR2004 - one axis
            self.values[name] = tuple(to_array(tensor).reshape(-1).tolist())

    def _keep_constant(self, node: onnx.NodeProto) -> None:
        attributes = _attributes(node)
        for name in ("value_int", "value_float"):
            if name in attributes:
                self.values[node.output[0]] = (attributes[name],)
        for name in ("value_ints", "value_floats"):
            if name in attributes:
                self.values[node.output[0]] = tuple(attributes[name])
        if "value" in attributes:
            self.weights[node.output[0]] = attributes["value"]
            self._keep_values(node.output[0], attributes["value"])

    def _is_of_sizes(self, node: onnx.NodeProto) -> bool:
        """Follow the sizes of maps through nodes that reckon with them; 0 stands for the number of examples."""
        known = [self.values.get(entry) for entry in node.input]
        found: tuple[float, ...] | None = None
        match node.op_type:
            case "Shape":
                shape = self.rows.outputs.get(self.givers.get(node.input[0], ""))
                if not _attributes(node) and shape is not None:
                    found = (0, *shape.axes)
            case "Gather" if known[0] is not None and known[1] is not None:
                places = [int(place) for place in known[1]]
                if all(-len(known[0]) <= place < len(known[0]) for place in places):
                    found = tuple(known[0][place] for place in places)
            case "Unsqueeze" | "Squeeze" if known[0] is not None and len(known[0]) == 1:
                found = known[0]
            case "Concat" if known and all(value is not None for value in known):
                found = tuple(number for value in known if value for number in value)
            case _:
                return False
        if found is not None:
            self.values[node.output[0]] = found
        return found is not None


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """Give the attributes of a node as plain values."""
    found: dict[str, Any] = {}
    for attribute in node.attribute:
        value = get_attribute_value(attribute)
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        is_many = isinstance(value, list) or type(value).__name__.startswith("Repeated")
        found[attribute.name] = tuple(value) if is_many else value
    return found
