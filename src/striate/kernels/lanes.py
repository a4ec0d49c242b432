"""Images side by side in memory, and what follows the sums of a layer that works on them."""

import math
from ctypes import c_float, c_long, c_void_p
from typing import NamedTuple, final

import torch
from torch import Tensor

from striate.kernels.kernel import Kernel


KERNEL = Kernel("lanes", {"lay": (c_void_p, c_void_p, c_long, c_long, c_long)})

LEAST_IMAGES = 16
"""Images from which the kernels work: as many as the widest processor takes at once."""

_LINE = 16
"""Numbers of a line of a cache."""


@final
class Activation(NamedTuple):
    """What follows the sums, in the numbers of the kernels.

    Args:
        kind: 0 nothing, 1 amplitude x tanh(slope x), 2 ReLU.
        amplitude: Of the first.
        slope: Of the first.
    """

    kind: int = 0
    amplitude: float = 1.0
    slope: float = 1.0


ACTIVATION = (c_long, c_float, c_float)


def suits(values: Tensor) -> bool:
    """Tell whether kernels of this kind can work on values, batch first, whatever their order."""
    return (
        values.device.type == "cpu"
        and values.dtype == torch.float32
        and values.shape[0] >= LEAST_IMAGES
        and not torch.is_autocast_enabled("cpu")
    )


def stride_of(images: int) -> int:
    """Give the numbers from a value of the images to the next one.

    It is an odd number of lines of the cache: the values of one image would otherwise fall on few
    places of the cache, and push each other out.
    """
    return _LINE * (-(-images // _LINE) | 1)


def are_side_by_side(values: Tensor) -> bool:
    """Tell whether the images of a batch lie as the kernels read and write them."""
    step = stride_of(values.shape[0])
    sizes, strides = values.shape, values.stride()
    if strides[0] != 1 or values.data_ptr() % (4 * _LINE):
        return False
    for axis in range(len(sizes) - 1, 0, -1):
        if sizes[axis] > 1 and strides[axis] != step:
            return False
        step *= sizes[axis]
    return True


def room_side_by_side(images: int, *axes: int) -> Tensor:
    """Give room for a batch whose images lie side by side.

    Shapes:
        out: images x axes
    """
    step, strides = stride_of(images), []
    for size in reversed(axes):
        strides.append(step)
        step *= size
    full = -(-images // _LINE) * _LINE  # the last vector is written whole
    room = torch.empty_strided((full, *axes), (1, *reversed(strides)))
    return room if full == images else room[:images]


def side_by_side(values: Tensor) -> Tensor:
    """Lay the images of a batch side by side, unless they lie so.

    Where they do not fill the last vector, its rest is made zero in a copy: nobody knows what is there.
    """
    images = values.shape[0]
    is_full = images % _LINE == 0
    if is_full and are_side_by_side(values):
        return values
    room = room_side_by_side(images, *values.shape[1:])
    if not is_full:
        _whole(room).zero_()
    if values.is_contiguous():
        count = math.prod(values.shape[1:])
        KERNEL("lay", values, room, images, count, stride_of(images))
    else:
        room.copy_(values)
    return room


def _whole(room: Tensor) -> Tensor:
    full = -(-len(room) // _LINE) * _LINE
    return room.as_strided((full, *room.shape[1:]), room.stride())
