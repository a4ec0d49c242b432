"""What is written for PyTorch runs by itself, and with the built network's numbers it gives the same."""

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn

from strategies import tables
from striate.documents import Document, document_of
from striate.documents.writing import write_form
from striate.modules import Network, build
from striate.networks import load
from striate.shapes import Words
from striate.table import Table


def written_class(document: Document) -> type[nn.Module]:
    """The last class of the file that is written, which is run as if it stood alone."""
    space: dict[str, object] = {"__name__": "written"}
    exec(compile(write_form(document, "torch").text, "written.py", "exec"), space)
    made = [value for value in space.values() if isinstance(value, type)]
    last = made[-1]
    assert issubclass(last, nn.Module)
    return last


def example(network: Network) -> Tensor:
    shape = network.walk.input
    generator = torch.Generator().manual_seed(3)
    if isinstance(shape, Words):
        return torch.randint(0, 3, (2, *shape.axes), generator=generator)
    return torch.randn(2, *shape.axes, dtype=torch.float64, generator=generator)


def assert_same(document: Document) -> None:
    torch.manual_seed(1)
    network = build(document).double().eval()
    with torch.no_grad():
        for values in (*network.parameters(), *network.buffers()):
            if values.is_floating_point() and values.dim() == 1:
                values.uniform_(0.5, 1.5)  # so that scales, offsets and running numbers matter
    written = written_class(document)().double().eval()
    heads = [row.identifier for part in document.table.parts[1:] for row in part]
    state = {
        key: value for key, value in network.state_dict().items() if key.split(".")[0] not in heads
    }
    written.load_state_dict(state, strict=True)
    inputs = example(network)
    with torch.no_grad():
        torch.testing.assert_close(written(inputs), network(inputs), rtol=1e-9, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(tables(12))
def test_any_table_gives_the_same(table: Table) -> None:
    assert_same(document_of(table, "any"))


@pytest.mark.parametrize("name", ["lenet5", "mlp", "text-cnn", "fashion-cnn"])
def test_small_shipped_networks_give_the_same(name: str) -> None:
    assert_same(load(name))
