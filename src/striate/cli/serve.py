"""`striate serve`: trained networks that answer over HTTP."""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from striate.cli.bundle_flags import add_bundle_flags
from striate.cli.console import console, escape
from striate.cli.terminal import print_json, print_note
from striate.errors import ServingError
from striate.errors.serving import library_for_serving


if TYPE_CHECKING:
    from striate.server.model import Shelf


HELP = "answer for trained networks over HTTP"
DESCRIPTION = (
    "Answer for the networks of one or more runs over HTTP: POST /v1/predict takes pictures and sentences, "
    "/v2 speaks the Open Inference Protocol, /metrics counts for Prometheus, and the page at / says how to ask. "
    "Requests that come together are read together. A bundle whose files change is loaded again, and no request is "
    "lost; SIGTERM answers what was begun and ends."
)

_LIBRARIES = {
    "fastapi": "fastapi",
    "uvicorn": "uvicorn",
    "httptools": "httptools",
    "python_multipart": "python-multipart",
    "prometheus_client": "prometheus-client",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument(
        "bundles",
        nargs="+",
        metavar="[NAME=]RUN",
        help="bundles, or the folders of runs; NAME is what addresses call it, that of its network by itself",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen at; 0.0.0.0 is every one of this machine (127.0.0.1)",
    )
    parser.add_argument("--port", type=int, default=8000, help="0 takes any that is free (8000)")
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="answer only who sends one of the file's tokens, one a line, as Authorization: Bearer TOKEN",
    )
    parser.add_argument(
        "--cors",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin read answers, such as https://example.org; no page may by itself",
    )
    for flag, kind, default, told in (
        ("--max-bytes", int, 32 * 2**20, "of one request (32 MiB)"),
        ("--max-pixels", int, 50_000_000, "of one picture (50,000,000)"),
        ("--max-items", int, 256, "pictures or sentences of one request (256)"),
        ("--queue", int, 1024, "items that wait; beyond them the answer is 429 (1024)"),
        ("--timeout", float, 30.0, "seconds for a request to arrive, and to be answered (30)"),
        ("--window", float, 4.0, "milliseconds that items wait for others, at most (4)"),
    ):
        parser.add_argument(flag, type=kind, default=default, metavar="N", help=told)
    parser.add_argument(
        "--threads",
        type=int,
        metavar="N",
        help="processor threads of the network; torch's choice by default",
    )
    parser.add_argument("--quiet", action="store_true", help="write no log")
    add_bundle_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Load, listen, and answer until the end."""
    missing = [package for name, package in _LIBRARIES.items() if find_spec(name) is None]
    if missing:
        raise ServingError(library_for_serving(missing))
    from striate.server.application import Service
    from striate.server.limits import HELD_BYTES, Limits
    from striate.server.log import Log
    from striate.server.model import Settings, Shelf
    from striate.server.running import check_origins, listen, read_tokens, serve
    from striate.training.folder import settle_process

    limits = Limits(
        max_bytes=arguments.max_bytes,
        max_pixels=arguments.max_pixels,
        max_items=arguments.max_items,
        queue=arguments.queue,
        timeout=arguments.timeout,
        window=arguments.window,
        held_bytes=max(HELD_BYTES, 4 * arguments.max_bytes),
    )
    check_origins(arguments.cors)
    tokens = None if arguments.token_file is None else read_tokens(arguments.token_file)
    settle_process(arguments.threads)
    taken = listen(arguments.host, arguments.port)
    with taken:
        settings = Settings(
            arguments.weights, arguments.precision, arguments.device, limits.max_pixels
        )
        shelf = Shelf([_named(given) for given in arguments.bundles], settings)
        taken.listen()  # whoever reads the address may connect; the answer waits for the loop
        host, port = taken.getsockname()[:2]
        _tell(shelf, f"http://{f'[{host}]' if ':' in host else host}:{port}", arguments)
        if tokens is None and not _is_loopback(host):
            print_note(
                f"whoever reaches {host}:{port} may ask: no --token-file is given, and the answers are not encrypted."
            )
        log = Log(None if arguments.quiet else sys.stderr)
        serve(Service(shelf, limits, log), taken, tokens, arguments.cors)
    return 0


def _named(given: str) -> tuple[str | None, Path]:
    """Read NAME=RUN, or RUN alone; a folder that is there is meant as it is written."""
    from striate.prediction.hub_bundles import HUB, folder_from_hub

    name, equals, folder = given.partition("=")
    if not equals or Path(given).exists():
        name, folder = "", given
    return name or None, folder_from_hub(folder) if folder.startswith(HUB) else Path(folder)


def _tell(shelf: "Shelf", address: str, arguments: argparse.Namespace) -> None:
    if arguments.json:
        models = [
            {"name": model.name, "version": model.version, "reads": model.reads}
            for model in shelf.models.values()
        ]
        print_json({"address": address, "models": models}, indent=None)
        return
    for model in shelf.models.values():
        console().print(
            f"{escape(model.name)}  reads {model.reads}, {len(model.bundle.classes)} classes, version {model.version}"
        )
        for remark in model.remarks:
            print_note(remark)
    console().print(f"Serving on {address}  (Ctrl-C ends)", soft_wrap=True)
    sys.stdout.flush()


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    return ip_address(host.partition("%")[0]).is_loopback
