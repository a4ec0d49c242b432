"""Messages about pictures, and about bringing them to a network's input."""

import re

from striate.errors.fault import Fault, counted


FORMS = "PNG, JPEG, WebP, BMP, GIF, TIFF, PPM, AVIF or JPEG 2000"
"""Forms of pictures that are decoded."""


def not_a_picture(where: str, first: bytes) -> Fault:
    """Report a file of another format than those that are decoded.

    Args:
        where: The file.
        first: Its first 12 bytes: those of HEIC and of films name their kind behind the size of their first box.
    """
    if first[4:8] == b"ftyp":
        brand = first[8:12].decode("ascii", "replace").strip()
        return _of_boxes(where, brand)
    shown = first[:8]
    text = shown.decode("ascii", "replace")
    begins = repr(text) if text.isprintable() and text.isascii() else f"the bytes {shown.hex(' ')}"
    return Fault(
        where=where,
        came=f"it begins with {begins}.",
        needed=f"{FORMS} by its content, whatever its name.",
        fix="open it in a picture program and save it as PNG.",
    )


_HEIF = re.compile(r"he[iv][a-z]|mif[12]|msf1|miaf|MiHE")
"""Brands of pictures that HEVC has compressed, heic for one, and of the container that holds them."""


def _of_boxes(where: str, brand: str) -> Fault:
    if not _HEIF.fullmatch(brand):
        return Fault(
            where=where,
            came=f"it is a film, or of another kind of MP4 ({brand}).",
            needed=f"{FORMS} by its content, whatever its name.",
            fix="save single pictures of it: ffmpeg -i FILE -r 1 picture-%04d.png saves one a second.",
        )
    return Fault(
        where=where,
        came=f"it is a HEIC picture (HEIF, {brand}), as phones write them, which is not decoded.",
        needed=f"{FORMS} by its content, whatever its name.",
        fix="convert all of a folder: by ImageMagick, find FOLDER -iname '*.heic' -exec magick mogrify -format jpg {} +; "
        "on macOS, find FOLDER -iname '*.heic' -exec sips -s format jpeg {} --out {}.jpg ';'. Then take them away with "
        "find FOLDER -iname '*.heic' -delete.",
    )


def damaged_picture(where: str) -> Fault:
    """Report a picture that begins well and cannot be decoded."""
    return Fault(
        where=where,
        came="the picture in it is damaged or cut off.",
        needed=f"a whole picture: {FORMS}.",
        fix="copy it again, or save it again in a picture program.",
    )


def too_many_pixels(where: str, came: str, limit: int) -> Fault:
    """Report a picture too large to be decoded."""
    return Fault(
        where=where,
        came=f"the picture has {came} pixels.",
        needed=f"at most {counted(limit, 'pixel')}.",
        fix="save the picture smaller.",
    )


def no_ink(where: str) -> Fault:
    """Report a picture of one color, or of paper alone."""
    return Fault(
        where=where,
        came="there is no ink in it: no pixel stands out from the border.",
        needed="one digit, darker or lighter than the paper around it.",
        fix="draw the digit with more contrast, and leave paper on all sides.",
    )


def box_larger_than_field(where: str, box: int, side: int) -> Fault:
    """Report a box for the ink that the network's input cannot hold."""
    return Fault(
        where=where,
        came=f"the ink is fitted into {box}x{box} pixels, and the network reads {side}x{side}.",
        needed=f"a box of at most {side}.",
        fix=f"write box as {side} or less.",
    )


def digit_needs_gray_square(where: str, image: str) -> Fault:
    """Report an input that a centered digit cannot be laid into."""
    return Fault(
        where=where,
        came=f"fit is 'digit', and the network reads {image}.",
        needed="an input of one channel and equal height and width.",
        fix="write fit: resize, or change the input.",
    )


def channels_do_not_convert(
    where: str, came: int, needed: int, *, stand_first: bool = False
) -> Fault:
    """Report images that cannot be given the number of channels that a network reads.

    Args:
        where: Which images.
        came: Their channels.
        needed: Those of the network.
        stand_first: Whether their first axis has as many values as the network reads channels.
    """
    return Fault(
        where=where,
        came=f"{counted(came, 'channel')} for a network that reads {needed}.",
        needed=f"images of {counted(needed, 'channel')}, or gray for color, or color for gray.",
        fix="put the channels last, n x height x width x channels: np.moveaxis(images, 1, -1)."
        if stand_first
        else "change the channels of the input, or of the images.",
    )


def images_larger_than_input(where: str, came: str, image: str) -> Fault:
    """Report stored digits that padding cannot bring to the input's size."""
    return Fault(
        where=where,
        came=f"they are {came}, and the network reads {image}.",
        needed="images of at most the size of the input, since fit 'digit' only pads them.",
        fix="write fit: resize, or a larger input.",
    )
