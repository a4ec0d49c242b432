"""Shortcuts without weights: every second cell, with maps of zeros on both sides."""

import torch
import torch.nn.functional as F
from torch import nn


class Applied(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Block(nn.Module):
    def __init__(self, before, maps, stride):
        super().__init__()
        self.conv = nn.Conv2d(before, maps, 3, stride, 1, padding_mode="reflect", bias=False)
        self.norm = nn.BatchNorm2d(maps)
        self.shortcut = nn.Sequential()
        if stride > 1 or before != maps:
            side = (maps - before) // 2
            self.shortcut = Applied(
                lambda x: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, side, side), "constant", 0)
            )

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)) + self.shortcut(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.blocks = nn.Sequential(Block(8, 8, 1), Block(8, 12, 2), Block(12, 24, 2))
        self.out = nn.Linear(24, 5)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        return self.out(F.adaptive_avg_pool2d(x, 1).flatten(1))


model = Net()
example = torch.zeros(2, 3, 15, 18)
model(example)
