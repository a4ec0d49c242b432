"""`striate page`: a network shown live on a page of this machine."""

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from striate.cli.bundles import bundle_of
from striate.cli.console import console
from striate.cli.network_flags import add_network, given_input
from striate.cli.terminal import print_json, print_notes
from striate.errors import SeeingError
from striate.errors.page import not_a_port
from striate.errors.seeing import no_picture_to_see


if TYPE_CHECKING:
    from striate.page import PageServer


HELP = "show a network live in the browser: drop or draw a picture, change weights and rows"
DESCRIPTION = (
    "Show on a page of this machine what a network makes of pictures: drop, paste or draw one, click on values, change "
    "a kernel's numbers, a row's activation or padding, and see what becomes of it. Changes are in memory alone. "
    "Nobody else can use the page: its address holds a word that is new each time. Ctrl-C ends it."
)
_MOST_PORT = 65535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    add_network(parser, "a bundle, the folder of a run, a shipped name, or a file (FILE#NAME)")
    parser.add_argument(
        "pictures",
        nargs="*",
        metavar="PICTURE",
        help="pictures to look at first, or sentences, where the network reads such",
    )
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1; a free one by default")
    parser.add_argument(
        "--weights", choices=("best", "last"), default="best", help="of the best or the last epoch"
    )


def run(arguments: argparse.Namespace) -> int:
    """Show the page until Ctrl-C."""
    from striate.page import PageServer, RunWatch, Session
    from striate.see.looks import look_at, refuse_no_sentences

    if not 0 <= arguments.port <= _MOST_PORT:
        raise SeeingError(not_a_port(arguments.port))
    place = Path(arguments.network)
    watched = RunWatch(place) if RunWatch.is_run(place) else None
    if watched is not None and watched.goes_on:
        bundle = watched.bundle()
    else:
        bundle = bundle_of(arguments.network, arguments.weights, given_input(arguments))
    if bundle.document.table.image is None and bundle.document.table.words is None:
        raise SeeingError(no_picture_to_see(bundle.document.name))
    if bundle.document.table.words is not None:
        refuse_no_sentences(bundle, arguments.pictures)
    looks = [look_at(bundle, picture) for picture in arguments.pictures]
    session = Session(bundle, looks, watched)
    with PageServer(session, arguments.port) as server, _until_stopped(server):
        if not place.is_dir():
            console().print("Fresh weights: this network has learnt nothing yet.", markup=False)
        if watched is None or not watched.goes_on:
            print_notes(bundle.remarks)
        console().print(f"{server.address}  (Ctrl-C ends it)", markup=False, soft_wrap=True)
        server.serve_forever()
    return 0


@contextmanager
def _until_stopped(server: "PageServer") -> Iterator[None]:
    """Let Ctrl-C and a request of the system end the page quietly."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # It waits for the loop that this very thread is in.
        threading.Thread(target=server.shutdown).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def shown_live(run: Path, *, as_json: bool) -> Iterator[None]:
    """Show a run on a page while something is done, by a process of its own, which draws no random numbers of the run.

    Args:
        run: Its folder.
        as_json: Whether the address is printed as a line of JSON.
    """
    words = [sys.executable, "-m", "striate", "page", str(run)]
    # One thread, and a session of its own: it takes little from the training, and Ctrl-C is for the run.
    beside = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env=beside, start_new_session=True
    ) as page:
        try:
            address = page.stdout.readline().split()[:1] if page.stdout else []
            if as_json and address:
                print_json({"page": address[0]}, indent=None)
            elif address:
                console().print(f"Page      {address[0]}", markup=False, soft_wrap=True)
            yield
        finally:
            page.terminate()
