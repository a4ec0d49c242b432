"""Layers named in tuples with fields, and settings whose lists are made for each object."""

from collections import namedtuple
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import nn


Spec = namedtuple("Spec", "kind kwargs")


class Head(NamedTuple):
    units: int
    has_bias: bool = True


@dataclass
class Settings:
    maps: list[int] = field(default_factory=lambda: [6, 8])
    heads: list[Head] = field(default_factory=list)
    classes: int = field(default=3)

    def __post_init__(self):
        self.heads.append(Head(self.classes, has_bias=False))


class Net(nn.Module):
    def __init__(self, settings):
        super().__init__()
        specs = [Spec("Conv2d", {"in_channels": 1, "out_channels": 4, "kernel_size": 3})]
        before = 4
        for count in settings.maps:
            specs.append(Spec("LazyConv2d", dict(out_channels=count, kernel_size=before // 2 - 1)))
            specs.append(Spec(kind="ReLU", kwargs={}))
        self.body = nn.Sequential(*[getattr(nn, kind)(**kwargs) for kind, kwargs in specs])
        # One example of three maps less than it seems: `randn(1, 20, 20)` is one picture.
        one = torch.randn(1, 20, 20).view(-1, 1, 20, 20)
        found = self.body(one)
        self.values = found[0].shape[0] * found[0].shape[1] * found[0].size(2)
        heads = [Head(7), *settings.heads]
        sizes = [self.values, *(head.units for head in heads)]
        self.heads = nn.ModuleList(
            nn.Linear(a, b, bias=head.has_bias)
            for a, b, head in zip(sizes, sizes[1:], heads, strict=False)
        )

    def forward(self, x):
        x = self.body(x).view(-1, self.values)
        for head in self.heads:
            x = head(x)
        return x


Settings().heads.append(Head(100))
model = Net(Settings(classes=5))
example = torch.zeros(2, 1, 20, 20)
model(example)
