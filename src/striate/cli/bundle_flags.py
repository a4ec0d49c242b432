"""The flags of all verbs that read with a trained network."""

import argparse
from typing import get_args

from striate.recipe import Precision


def add_bundle_flags(parser: argparse.ArgumentParser) -> None:
    """Declare whose weights read, in which width and where, and whether JSON is printed."""
    parser.add_argument(
        "--weights", choices=("best", "last"), default="best", help="of the best or the last epoch"
    )
    parser.add_argument(
        "--precision",
        choices=get_args(Precision),
        default="auto",
        help="of products: fp32, bf16, or auto: bf16 for large networks of images, where the device "
        "multiplies it faster (auto)",
    )
    parser.add_argument(
        "--device",
        default="cpu",
        metavar="NAME",
        help="where to read: cpu (the default), cuda or cuda:1",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
