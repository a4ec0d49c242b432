"""How torch writes functions, modules of branches, and what it lacks, whose numbers have the built network's names."""

from striate.documents.writing.spelling import Verbatim, call, unless
from striate.layers import ELU, Function, Inception, LeakyReLU, MaxPooling


_TEXTS = {
    "ConnectedConv2d": '''
class ConnectedConv2d(nn.Module):
    """A convolution of which each map reads some of the maps below: `reads` names them."""

    def __init__(self, channels, reads, kernel_size, bias=True, **window):
        super().__init__()
        self.channels, self.reads, self.window = channels, reads, window
        self.weight = nn.Parameter(torch.empty(sum(map(len, reads)), *kernel_size))
        self.bias = nn.Parameter(torch.empty(len(reads))) if bias else None
        self.reset_parameters()

    def reset_parameters(self):
        cells = self.weight[0].numel()
        bounds = torch.tensor([(cells * len(read)) ** -0.5 for read in self.reads])
        with torch.no_grad():
            spread = bounds.repeat_interleave(torch.tensor([len(read) for read in self.reads]))
            self.weight.uniform_(-1, 1).mul_(spread[:, None, None])
            if self.bias is not None:
                self.bias.uniform_(-1, 1).mul_(bounds)

    def forward(self, x):
        places = [above * self.channels + below for above, read in enumerate(self.reads) for below in read]
        full = self.weight.new_zeros(len(self.reads) * self.channels, *self.weight.shape[1:])
        full[places] = self.weight
        full = full.view(len(self.reads), self.channels, *self.weight.shape[1:])
        return F.conv2d(x, full, self.bias, **self.window)
''',
    "Subsampling": '''
class Subsampling(nn.Module):
    """The sum (or mean) of each window, times a trained gain, plus a trained bias, one pair a map."""

    def __init__(self, channels, kernel_size, stride=None, reduction="sum"):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, stride
        self.divisor = 1 if reduction == "sum" else None
        self.weight = nn.Parameter(torch.full((channels,), 0.25))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        x = F.avg_pool2d(x, self.kernel_size, self.stride, divisor_override=self.divisor)
        return self.weight[:, None, None] * x + self.bias[:, None, None]
''',
    "Scale": '''
class Scale(nn.Module):
    """A trained factor for each map, or for each value in a row."""

    def __init__(self, sizes, start=1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.full(sizes, start))

    def forward(self, x):
        return x * self.weight
''',
    "Distances": '''
class Distances(nn.Module):
    """The squared distance to a fixed code of +1 and -1 for each class; the smallest names the class."""

    def __init__(self, features, units, drawings=None):
        super().__init__()
        if drawings is None:
            codes = torch.randint(0, 2, (units, features)).float() * 2 - 1
        else:
            codes = torch.tensor([[1.0 if cell == "#" else -1.0 for cell in code] for code in drawings])
        self.register_buffer("codes", codes)

    def forward(self, x):
        return (x[:, None, :] - self.codes).square().sum(dim=2)
''',
    "ResponseNorm": '''
class ResponseNorm(nn.Module):
    """Local response normalization within maps, or within groups of them."""

    def __init__(self, size, coefficient, beta, k, region="across", groups=1):
        super().__init__()
        self.size, self.coefficient, self.beta, self.k = size, coefficient, beta, k
        self.region, self.groups = region, groups

    def forward(self, x):
        half = self.size // 2
        if self.region == "within":
            sums = F.avg_pool2d(x * x, self.size, stride=1, padding=half, divisor_override=1)
        else:
            sums = []
            for part in (x * x).chunk(self.groups, dim=1):
                padded = F.pad(part, (0, 0, 0, 0, half, half))
                sums.append(sum(padded[:, i : i + part.shape[1]] for i in range(self.size)))
            sums = torch.cat(sums, dim=1)
        return x * (self.coefficient * sums + self.k) ** -self.beta
''',
    "MapsNorm": '''
class MapsNorm(nn.LayerNorm):
    """Layer normalization over the maps at each place."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
    "ValuePReLU": '''
class ValuePReLU(nn.Module):
    """PReLU with a slope for each value."""

    def __init__(self, shape, init=0.25):
        super().__init__()
        self.weight = nn.Parameter(torch.full(shape, init))

    def forward(self, x):
        return torch.where(x > 0, x, self.weight * x)
''',
    "PaddedMaxPool2d": '''
class PaddedMaxPool2d(nn.MaxPool2d):
    """Max pooling with any border on each side, which never wins."""

    def __init__(self, ends, *arguments, **options):
        super().__init__(*arguments, **options)
        self.ends = ends

    def forward(self, x):
        return super().forward(F.pad(x, self.ends, value=float("-inf")))
''',
    "InsideMean": '''
class InsideMean(nn.Module):
    """Average pooling over the cells inside the maps, with any padding on each side."""

    def __init__(self, ends, kernel_size, stride=None, padding=0, ceil_mode=False):
        super().__init__()
        self.ends, self.window = ends, (kernel_size, stride, padding, ceil_mode, False)

    def forward(self, x):
        inside = F.avg_pool2d(F.pad(torch.ones_like(x[:1, :1]), self.ends), *self.window)
        return F.avg_pool2d(F.pad(x, self.ends), *self.window) / inside
''',
    "CutConvTranspose2d": '''
class CutConvTranspose2d(nn.ConvTranspose2d):
    """A transposed convolution with another number of cells cut off on each side."""

    def __init__(self, ends, *arguments, **options):
        super().__init__(*arguments, **options)
        self.ends = ends

    def forward(self, x):
        return F.pad(super().forward(x), self.ends)
''',
    "WordVectors": '''
class WordVectors(nn.Module):
    """A vector for every word, one a line of a map; word 0, the padding, has zeros for good."""

    def __init__(self, words, dimensions, is_trained=True):
        super().__init__()
        self.register_buffer("padding", torch.zeros(dimensions))
        self.weight = nn.Parameter(torch.randn(words, dimensions), requires_grad=is_trained)

    def forward(self, x):
        vectors = F.embedding((x - 1).clamp(min=0), self.weight)
        return torch.where((x > 0)[..., None], vectors, self.padding)[:, None]
''',
}

PIECES: dict[str, list[str]] = {name: text.strip("\n").split("\n") for name, text in _TEXTS.items()}
"""Each class by its name, line by line."""


_FUNCTIONS: dict[str, str] = {
    "tanh": "torch.tanh({x})",
    "scaled tanh": "1.7159 * torch.tanh(2 / 3 * {x})",
    "ReLU": "F.relu({x})",
    "sigmoid": "torch.sigmoid({x})",
    "softmax": "F.softmax({x}, dim=1)",
    "log-softmax": "F.log_softmax({x}, dim=1)",
    "ReLU6": "F.relu6({x})",
    "GELU": "F.gelu({x})",
    "GELU (tanh)": 'F.gelu({x}, approximate="tanh")',
    "SiLU": "F.silu({x})",
    "mish": "F.mish({x})",
    "SELU": "F.selu({x})",
    "softplus": "F.softplus({x})",
    "softsign": "F.softsign({x})",
    "hard swish": "F.hardswish({x})",
    "hard sigmoid": "F.hardsigmoid({x})",
    "hard tanh": "F.hardtanh({x})",
    "log sigmoid": "F.logsigmoid({x})",
}
"""Functions that are set by their name, as torch writes them."""


def spoken(function: Function) -> str:
    """Return the expression of a function, with `{x}` for its value."""
    match function:
        case LeakyReLU(slope):
            return f"F.leaky_relu({{x}}, {slope!r})"
        case ELU(alpha):
            return f"F.elu({{x}}, {alpha!r})"
        case _:
            return _FUNCTIONS[function]


def inception_class(name: str, layer: Inception, function: Function | None) -> list[str]:
    """Write the class of a module of branches, with an argument for each convolution's maps."""
    made, branches, arguments = [], [], []
    for branch in layer.branches:
        below, said = "channels", "x"
        for part, kind in branch:
            if isinstance(kind, MaxPooling):
                said = f"F.max_pool2d({said}, 3, stride=1, padding=1)"
                continue
            padding = unless(kind.padding, 0)
            arguments.append(part)
            spelled = call(
                "nn.Conv2d", Verbatim(below), Verbatim(part), kind.kernel, padding=padding
            )
            made.append(f"        self.{part} = {spelled}")
            said = f"self.{part}({said})"
            said = said if function is None else spoken(function).format(x=said)
            below = part
        branches.append(said)
    return [
        f"class {name}(nn.Module):",
        f"    def __init__(self, channels, {', '.join(arguments)}):",
        "        super().__init__()",
        *made,
        "",
        "    def forward(self, x):",
        f"        return torch.cat(({', '.join(branches)},), dim=1)",
    ]
