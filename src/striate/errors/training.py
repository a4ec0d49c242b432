"""Messages about training runs and their folders."""

from collections.abc import Sequence

from striate.errors.fault import Fault, counted, listed, typed


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
        fix=f"choose another name, or go on with it: `striate train --resume {typed(folder)}`.",
    )


def run_folder_locked(folder: str) -> Fault:
    """Report a folder in which another run is at work."""
    return Fault(
        where=folder,
        came="another process is training in this folder.",
        needed="a folder of its own for each run.",
        fix="choose another name with --output, or wait until the other run has ended.",
    )


def run_never_saved(folder: str) -> Fault:
    """Report a run that was killed before it had saved anything."""
    return Fault(
        where=folder,
        came="its run has saved nothing yet: it has just begun, or it was killed before its first step.",
        needed="a run with a checkpoint.",
        fix=f"if it was killed, begin it again by its own command with --output {typed(folder)}.",
    )


def run_document_changed(file: str) -> Fault:
    """Report a run whose network or recipe is no longer the one that it began with."""
    return Fault(
        where=file,
        came="its table, its preparation or its recipe is not the one that the run began with.",
        needed="the document whose digest stands in run.yaml and in the checkpoint.",
        fix="restore the file, or start a new run with the changed document.",
    )


def no_run(folder: str, missing: str) -> Fault:
    """Report a folder from which no run can be resumed."""
    return Fault(
        where=folder,
        came=f"it holds no run that can go on: {missing} cannot be found.",
        needed="the folder of an interrupted run.",
        fix="check the path; runs lie in the folder `runs` unless --output said otherwise.",
    )


