"""`striate push`: a trained network on Hugging Face's hub."""

import argparse

from striate.cli.console import console, escape
from striate.cli.terminal import print_json


HELP = "send a trained network to Hugging Face's hub"
DESCRIPTION = (
    "Send the bundle of a run to a repository of Hugging Face's hub, with a card that shows its table, its result, its "
    "limits and how to use it. A repository that is made for it is private. What lies there is read as "
    "hf:owner/name by predict, evaluate, export and serve. Log in first: hf auth login."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    parser.add_argument("bundle", help="a bundle, or the folder of a run")
    parser.add_argument("repository", metavar="OWNER/NAME", help="where it will lie")
    parser.add_argument(
        "--public", action="store_true", help="let everybody see a repository that is made for it"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be sent, and send nothing"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Send, and say what and where."""
    from striate.hub import push

    is_sent = not arguments.dry_run
    done = push(arguments.bundle, arguments.repository, is_public=arguments.public, is_sent=is_sent)
    if arguments.json:
        print_json(
            {
                "repository": arguments.repository,
                "is_sent": is_sent,
                "address": done.address if is_sent else None,
                "is_private": done.is_private,
                "files": done.files,
            }
        )
        return 0
    for name, size in done.files.items():
        console().print(f"{name:<20}  {size:>13,} bytes")
    seen = "private" if done.is_private else "public"
    said = f"Sent to {done.address} ({seen})" if is_sent else f"Nothing was sent to {done.address}"
    console().print(f"{escape(said)}; it is read as hf:{arguments.repository}.", soft_wrap=True)
    return 0
