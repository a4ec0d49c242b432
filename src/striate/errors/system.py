"""Messages about the machine: its memory, its folders, and faults of Striate itself."""

from striate.errors.fault import Fault, typed


def no_cache_folder() -> Fault:
    """Report a user who has no home, and names no other place."""
    return Fault(
        where="cache",
        came="the user has no home folder, and neither STRIATE_CACHE nor XDG_CACHE_HOME names a place.",
        needed="a folder for what can be made again: decoded pictures, compiled layers.",
        fix="set STRIATE_CACHE to a folder that can be written to.",
    )


def cache_not_written(where: str, problem: str) -> Fault:
    """Report a folder of the cache that cannot be made."""
    return Fault(
        where=where,
        came=f"the folder cannot be written: {problem}.",
        needed="a folder for what can be made again: what an archive holds, decoded pictures.",
        fix="set STRIATE_CACHE to a folder that can be written to.",
    )


def memory_ran_out(problem: str) -> Fault:
    """Report a machine that has no more memory to give."""
    return Fault(
        where="memory",
        came=f"the machine has no more of it to give: {problem}.",
        needed="room for the weights, their gradients, and a batch on its way.",
        fix="choose a smaller batch (--batch-size) or a smaller network, or close other programs.",
    )


def no_output() -> Fault:
    """Report a standard output that is closed: what a verb finds would be told to nobody."""
    return Fault(
        where="standard output",
        came="it is closed.",
        needed="a place for what is printed.",
        fix="leave `>&-` out, or write `> /dev/null` where nothing is to be printed.",
    )


def refused_by_system(place: str, problem: str, missing: str) -> Fault:
    """Report a file or folder that the machine could not open, read or write.

    Args:
        place: Its path, or what it is; empty where that is not known.
        problem: What the system says.
        missing: The folder that it would lie in, if there is no such folder.
    """
    return Fault(
        where=place or "a file",
        came=f"{problem}.",
        needed="a file or folder that can be opened, and room for what is written.",
        fix=f"make the folder {typed(missing)}, or correct the path."
        if missing
        else "correct the path or its permissions, or make room on the disk.",
    )


def name_not_text(problem: str) -> Fault:
    """Report a name of a file or folder whose bytes are no text."""
    return Fault(
        where="name",
        came=f"a name holds bytes that are not UTF-8: {problem}.",
        needed="names of files and folders in UTF-8.",
        fix="rename the file or the folder.",
    )


def unforeseen(kind: str, message: str, place: str) -> Fault:
    """Report an error of Striate itself."""
    return Fault(
        where=place,
        came=f"this is a fault of Striate, not of yours: {kind}: {message or 'without a message'}",
        needed="a report, so that it can be mended.",
        fix="run the command again with --debug, and report what it prints with the input that led to it.",
    )


def no_such_verb(came: str, meant: str | None, verbs: str) -> Fault:
    """Report a word that stands where a verb is needed."""
    return Fault(
        where=came,
        came="there is no such verb.",
        needed=f"one of {verbs}.",
        fix=f"write `striate {meant}`." if meant else "see `striate --help`.",
    )


def words_missing(verb: str, names: str) -> Fault:
    """Report a verb without the words that it needs."""
    return Fault(
        where=verb,
        came=f"{names}: this is missing.",
        needed="every word that the verb takes.",
        fix=f"write it behind `{verb}`; `{verb} --help` shows where.",
    )


def flag_misused(verb: str, flag: str, problem: str, needed: str) -> Fault:
    """Report a flag without its value, with one that it does not take, or beside one that it excludes."""
    return Fault(
        where=f"{verb}, {flag}",
        came=problem,
        needed=needed,
        fix=f"see `{verb} --help`, which lists what each flag takes.",
    )


def no_such_flag(came: str, verb: str, meant: str | None) -> Fault:
    """Report a flag, or a word too many, that a verb does not know."""
    is_flag = came.startswith("-")
    fix = f"write {meant}." if meant else f"see `striate {verb} --help`."
    return Fault(
        where=f"striate {verb}",
        came=f"{came}: there is no such flag."
        if is_flag
        else f"{came}: this word is one too many.",
        needed="flags of this verb." if is_flag else "no more words than the verb takes.",
        fix=fix,
    )