def no_folder_of_run(folder: str) -> Fault:
    """Report a run that is to go on, and whose folder is not there."""
    return Fault(
        where=folder,
        came="there is no such folder.",
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


def checkpoint_of_other_format(file: str, came: str, needed: int) -> Fault:
    """Report a checkpoint of a form that this version does not know."""
    return Fault(
        where=file,
        came=f"the checkpoint has the format {came}.",
        needed=f"format {needed}.",
        fix="go on with the version of Striate that began the run, or start it again.",
    )


def checkpoint_does_not_fit(file: str, problem: str) -> Fault:
    """Report a checkpoint whose numbers are those of another network."""
    return Fault(
        where=file,
        came=f"its numbers do not fit the run: {problem}.",
        needed="the checkpoint of this very run.",
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
        came="the data is missing.",
        needed="--data, with a network or without; or --resume with the folder of a run.",
        fix="write `striate train lenet5 --data mnist`, or `striate train --data pictures/`.",
    )


def no_network_for(data: str, shape: tuple[int, ...]) -> Fault:
    """Report data for which no network can be chosen."""
    came = f"examples of the shape {shape}" if shape else "no picture that can be opened"
    return Fault(
        where=data,
        came=f"no network was named, and it holds {came}.",
        needed="pictures, sentences, or flat vectors, where a network is to be chosen.",
        fix="name a network: `striate train NETWORK --data DATA`.",
    )


def augmentation_not_chosen(pixels: int) -> str:
    """Say that pictures are learnt as they are, where a network was chosen by the data.

    Args:
        pixels: A move that leaves pictures of this size as they look.
    """
    return (
        "Pictures are learnt as they are, for the data does not show which changes leave a class as it is (a mirrored "
        f'letter is another one): --augmentation "flip, shift {pixels}" mirrors and moves them; whether that '
        "helps, held-out pictures tell (--validation)."
    )


def input_of_data(shape: str, data: str) -> str:
    """Say that a network whose input nothing names takes what the data holds."""
    return f"The network does not say what comes in: {shape} is taken, which is what {data} holds."


def last_batch_of_one(
    rows: Sequence[str], examples: int, batch_size: int, fitting: int | None
) -> Fault:
    """Report a batch of one example for a row that takes the spread of a batch."""
    fix = "train with more examples, or leave the row out."
    if fitting is not None:
        fix = f"write --batch-size {fitting}, for example, or change --validation by one."
    return Fault(
        where="batch_size",
        came=f"{counted(examples, 'example')} in batches of {batch_size:,} leave one for the last batch, and "
        f"{listed(rows)} reads one value a map: batch normalization has no spread of one value.",
        needed="two examples or more in each batch.",
        fix=fix,
    )


def flags_on_resume(flags: str) -> Fault:
    """Report settings that cannot change in the middle of a run."""
    return Fault(
        where="--resume",
        came=f"{flags} cannot change when a run goes on.",
        needed="the run's folder alone, and --epochs if it is to end at another epoch.",
        fix="leave the flags out, or start a new run.",
    )


def not_a_run(folder: str) -> Fault:
    """Report a folder that was to be a run's."""
    return Fault(
        where=folder,
        came="it holds no run: run.yaml or network.md cannot be found.",
        needed="the folder of a run.",
        fix="check the path; runs lie in the folder `runs` unless --output said otherwise.",
    )


def unreadable_metrics(file: str, problem: str) -> Fault:
    """Report a table of epochs that is damaged."""
    return Fault(
        where=file,
        came=f"it cannot be read: {problem}.",
        needed="one JSON object a line, as the run wrote them.",
        fix="restore the file, or compare other runs.",
    )


def one_run_to_compare(folder: str) -> Fault:
    """Report a comparison of one run with nothing."""
    return Fault(
        where="striate compare",
        came=f"{folder} is the only run.",
        needed="two runs or more.",
        fix=f"write `striate compare {typed(folder)} ANOTHER`.",
    )


def run_is_finished(folder: str, epochs: int) -> Fault:
    """Report a run that is to go on and has come to its end."""
    return Fault(
        where=folder,
        came=f"its run is finished, after {counted(epochs, 'epoch')}.",
        needed="a run that was interrupted, or more epochs than it has done.",
        fix=f"write `striate train --resume {typed(folder)} --epochs {2 * epochs}`, for example.",
    )


def epochs_are_done(came: int, done: int) -> Fault:
    """Report a run that is to end at an epoch that it has passed."""
    return Fault(
        where="--epochs",
        came=f"the run is to end after {counted(came, 'epoch')}, and has done {done:,}.",
        needed=f"{done + 1:,} or more.",
        fix=f"write --epochs {done + 1}, for example.",
    )


def nothing_to_stop_by(epochs: int, examples: int) -> Fault:
    """Report a run that is to end when it gets no better, and holds nothing out to tell that by."""
    return Fault(
        where="early_stopping",
        came=f"{counted(epochs, 'epoch')} without a better one are to end the run, and no examples are held out "
        "to compare epochs by.",
        needed="held-out examples: validation of 1 or more, or data with a validation part.",
        fix=f"write --validation {max(1, examples // 10)}, for example.",
    )


def no_loss_to_look_at(examples: int) -> Fault:
    """Report a rate that is to fall by the loss of held-out examples, of which there are none."""
    return Fault(
        where="schedule",
        came="plateau lowers the rate where the loss of held-out examples gets no lower, and none are held out.",
        needed="held-out examples: validation of 1 or more, or data with a validation part.",
        fix=f"write --validation {max(1, examples // 10)}, for example.",
    )


def classes_differ(row: str, units: int, data: str, classes: int) -> Fault:
    """Report a table whose last row does not give one number a class."""
    return Fault(
        where=f"{row}, Size",
        came=f"the row gives {counted(units, 'value')}, and {data} has {classes} classes.",
        needed=f"{classes}, one a class.",
        fix=f"write {classes} as the size of {row}, or choose other data.",
    )


def kernels_missing(folder: str, names: Sequence[str], problem: str) -> Fault:
    """Report a run whose layers in C++ cannot be had here: without them its numbers would be others."""
    return Fault(
        where=folder,
        came=f"the run uses the kernels {', '.join(names)}, which cannot be had here: {problem}.",
        needed="the kernels that the run began with, for its numbers depend on them.",
        fix="go on where it began, with the same compiler, or start a new run.",
    )


def kernels_switched_off(folder: str, names: Sequence[str]) -> Fault:
    """Report a run that began with layers in C++ and is to go on without."""
    return Fault(
        where=folder,
        came=f"the run uses the kernels {', '.join(names)}, and STRIATE_KERNELS=off leaves them out.",
        needed="the kernels that the run began with, for its numbers depend on them.",
        fix="take STRIATE_KERNELS out of the environment, or start a new run.",
    )


def no_kernels_to_film(network: str) -> Fault:
    """Report a film of a network that has no kernels over pictures."""
    return Fault(
        where="--film",
        came=f"{network} has no convolution of pictures.",
        needed="a network of pictures with a convolution, whose kernels are kept after each epoch.",
        fix="leave --film out.",
    )


def unreadable_film(file: str, problem: str) -> Fault:
    """Report a frame that cannot be read."""
    return Fault(
        where=file,
        came=f"it cannot be read: {problem}.",
        needed="a frame as a run with --film writes it.",
        fix="remove the file; the film then lacks its epoch.",
    )


def too_few_seeds(came: object) -> Fault:
    """Report a number of seeds that leaves nothing to compare."""
    return Fault(
        where="--seeds",
        came=f"seeds is {came!r}.",
        needed="2 or more: how many seeds are run, beginning with the recipe's own.",
        fix="write --seeds 5, for example, or leave it out and choose one with --seed.",
    )


def flags_beside_seeds(flags: str) -> Fault:
    """Report what belongs to one run, where several were asked for."""
    return Fault(
        where="--seeds",
        came=f"{flags} belongs to one run.",
        needed="what all runs can do one after another.",
        fix="leave it out, or leave --seeds out.",
    )


def seeds_are_finished(folder: str, seeds: int) -> Fault:
    """Report runs from several seeds that are to go on and have come to their end."""
    return Fault(
        where=folder,
        came=f"its runs from {seeds:,} seeds are finished.",
        needed="runs of which one was interrupted, or not begun.",
        fix=f"compare them with `striate compare {typed(folder)}`; one of them goes on with --resume and its own folder.",
    )


def epochs_of_seeds(folder: str) -> Fault:
    """Report another number of epochs for runs from several seeds."""
    return Fault(
        where="--epochs",
        came=f"{folder} holds runs from several seeds, which all have the epochs that they began with.",
        needed="--resume and the folder alone.",
        fix="leave --epochs out, or name the folder of one of the runs.",
    )


def unreadable_seeds(file: str, problem: str) -> Fault:
    """Report the settings of runs from several seeds that are damaged."""
    return Fault(
        where=file,
        came=f"it cannot be read as the settings of runs from several seeds ({problem}).",
        needed="the file as `train --seeds` wrote it.",
        fix="restore the file, or name the folders of the runs one by one.",
    )


def runs_beside_seeds(run: str, seeds: str) -> Fault:
    """Report a single run beside runs from several seeds."""
    return Fault(
        where=run,
        came=f"it is one run, and {seeds} holds runs from several seeds.",
        needed="runs alone, or folders of `train --seeds` alone.",
        fix=f"name the runs below {seeds}, or train this recipe with --seeds, too.",
    )


def beside_rate_search(flags: str) -> Fault:
    """Report what belongs to a training, where only its learning rate is looked for."""
    return Fault(
        where="--find-rate",
        came=f"{flags} belongs to training.",
        needed="network, data and recipe alone: nothing is trained to its end, and no run is written.",
        fix="leave it out, or leave --find-rate out.",
    )


def no_tensorboard() -> Fault:
    """Report events for TensorBoard where its library is missing."""
    return Fault(
        where="--tensorboard",
        came="events are written by the library tensorboard, which is not installed.",
        needed="tensorboard.",
        fix="write pip install 'striate[tensorboard]', or leave it out: metrics.csv holds the same.",
    )
