import torch
import torch.nn as nn
class AlexNet(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.features = nn.ModuleList()
        chans = [1, 8, 16, 32]
        for a, b in zip(chans, chans[1:]):
            self.features.append(nn.Conv2d(a, b, 3, padding="same"))
            self.features.append(nn.BatchNorm2d(b))
            self.features.append(nn.LeakyReLU(0.2))
            self.features.append(nn.MaxPool2d(2))
        self.head = nn.ModuleDict({'drop': nn.Dropout(0.1), 'fc': nn.Linear(32 * 3 * 3, num_classes)})
    def forward(self, x):
        for layer in self.features:
            x = layer(x)
        x = torch.flatten(x, start_dim=1)
        x = self.head['drop'](x)
        return torch.log_softmax(self.head['fc'](x), dim=1)
model = AlexNet().to("cpu")
example = torch.randn(2, 1, 28, 28)
out = model(example)
