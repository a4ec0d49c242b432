import torch, torch.nn as nn, torch.nn.functional as F
class Inception(nn.Module):
    def __init__(self, c_in, c1, c2, c3, c4, **kw):
        super().__init__(**kw)
        self.p1_1 = nn.LazyConv2d(c1, kernel_size=1)
        self.p2_1 = nn.LazyConv2d(c2[0], kernel_size=1)
        self.p2_2 = nn.LazyConv2d(c2[1], kernel_size=3, padding=1)
        self.p3_1 = nn.LazyConv2d(c3[0], kernel_size=1)
        self.p3_2 = nn.LazyConv2d(c3[1], kernel_size=5, padding=2)
        self.p4_1 = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)
        self.p4_2 = nn.LazyConv2d(c4, kernel_size=1)
    def forward(self, x):
        b1 = F.relu(self.p1_1(x))
        b2 = F.relu(self.p2_2(F.relu(self.p2_1(x))))
        b3 = F.relu(self.p3_2(F.relu(self.p3_1(x))))
        b4 = F.relu(self.p4_2(self.p4_1(x)))
        return torch.cat((b1, b2, b3, b4), dim=1)
b1 = nn.Sequential(nn.LazyConv2d(16, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1))
b2 = nn.Sequential(Inception(16, 8, (4, 8), (2, 4), 4), Inception(24, 8, (4, 8), (2, 4), 4), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten())
model = nn.Sequential(b1, b2, nn.LazyLinear(10))
example = torch.rand(size=(1, 1, 96, 96))
X = example
for layer in model:
    X = layer(X)
    print(layer.__class__.__name__, 'output shape:\t', X.shape)
