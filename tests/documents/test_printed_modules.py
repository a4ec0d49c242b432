"""Models as PyTorch prints them: the print itself is read, and compared with the model that was printed."""

import pytest
import torch
from torch import nn

from striate.checking import Report, check
from striate.documents import read_networks
from striate.shapes import Image


class Picture(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(16),
            nn.LeakyReLU(0.1),
            nn.MaxPool2d(3, 2, 1),
            nn.Sequential(
                nn.Conv2d(16, 16, 3, padding=1, groups=16), nn.Conv2d(16, 32, 1), nn.GELU()
            ),
            nn.Conv2d(32, 32, 3, padding=2, dilation=2),
            nn.Dropout2d(0.1),
        )
        self.avgpool = nn.AdaptiveAvgPool2d((2, 2))
        self.classifier = nn.Sequential(
            nn.Linear(128, 50),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            nn.Linear(50, 10, bias=False),
        )


class Hidden(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Sequential(nn.Linear(8, 2))


def _report(model: nn.Module) -> Report:
    (network,) = read_networks(f"Pictures of 64x64 in RGB.\n\n```\n{model}\n```\n", "print.md")
    return check(network)


@pytest.mark.parametrize("whole", [True, False])
def test_a_printed_model_has_the_sizes_and_parameters_of_the_model(*, whole: bool) -> None:
    model = Picture()
    parts = [model.features, model.avgpool, nn.Flatten(), model.classifier]
    report = _report(model if whole else nn.Sequential(*parts))
    assert report.agrees
    assert report.walk.total.parameters == sum(part.numel() for part in model.parameters())
    outputs = [str(row.output) for row in report.walk.reports]
    maps = torch.zeros(1, 3, 64, 64)
    for layer in [*model.features, model.avgpool]:
        maps = layer(maps)
        assert "x".join(str(side) for side in maps.shape[1:]) in outputs
    assert outputs[-1] == "10"


def test_a_number_of_a_print_that_does_not_fit_is_found() -> None:
    model = Picture()
    model.classifier[0] = nn.Linear(512, 50)
    assert not _report(model).agrees


def test_a_class_whose_forward_pass_hides_its_order_is_not_read_from_its_print() -> None:
    (network,) = read_networks(f"Pictures of 64x64 in RGB.\n\n```\n{Hidden()}\n```\n", "print.md")
    assert [fault.came for fault in network.reading_faults] == [
        "the block holds a Sequential and cannot be read: invalid syntax."
    ]


def test_the_command_above_a_print_is_no_part_of_it() -> None:
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(5408, 10))
    text = f"Grey pictures of 28x28.\n\n```python\n>>> print(net)\n{model}\n```\n"
    (network,) = read_networks(text, "print.md")
    report = check(network)
    assert report.agrees
    assert report.walk.total.parameters == sum(part.numel() for part in model.parameters())


def test_what_a_print_says_of_normalisation_and_no_row_holds_is_named() -> None:
    text = """```
Sequential(
  (0): Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1))
  (1): BatchNorm2d(8, eps=0.001, momentum=0.1, affine=True, track_running_stats=True)
  (2): ReLU()
  (3): Flatten(start_dim=1, end_dim=-1)
  (4): Linear(in_features=5408, out_features=10, bias=True)
)
```
"""
    for said, is_named in (("eps=0.001", True), ("eps=1e-05", False)):
        fenced = text.replace("eps=0.001", said)
        for form, name in ((fenced, "a.md"), (fenced.replace("```\n", ""), "a.txt")):
            (network,) = read_networks(form, name, Image(1, 28, 28))
            assert check(network).walk.total.parameters == (9 * 8 + 8) + 2 * 8 + (5408 * 10 + 10)
            assert any(said in str(remark) for remark in network.remarks) is is_named
