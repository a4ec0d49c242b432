"""Messages about bundles: the folder that carries a trained network."""

from collections.abc import Iterable, Sequence

from striate.errors.fault import Fault, counted, listed, typed


def no_bundle(folder: str, missing: Iterable[str]) -> Fault:
    """Report a folder that lacks a bundle's files, or that is not there."""
    return Fault(
        where=folder,
        came=f"it is no bundle: it has no {listed(missing)}.",
        needed="the folder `bundle` of a finished run.",
        fix="check the path; a run of `striate train` names its bundle at the end.",
    )


def run_without_bundle(run: str) -> Fault:
    """Report the folder of a run that has written no bundle yet."""
    return Fault(
        where=run,
        came="its run has written no bundle yet: it is still going, or was killed.",
        needed="a run that has ended, or was interrupted by Ctrl-C.",
        fix=f"wait for it, or go on with it: striate train --resume {typed(run)}.",
    )


def folder_of_bundles(folder: str, runs: Sequence[str]) -> Fault:
    """Report a folder that holds several trained networks, as runs from several seeds do."""
    return Fault(
        where=folder,
        came=f"it is no bundle, and holds {counted(len(runs), 'trained run')}: {', '.join(runs)}.",
        needed="one of them.",
        fix=f"write {folder}/{runs[0]}; `striate compare` lays runs beside each other.",
    )


def unreadable_bundle(file: str, problem: str) -> Fault:
    """Report a file of a bundle that cannot be understood."""
    return Fault(
        where=file,
        came=f"it cannot be read: {problem}.",
        needed="the file as it was written by the training run.",
        fix="copy the bundle again from where it was trained.",
    )


def bundle_of_other_format(file: str, came: object, needed: int) -> Fault:
    """Report a bundle of a form that this version does not know."""
    return Fault(
        where=file,
        came=f"the bundle has the format {came}.",
        needed=f"format {needed}.",
        fix="use the version of Striate that wrote it, or train again.",
    )


def altered_file(file: str) -> Fault:
    """Report a file whose bytes are not those that were written."""
    return Fault(
        where=file,
        came="its bytes are not those that were written.",
        needed="the file whose SHA-256 stands in config.json.",
        fix="copy the bundle again from where it was trained.",
    )


def altered_document(file: str) -> Fault:
    """Report a table, a preparation or a recipe that is not the one that the weights were trained with."""
    return Fault(
        where=file,
        came="its table, its preparation or its recipe is not the one that the weights belong to.",
        needed="the document whose digest stands in config.json.",
        fix="restore the file; for another network, copy the document elsewhere and train it.",
    )


def other_class_count(file: str, came: int, row: str, needed: int) -> Fault:
    """Report names of classes that are more or fewer than the network's outputs."""
    return Fault(
        where=file,
        came=f"it names {counted(came, 'class', 'classes')}, and the row {row} tells {needed} apart.",
        needed=f"{counted(needed, 'name')}, in the order of the outputs.",
        fix="copy the bundle again from where it was trained.",
    )


def weights_of_other_dtype(file: str, tensor: str, dtype: str) -> Fault:
    """Report weights of a type that no network here has."""
    return Fault(
        where=file,
        came=f"{tensor} is of {dtype}.",
        needed="float32, as training writes it.",
        fix="convert the weights to float32, or copy the bundle again from where it was trained.",
    )


def outputs_not_finite(network: str, came: int, of: int, noun: str) -> Fault:
    """Report weights that are finite and so large that what the network computes is not."""
    return Fault(
        where=network,
        came=f"its outputs are not finite for {came:,} of {counted(of, noun)}.",
        needed="weights whose sums stay within the numbers of the machine.",
        fix="train again with a smaller learning rate; weights as large as these were not learnt.",
    )


def other_vocabulary(file: str, came: int, row: str, needed: int) -> Fault:
    """Report a vocabulary that belongs to another table."""
    return Fault(
        where=file,
        came=f"it holds {counted(came, 'word')}, and the row {row} has {needed:,}.",
        needed="the vocabulary of this very table.",
        fix="copy the bundle again from where it was trained.",
    )


def run_was_interrupted(done: int, epochs: int, run: str | None) -> str:
    """Say that a trained network has not learnt to the end, and how it goes on.

    Args:
        done: Epochs that its run has done.
        epochs: Epochs that it was to do.
        run: The folder of the run; None where the bundle lies elsewhere.
    """
    going_on = (
        "striate train --resume with the folder of its run"
        if run is None
        else f"striate train --resume {typed(run)}"
    )
    return f"Its run was interrupted after {done} of {epochs} epochs: {going_on} goes on with it."


def weights_do_not_fit(file: str, problem: str) -> Fault:
    """Report weights that belong to another table."""
    return Fault(
        where=file,
        came=f"its weights do not fit the table in README.md: {problem}.",
        needed="the weights of this very table.",
        fix="restore the README.md of the bundle, or train again.",
    )


def weights_not_finite(file: str, tensor: str) -> Fault:
    """Report weights that are no numbers."""
    return Fault(
        where=file,
        came=f"{tensor} holds values that are not finite.",
        needed="finite numbers.",
        fix="train again with a smaller learning rate.",
    )


def not_a_bundle(kind: str) -> Fault:
    """Report something given for a bundle that is none."""
    return Fault(
        where="bundle",
        came=f"it is of the type {kind}.",
        needed="a bundle, or the path of its folder.",
        fix="write striate.load_bundle('runs/NAME/bundle'), for example.",
    )
