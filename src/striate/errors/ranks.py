"""Messages about processes that train one network together."""

from striate.errors.fault import Fault, counted


def rank_lost(rank: int, count: int, problem: str) -> Fault:
    """Report another process that has ended, or that cannot be reached any more."""
    return Fault(
        where=f"process {rank + 1} of {count}",
        came=f"another process of this run has ended, or cannot be reached: {problem}.",
        needed="all processes, to the end of the run.",
        fix="see what it has said; `striate train --resume RUN` goes on from the last checkpoint, with any number of "
        "processes.",
    )


def other_rank_ended(rank: int, count: int) -> Fault:
    """Report that another process has found a fault, which it tells itself."""
    return Fault(
        where=f"process {rank + 1} of {count}",
        came="another process of this run has found a fault.",
        needed="an input that suits all processes.",
        fix="see what it has said.",
    )


def ranks_not_found(problem: str) -> Fault:
    """Report processes that were to train together and do not find each other."""
    return Fault(
        where="torchrun",
        came=f"the processes of this run do not find each other: {problem}.",
        needed="as many processes as WORLD_SIZE says, which reach MASTER_ADDR at MASTER_PORT.",
        fix="start them by `torchrun`, or by `striate train --processes N` on one machine.",
    )


def verb_for_one(verb: str, count: int) -> Fault:
    """Report a verb that was started several times over and works in one process."""
    return Fault(
        where=f"striate {verb}",
        came=f"torchrun has started it {count} times, and each would do the same work.",
        needed="one process: `striate train` alone divides its work among several.",
        fix=f"write `striate {verb}` without torchrun; it uses all cores by itself.",
    )


def processes_inside_torchrun() -> Fault:
    """Report a number of processes where torchrun has started them already."""
    return Fault(
        where="--processes",
        came="torchrun has started the processes already.",
        needed="one of both.",
        fix="leave --processes out, or write `striate train --processes N` without torchrun.",
    )


def more_processes_than_batch(count: int, batch: int) -> Fault:
    """Report processes of which some would have nothing to do."""
    return Fault(
        where="--processes",
        came=f"{counted(count, 'process', 'processes')} are to share batches of {counted(batch, 'example')}.",
        needed="an example for each process in every whole batch.",
        fix=f"write --processes {batch} or less, or a larger --batch-size.",
    )


def restarted_without_output() -> Fault:
    """Report a run that torchrun starts again and whose folder nobody named."""
    return Fault(
        where="torchrun",
        came="it has started the run again, and nothing says which folder the run was in.",
        needed="--output with the run's folder, from which it goes on by itself.",
        fix="write `torchrun --max-restarts N ... -m striate train ... --output RUN`.",
    )


def processes_ended(signal: int) -> Fault:
    """Report a process of a run that something has killed."""
    return Fault(
        where="--processes",
        came=f"a process of this run was killed by signal {signal}, and the others have ended.",
        needed="all processes, to the end of the run.",
        fix="see whether the machine ran out of memory; `striate train --resume RUN` goes on from the last "
        "checkpoint, with any number of processes.",
    )


def not_among_processes(what: str, count: int) -> Fault:
    """Report several trainings that were to be shared by processes, which share one."""
    return Fault(
        where="--processes",
        came=f"{counted(count, 'process', 'processes')} share one training, and {what} asks for several.",
        needed="one of both.",
        fix="leave --processes out: several trainings use all cores by themselves.",
    )
