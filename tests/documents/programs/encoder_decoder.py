import torch
from torch import nn
class UNet(nn.Module):
    def __init__(self, n=8):
        super().__init__()
        def double(i, o):
            return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(o, o, 3, padding=1), nn.ReLU(inplace=True))
        self.down1, self.down2 = double(1, n), double(n, 2 * n)
        self.pool = nn.MaxPool2d(2)
        self.mid = double(2 * n, 4 * n)
        self.up2 = nn.ConvTranspose2d(4 * n, 2 * n, 2, stride=2)
        self.dec2 = double(4 * n, 2 * n)
        self.up1 = nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True)
        self.dec1 = double(3 * n, n)
        self.out = nn.Conv2d(n, 1, 1)
    def forward(self, x):
        d1 = self.down1(x)
        d2 = self.down2(self.pool(d1))
        m = self.mid(self.pool(d2))
        u2 = self.dec2(torch.cat([d2, self.up2(m)], dim=1))
        u1 = self.dec1(torch.cat([d1, self.up1(u2)], dim=1))
        return self.out(u1)
model = UNet()
example = torch.zeros(1, 1, 64, 64)
model(example)
