"""Why this class: which places of a picture speak for it."""

import torch
from torch import Tensor
from torch.nn import functional

from striate.errors import SeeingError
from striate.errors.seeing import no_places, no_spatial_row, no_such_output
from striate.modules import Network, preferences
from striate.see.rows import Array, evaluating, report_of
from striate.shapes import Image


_BATCH = 64


def last_spatial_row(network: Network) -> str:
    """Return the name of the last row of the trunk whose maps have places, which Grad-CAM looks at.

    Raises:
        SeeingError: No row has any.
    """
    trunk = network.walk.reports[1 : network.trunk_length + 1]
    for report in reversed(trunk):
        if isinstance(report.output, Image) and report.output.height * report.output.width > 1:
            return report.row.name
    raise SeeingError(no_spatial_row(network.walk.reports[-1].row.name))


def _score(network: Network, outputs: Tensor, class_number: int) -> Tensor:
    """Give the number that is the larger the likelier the class is.

    Raises:
        SeeingError: There is no such class.
    """
    scores = preferences(outputs, network.ending)
    if not 0 <= class_number < scores.shape[1]:
        raise SeeingError(no_such_output(class_number, scores.shape[1]))
    return scores[:, class_number]


def grad_cam(network: Network, inputs: Tensor, class_number: int, row: str | None = None) -> Array:
    """Return which places of a row's maps speak for a class, by Grad-CAM.

    Each map counts by the mean slope of the class's score with it; what speaks against the class is left out.

    Shapes:
        inputs: 1 x channels x height x width
        out: height x width of the input; from 0 to 1

    Args:
        network: A network of images; its mode and its gradients are left as they were.
        inputs: One example.
        class_number: The class, counted from 0.
        row: Name of the row; the last one whose maps have places where it is absent.

    Raises:
        SeeingError: There is no such row or class, or the row has no maps.

    Source:
        R. R. Selvaraju et al., Grad-CAM, 2017.
    """
    looked_at = row or last_spatial_row(network)
    if not isinstance(report_of(network, looked_at).output, Image):
        raise SeeingError(no_places(looked_at, last_spatial_row(network)))
    seen = inputs.detach().clone().requires_grad_()
    with evaluating(network), torch.enable_grad():
        outputs = network.trace(seen)
        last = network.steps[network.trunk_length - 1].row
        score = _score(network, outputs[last].flatten(1), class_number).sum()
        (slopes,) = torch.autograd.grad(score, outputs[looked_at])
        weights = slopes.mean(dim=(2, 3), keepdim=True)
        heat = functional.relu((weights * outputs[looked_at]).sum(dim=1, keepdim=True)).detach()
    heat = functional.interpolate(heat, inputs.shape[2:], mode="bilinear", align_corners=False)
    return _scaled(heat[0, 0])


def integrated_gradients(
    network: Network,
    inputs: Tensor,
    class_number: int,
    baseline: Tensor | None = None,
    steps: int = 64,
) -> Array:
    """Return how much each value of a picture adds to a class's score on the way from a baseline.

    The sum of all of them is the score less that of the baseline, up to the number of steps.

    Shapes:
        inputs, baseline: 1 x channels x height x width
        out: channels x height x width

    Args:
        network: Any network built from a table; its mode and its gradients are left as they were.
        inputs: One example.
        class_number: The class, counted from 0.
        baseline: Where the way begins; the smallest value of the example everywhere, where it is absent.
        steps: Points on the way, in the middles of equal parts: captum's `riemann_middle`, to the last bit. Its default are
            the points of Gauss and Legendre, which gain nothing where a network has corners, and differ at few steps.

    Source:
        M. Sundararajan, A. Taly, Q. Yan, Axiomatic attribution for deep networks, 2017.
    """
    start = torch.full_like(inputs, float(inputs.min())) if baseline is None else baseline
    total = torch.zeros_like(inputs)
    with evaluating(network), torch.enable_grad():
        for part in torch.split((torch.arange(steps) + 0.5) / steps, _BATCH):
            share = part.to(inputs).view(-1, *(1,) * (inputs.dim() - 1))
            points = (start + share * (inputs - start)).detach().requires_grad_()
            score = _score(network, network(points), class_number).sum()
            (slopes,) = torch.autograd.grad(score, points)
            total += slopes.sum(0, keepdim=True)
    return ((inputs - start) * total / steps)[0].float().cpu().numpy()


def occlusion(
    network: Network, inputs: Tensor, class_number: int, side: int | None = None
) -> Array:
    """Return how much a class's score falls where a square of the picture is covered by its mean.

    Shapes:
        inputs: 1 x channels x height x width
        out: height x width; the mean fall over all squares that cover a place

    Args:
        network: A network of images; its mode is left as it was.
        inputs: One example.
        class_number: The class, counted from 0.
        side: Of the square, in pixels; an eighth of the picture, and at least 2, where it is absent.

    Source:
        M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, 2014.
    """
    height, width = inputs.shape[2:]
    side = side or max(2, min(height, width) // 8)
    step = max(1, side // 2)
    mean = inputs.mean(dim=(2, 3), keepdim=True)
    corners = [
        (top, left)
        for top in range(0, max(height - side, 0) + step, step)
        for left in range(0, max(width - side, 0) + step, step)
    ]
    fall, covered = torch.zeros(height, width), torch.zeros(height, width)
    with evaluating(network), torch.no_grad():
        whole = _score(network, network(inputs), class_number)[0]
        for start in range(0, len(corners), _BATCH):
            batch = corners[start : start + _BATCH]
            pictures = inputs.repeat(len(batch), 1, 1, 1)
            for picture, (top, left) in zip(pictures, batch, strict=True):
                picture[:, top : top + side, left : left + side] = mean[0]
            falls = (whole - _score(network, network(pictures), class_number)).float().cpu()
            for (top, left), amount in zip(batch, falls, strict=True):
                fall[top : top + side, left : left + side] += amount
                covered[top : top + side, left : left + side] += 1
    return (fall / covered.clamp(min=1)).numpy()


def _scaled(heat: Tensor) -> Array:
    largest = heat.max()
    return (heat / largest if largest > 0 else heat).float().cpu().numpy()
