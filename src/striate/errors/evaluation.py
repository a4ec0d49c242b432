"""Messages about a trained network and images that do not suit it."""

from collections.abc import Sequence

from striate.errors.fault import Fault, counted, in_a_list


def network_reads_no_images(network: str) -> Fault:
    """Report a table that reads flat vectors where images are needed."""
    return Fault(
        where=network,
        came="its input is a flat vector.",
        needed="an input of maps x height x width for images.",
        fix="write the size of the input row as height x width.",
    )


def network_reads_images(image: str, count: int) -> Fault:
    """Report data of flat vectors where images are needed."""
    return Fault(
        where="input",
        came=f"the data holds vectors of {counted(count, 'value')}, and the network reads {image}.",
        needed="images.",
        fix=f"write {count} as the size of the input row, or choose data that holds images.",
    )


def vectors_of_other_length(came: int, needed: int) -> Fault:
    """Report flat vectors that are longer or shorter than the network's input."""
    return Fault(
        where="input",
        came=f"the data holds vectors of {counted(came, 'value')}.",
        needed=f"vectors of {counted(needed, 'value')}, as the network reads them.",
        fix=f"write {came} as the size of the input row, or choose other data.",
    )


def network_reads_sentences(network: str, data: str, holds: str) -> Fault:
    """Report pictures or vectors for a network of sentences."""
    return Fault(
        where=network,
        came=f"it reads sentences, and {data} holds {holds}.",
        needed="a data set of sentences: movie-reviews, or a CSV, TSV or JSONL file with texts.",
        fix="choose such data, or a network of pictures such as lenet5.",
    )


def data_holds_sentences(network: str, data: str, reads: str) -> Fault:
    """Report sentences for a network of pictures or vectors."""
    return Fault(
        where=network,
        came=f"it reads {reads}, and {data} holds sentences.",
        needed=f"a data set of {reads} such as {'mnist' if reads == 'pictures' else 'xor'}.",
        fix="choose such data, or a network of sentences such as text-cnn.",
    )


def network_reads_no_sentences(network: str) -> Fault:
    """Report sentences that are to be told by a network of something else."""
    return Fault(
        where=network,
        came="it reads no sentences.",
        needed="a network whose first row is of type Sentence.",
        fix="give it pictures, or train a network such as text-cnn.",
    )


def sentences_needed(network: str) -> Fault:
    """Report pictures that are to be told by a network of sentences."""
    return Fault(
        where=network,
        came="it reads sentences, not pictures.",
        needed="sentences.",
        fix="call predict_sentences, or choose a network of pictures.",
    )


def no_data_to_measure_on(where: str) -> Fault:
    """Report a bundle that is away from its run, and no data given."""
    return Fault(
        where=where,
        came="it lies in no run that would tell its data, and none is given.",
        needed="a data set.",
        fix="add --data, with its name or path.",
    )


def flag_of_no_data(flag: str) -> Fault:
    """Report a flag about a data set where none is given, for that of the run has its own."""
    return Fault(
        where=flag,
        came="no data set is given that it could be about; that of the run is read as it was.",
        needed="--data beside it.",
        fix=f"add --data, or leave {flag} out.",
    )


def other_classes(data: str, came: Sequence[str], needed: Sequence[str]) -> Fault:
    """Report data whose classes are not those of the network."""
    return Fault(
        where=data,
        came=f"its classes are {_shown(came)}.",
        needed=f"those that the network was trained for, or some of them: {_shown(needed)}.",
        fix="choose data with these classes, or train on this data.",
    )


def _shown(classes: Sequence[str]) -> str:
    shown = ", ".join(map(in_a_list, classes[:10]))
    return shown if len(classes) <= 10 else f"{shown} and {len(classes) - 10} more"  # noqa: PLR2004


def not_predictions(file: str) -> Fault:
    """Report a file that is to hold predictions, and holds something else."""
    return Fault(
        where=file,
        came="it holds no predictions of `striate evaluate` or of a run.",
        needed="a file that these have written, or for --predictions a new name.",
        fix="choose another name, such as predictions.csv.",
    )


def folder_without_pictures(where: str) -> Fault:
    """Report a folder that is given for its pictures and has none."""
    return Fault(
        where=where,
        came="it holds no pictures.",
        needed="a folder with pictures in it, or in folders of it.",
        fix="correct the path.",
    )


def not_a_picture_in_memory(where: str, kind: str) -> Fault:
    """Report something given as a picture that is none."""
    return Fault(
        where=where,
        came=f"it is of the type {kind}.",
        needed="the path of a file or folder, a PIL image, an array or a tensor.",
        fix="write predict(bundle, ['picture.png']), for example.",
    )


def not_a_sentence(where: str, kind: str) -> Fault:
    """Report something given as a sentence that is no text."""
    return Fault(
        where=where,
        came=f"it is of the type {kind}.",
        needed="a text, or a list of texts.",
        fix="write predict_sentences(bundle, ['a sentence']), for example.",
    )


def drawn_anew(data: str, kept: int, then: int, strangers: int) -> str:
    """Say that the folder of a run no longer gives the test that the run had."""
    left_out = (
        f"; {counted(strangers, 'example')} that the draw now takes for the test "
        f"{'is' if strangers == 1 else 'are'} left out, for the run may have learnt from "
        f"{'it' if strangers == 1 else 'them'}"
        if strangers
        else ""
    )
    return (
        f"{data} has changed since the run: measured on the {kept:,} of its {counted(then, 'test example')} that are "
        f"still there{left_out}."
    )


def none_held_out(data: str, then: int, drawn: int) -> str:
    """Say that nothing of what a run was tested on is left in its folder."""
    return (
        f"{data} has changed since the run: none of its {counted(then, 'test example')} is there; what the draw now takes "
        f"for the test is measured on, {counted(drawn, 'example')}, and the run may have learnt from it."
    )


def no_such_picture(where: str) -> Fault:
    """Report what a network of pictures is given, and is no file: a path with a fault in it, a sentence, or `-`."""
    return Fault(
        where=where,
        came="there is no such file.",
        needed="files of pictures, or folders of them: this network reads no sentences, and nothing from standard input.",
        fix="correct the path.",
    )
