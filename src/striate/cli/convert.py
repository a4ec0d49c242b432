"""`striate convert`: a network in the form of another tool, another language, or a picture of text."""

import argparse
import sys
from pathlib import Path

from striate.cli.network_flags import add_language, add_network, asked_network
from striate.cli.report import left_in_english
from striate.cli.terminal import print_note
from striate.documents.writing import FORMS, Written, write_form
from striate.errors.words import Words
from striate.system.files import write_durably


HELP = "write a network as code, as a definition, or as a table of another language"
DESCRIPTION = (
    "Read a network in any form and write it in another: our Markdown, code of Keras or PyTorch that runs, a "
    "table of LaTeX, HTML or CSV, a flowchart of Mermaid, or a definition for Caffe. What the form cannot say "
    "is an error that names all of it; what was inferred, and what the form leaves out although the network "
    "computes the same without it, is named on standard error."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's flags."""
    add_network(parser)
    parser.add_argument(
        "--to", choices=(*FORMS, "mermaid"), required=True, help="the form that is written"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="file to write; standard output if absent"
    )

    add_language(parser, "of the notes")


def run(arguments: argparse.Namespace) -> int:
    """Write the network; a document with faults, or one that the form cannot say, is an error."""
    document = asked_network(arguments)
    if arguments.to == "mermaid":
        from striate.drawing.mermaid import write_mermaid

        title = document.heading
        written = Written(write_mermaid(document.sound_walk(), title))
    else:
        written = write_form(document, arguments.to)
    if arguments.output is None:
        sys.stdout.write(written.text)
    else:
        write_durably(arguments.output, written.text)
    words = Words(arguments.language or document.language)
    notes = [*map(words.remark, document.remarks), *map(words.sentence, written.notes)]
    for note in (*notes, *left_in_english(words)):
        print_note(note)
    return 0
