"""The command line of `benchmarks/run`."""

import argparse
import shlex
import sys

from cases import CASES, PEERS
from striate.bench.files import Kind
from striate.system.devices import available_cores


KINDS: tuple[Kind, ...] = ("training", "reading", "answering")
STARTS, INTAKE, GRADIENTS = "starts", "intake", "gradients"
USUAL_JOBS = (*KINDS, STARTS, INTAKE, GRADIENTS)
LEARNING, DRAWN = "learning", "dozen"
JOBS = (*USUAL_JOBS, LEARNING, DRAWN)
"""The last two are measured when they are asked for: five seeds of three networks, twice, take most of an hour, and
twelve networks drawn by their numbers half an hour."""
USUAL_PEERS = [
    peer.name for peer in PEERS if "Keras" not in peer.title or peer.setup == "documented"
]
"""All but tuned Keras, which takes as long to set up as all others together."""


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="benchmarks/run",
        description="Measure Striate beside its peers, in turns, and write raw numbers to "
        "benchmarks/results/, which benchmarks/page makes docs/performance.md of.",
    )
    names = [case.network for case in CASES]
    parser.add_argument("networks", nargs="*", help=f"{', '.join(names)}; all when absent")
    parser.add_argument(
        "--jobs",
        nargs="+",
        choices=JOBS,
        default=USUAL_JOBS,
        help="all but learning and dozen when absent",
    )
    parser.add_argument(
        "--peers",
        nargs="+",
        choices=("all", *(peer.name for peer in PEERS)),
        default=USUAL_PEERS,
        help="all but tuned Keras when absent",
    )
    parser.add_argument(
        "--minutes", type=float, default=20, help="after which no new network is begun (20)"
    )
    parser.add_argument(
        "--widths",
        nargs="+",
        choices=("fp32", "bf16", "int8"),
        help="of training those that Striate takes by itself when absent; of reading fp32",
    )
    parser.add_argument("--pairs", type=int, default=5, help="turns of each program (5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of a turn, a step at least (1)")
    parser.add_argument("--threads", type=int, default=available_cores())
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    found = parser.parse_args()
    if "all" in found.peers:
        found.peers = [peer.name for peer in PEERS]
    unknown = set(found.networks) - set(names)
    if unknown:
        parser.error(f"no such network: {', '.join(sorted(unknown))}")
    return found


def command() -> str:
    """Give the command line as it was typed."""
    return shlex.join(["benchmarks/run", *sys.argv[1:]])


def tell(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)
