import torch
import torch.nn as nn
from dataclasses import dataclass
@dataclass
class Config:
    width: int = 12
    depth: int = 3
    classes: int = 5
class Block(nn.Module):
    def __init__(self, dim, drop=0.0):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, kernel_size=7, padding=3, groups=dim)
        self.norm = nn.GroupNorm(1, dim)
        self.pw1 = nn.Conv2d(dim, 4 * dim, 1)
        self.act = nn.GELU()
        self.pw2 = nn.Conv2d(4 * dim, dim, 1)
        self.drop = nn.Dropout(drop) if drop > 0 else nn.Identity()
    def forward(self, x):
        return x + self.drop(self.pw2(self.act(self.pw1(self.norm(self.dwconv(x))))))
class Net(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.stem = nn.Conv2d(3, config.width, 4, 4)
        self.blocks = nn.Sequential(*[Block(config.width) for _ in range(config.depth)])
        self.head = nn.Linear(config.width, config.classes)
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.blocks(self.stem(x))
        return self.head(x.mean([-2, -1]))
model = Net(Config(classes=7))
example = torch.randn(1, 3, 64, 64)
assert model(example).shape == (1, 7)
