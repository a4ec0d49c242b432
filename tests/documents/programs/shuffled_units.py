import torch
from torch import nn


def mix(maps, groups):
    count, channels, rows, columns = maps.size()
    maps = maps.view(count, groups, channels // groups, rows, columns)
    maps = torch.transpose(maps, 1, 2).contiguous()
    return maps.view(count, -1, rows, columns)


class Unit(nn.Module):
    def __init__(self, channels, halves=True):
        super().__init__()
        self.halves = halves
        part = channels // 2
        self.way = nn.Sequential(
            nn.Conv2d(part, part, 1, bias=False),
            nn.BatchNorm2d(part),
            nn.ReLU(inplace=True),
            nn.Conv2d(part, part, 3, padding=1, groups=part, bias=False),
            nn.BatchNorm2d(part),
        )

    def forward(self, x):
        if self.halves:
            kept, changed = x.chunk(2, dim=1)
        else:
            middle = x.shape[1] // 2
            kept, changed = x[:, :middle], x[:, middle:, :, :]
        return mix(torch.cat((kept, self.way(changed)), dim=1), 2)


class Units(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3)
        self.units = nn.Sequential(Unit(8), Unit(8, halves=False))
        self.shuffle = nn.ChannelShuffle(4)
        self.last = nn.Linear(8 * 26 * 24, 10)

    def forward(self, x):
        x = self.first(x)
        x = x + 0.2 * self.units(x)
        one, two = torch.split(self.shuffle(x), [2, 6], dim=1)
        x = torch.cat([two, one], 1)[:, :, 2:-2, 3:27]
        return self.last((2 - x / 4).flatten(1))


model = Units()
example = torch.randn(2, 3, 32, 32)
