"""Messages about trained networks on Hugging Face's hub."""

from collections.abc import Iterable

from striate.errors.fault import Fault, in_a_list, listed


def library_for_hub(where: str) -> Fault:
    """Report that the library of the hub is not installed."""
    return Fault(
        where=where,
        came="huggingface_hub is not installed.",
        needed="the extra `hub` of Striate.",
        fix="write pip install 'striate[hub]'.",
    )


def not_a_repository(name: str) -> Fault:
    """Report a name that no repository of the hub can have."""
    return Fault(
        where=in_a_list(name),
        came="it cannot be the name of a repository.",
        needed="owner/name, of letters, digits, dots, hyphens and underscores of ASCII.",
        fix="write your name on the hub, a slash, and a name for the network.",
    )


def repository_not_had(name: str, problem: str) -> Fault:
    """Report a repository that the hub does not give."""
    return Fault(
        where=name,
        came=f"the hub does not give it: {problem}.",
        needed="a repository that exists and that you may read, and a way to the hub.",
        fix="check the name; for a private one log in first, with hf auth login.",
    )


def hub_not_reached(name: str, problem: str) -> Fault:
    """Report that no answer came from the hub, which says nothing of the name."""
    return Fault(
        where=name,
        came=f"there is no way to the hub from here: {problem}.",
        needed="a connection to it, or to another one whose address HF_ENDPOINT holds.",
        fix="connect and try again. What was downloaded elsewhere can be given in place of the name: the folder of a "
        "bundle, or for --from a file of weights, as model.safetensors.",
    )


def repository_without_bundle(name: str, missing: Iterable[str]) -> Fault:
    """Report a repository that holds something else than a bundle."""
    return Fault(
        where=name,
        came=f"it holds no bundle of Striate: it has no {listed(missing)}.",
        needed="a repository that striate push has written.",
        fix="name another one.",
    )


def repository_holds_others(name: str, files: Iterable[str]) -> Fault:
    """Report a repository whose files would be mixed with those of a bundle."""
    return Fault(
        where=name,
        came=f"it holds something else than a bundle of Striate: {', '.join(files)}.",
        needed="a new repository, or one that striate push has written. Nothing was sent.",
        fix="name another one, or empty this one first.",
    )


def not_taken(name: str, problem: str) -> Fault:
    """Report a bundle that the hub does not take."""
    return Fault(
        where=name,
        came=f"the hub does not take it: {problem}.",
        needed="a repository that you may write to, and a way to the hub.",
        fix="log in first, with hf auth login and a token that may write; check the owner's name.",
    )
