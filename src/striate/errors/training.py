"""Messages about training runs and their folders."""

from striate.errors.fault import Fault, counted


def loss_not_finite(loss: float, epoch: int, step: int, steps: int) -> Fault:
    """Report a loss that is no number."""
    return Fault(
        where=f"epoch {epoch}, step {step} of {steps}",
        came=f"the loss is {loss}.",
        needed="a finite loss.",
        fix="lower the learning rate, or lengthen the warm-up; the last checkpoint is as it was.",
    )


def state_not_finite(tensor: str) -> Fault:
    """Report numbers that must not be saved."""
    return Fault(
        where="checkpoint",
        came=f"{tensor} holds values that are not finite, so nothing was saved.",
        needed="finite numbers.",
        fix="lower the learning rate; the last checkpoint is as it was.",
    )


def run_folder_in_use(folder: str) -> Fault:
    """Report a folder that already holds something."""
    return Fault(
        where=folder,
        came="the folder is not empty.",
        needed="a new or an empty folder for a new run.",
        fix=f"choose another name, or go on with it: `striate train --resume {folder}`.",
    )


def no_run(folder: str, missing: str) -> Fault:
    """Report a folder from which no run can be resumed."""
    return Fault(
        where=folder,
        came=f"it holds no run that can go on: {missing} cannot be found.",
        needed="the folder of an interrupted run.",
        fix="check the path; runs lie in the folder `runs` unless --output said otherwise.",
    )


def unreadable_checkpoint(file: str, problem: str) -> Fault:
    """Report a checkpoint that is damaged."""
    return Fault(
        where=file,
        came=f"it cannot be read: {problem}.",
        needed="the checkpoint as it was written.",
        fix="restore the file, or start the run again.",
    )


def data_changed(folder: str, data: str) -> Fault:
    """Report a run whose training images are no longer the same."""
    return Fault(
        where=folder,
        came=f"the training images of {data} are not those that the run began with.",
        needed="the same images and labels.",
        fix="restore the data, or start a new run.",
    )


def nothing_to_train() -> Fault:
    """Report a call that names no network or no data."""
    return Fault(
        where="train",
        came="the network or its data is missing.",
        needed="both, or --resume with the folder of a run.",
        fix="write `striate train lenet5 --data mnist`, for example.",
    )


def flags_on_resume(flags: str) -> Fault:
    """Report settings that cannot change in the middle of a run."""
    return Fault(
        where="--resume",
        came=f"{flags} cannot change when a run goes on.",
        needed="the run's folder alone.",
        fix="leave the flags out, or start a new run.",
    )


def classes_differ(row: str, units: int, data: str, classes: int) -> Fault:
    """Report a table whose last row does not give one number a class."""
    return Fault(
        where=f"{row}, Size",
        came=f"the row gives {counted(units, 'value')}, and {data} has {classes} classes.",
        needed=f"{classes}, one a class.",
        fix=f"write {classes} as the size of {row}, or choose other data.",
    )
