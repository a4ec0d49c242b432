"""Messages about networks that are served, and about what is asked of them."""

from collections.abc import Iterable

from striate.errors.fault import Fault, counted, in_a_list, listed


def library_for_serving(missing: list[str]) -> Fault:
    """Report libraries that are not installed."""
    return Fault(
        where="striate serve",
        came=f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed.",
        needed="the extra `serve` of Striate.",
        fix="write pip install 'striate[serve]'.",
    )


def address_not_free(host: str, port: int, problem: str) -> Fault:
    """Report an address that cannot be listened at."""
    return Fault(
        where=f"{host}:{port}",
        came=f"it cannot be listened at: {problem}.",
        needed="an address of this machine with a free port.",
        fix="name another one with --host or --port; --port 0 takes any that is free.",
    )


def served_twice(name: str) -> Fault:
    """Report two bundles of one name."""
    return Fault(
        where=name,
        came="two of the networks have this name.",
        needed="a name for each.",
        fix="write NAME=RUN for one of them.",
    )


def name_not_for_addresses(name: str) -> Fault:
    """Report a name that cannot stand in an address."""
    return Fault(
        where=in_a_list(name),
        came="it cannot be part of an address.",
        needed="letters, digits, dots, hyphens and underscores of ASCII.",
        fix="write NAME=RUN with such a name.",
    )


def origin_not_understood(came: str, meant: str) -> Fault:
    """Report an origin of pages that no browser would send."""
    return Fault(
        where="--cors",
        came=f"{in_a_list(came)} is no origin.",
        needed="the beginning of a page's address, as browsers send it: scheme, host and, where it is said there, port; or *.",
        fix=f"write --cors {meant}.",
    )


def no_token(file: str) -> Fault:
    """Report a file of tokens without one."""
    return Fault(
        where=file,
        came="it holds no token.",
        needed="a token a line, of 16 or more letters, digits and - . _ ~ + / =.",
        fix="write one, for example with python -c 'import secrets; print(secrets.token_urlsafe())'.",
    )


def token_not_understood(file: str, line: int) -> Fault:
    """Report a line that cannot be a token; the line itself is a secret, and is not shown."""
    return Fault(
        where=file,
        came="it is too short, or holds a character that a token cannot have.",
        needed="a token a line, of 16 or more letters, digits and - . _ ~ + / =.",
        fix="write another one, for example with python -c 'import secrets; print(secrets.token_urlsafe())'.",
        line=line,
    )


def token_needed(came: str) -> Fault:
    """Report a request without the right token."""
    return Fault(
        where="Authorization",
        came=f"{came}.",
        needed="a token of the server's file.",
        fix="send the header Authorization: Bearer TOKEN.",
    )


def no_such_address(method: str, path: str, known: Iterable[str]) -> Fault:
    """Report an address at which there is nothing."""
    return Fault(
        where=f"{method} {path}",
        came="there is nothing at this address.",
        needed=f"{listed(known)}.",
        fix="see / for what each of them takes.",
    )


def other_method(method: str, path: str, known: Iterable[str]) -> Fault:
    """Report an address that answers another method."""
    return Fault(
        where=f"{method} {path}",
        came=f"this address does not answer {method}.",
        needed=f"{listed(known)}.",
        fix="see / for what each address takes.",
    )


def no_such_model(name: str, known: Iterable[str]) -> Fault:
    """Report a network that is not served here."""
    return Fault(
        where="model",
        came=f"no network of the name {in_a_list(name)} is served here.",
        needed=f"{listed(map(in_a_list, known))}.",
        fix="name one of them.",
    )


def no_such_version(name: str, came: str, version: str) -> Fault:
    """Report a version that is not, or no longer, the one that is read with."""
    return Fault(
        where=name,
        came=f"version {in_a_list(came)} is not served.",
        needed=f"version {version}, which was loaded last.",
        fix="leave the version out, or name this one.",
    )


def model_not_said(known: Iterable[str]) -> Fault:
    """Report a request that could be meant for several networks."""
    return Fault(
        where="model",
        came="several networks are served, and none is named.",
        needed=f"{listed(known)}.",
        fix="write ?model=NAME behind the address.",
    )


def body_too_large(limit: int) -> Fault:
    """Report a request of more bytes than are read."""
    return Fault(
        where="body",
        came="it is too large.",
        needed=f"at most {counted(limit, 'byte')}.",
        fix="send fewer or smaller pictures at once; the server's limit is --max-bytes.",
    )


def body_too_slow(seconds: float) -> Fault:
    """Report a request that did not arrive in time."""
    return Fault(
        where="body",
        came=f"it did not arrive within {seconds:g} s.",
        needed="the whole request within that time.",
        fix="send less at once; the server's limit is --timeout.",
    )


def too_many_items(came: int, limit: int) -> Fault:
    """Report a request for more answers than are given at once."""
    return Fault(
        where="body",
        came=f"it holds {counted(came, 'item')}.",
        needed=f"at most {limit:,}.",
        fix="send them in several requests; the server's limit is --max-items.",
    )


def queue_full(waiting: int, limit: int) -> Fault:
    """Report a server that has as much to do as it takes on."""
    return Fault(
        where="server",
        came=f"{counted(waiting, 'item')} {'is' if waiting == 1 else 'are'} waiting already.",
        needed=f"at most {limit:,} with this request.",
        fix="send it again later, as Retry-After says; the server's limit is --queue.",
    )


def memory_full(limit: int) -> Fault:
    """Report a server whose requests on their way hold as many bytes as they may."""
    return Fault(
        where="server",
        came="the requests that are on their way fill the memory for them.",
        needed=f"at most {counted(limit, 'byte')} with this one.",
        fix="send it again later, as Retry-After says.",
    )


def connections_full(limit: int) -> Fault:
    """Report a server that has as many connections open as it can."""
    return Fault(
        where="server",
        came="as many connections are open as it can hold.",
        needed=f"fewer than {limit:,} besides this one.",
        fix="connect again later, as Retry-After says; the server's limit is that of its open files.",
    )


def waited_too_long(seconds: float) -> Fault:
    """Report an answer that was not there in time."""
    return Fault(
        where="server",
        came=f"the answer was not there within {seconds:g} s.",
        needed="a server with less to do.",
        fix="send it again later, as Retry-After says; the server's limit is --timeout.",
    )


def form_not_read(came: str, needed: str) -> Fault:
    """Report a body of a kind that is not read."""
    return Fault(
        where="Content-Type",
        came=f"{in_a_list(came)} is not read." if came else "it is not said.",
        needed=f"{needed}.",
        fix="send the body in one of these forms, and say which it is.",
    )


def body_encoded(came: str) -> Fault:
    """Report a body that was compressed for its way."""
    return Fault(
        where="Content-Encoding",
        came=f"{in_a_list(came)} is not read.",
        needed="the body as it is.",
        fix="send it without compression; files of pictures are compressed by themselves.",
    )


def said_twice(where: str, names: list[str]) -> Fault:
    """Report names that stand more than once where each may stand once."""
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    return Fault(
        where=where,
        came=f"{', '.join(map(repr, twice))} is said more than once.",
        needed="each name once.",
        fix="leave all but one of them out; many items stand in one array.",
    )


def body_not_understood(problem: str) -> Fault:
    """Report a body that is not of the form that it says."""
    return Fault(
        where="body",
        came=f"it cannot be read: {problem}.",
        needed="a body of the form that Content-Type says.",
        fix="see / for an example of each form.",
    )


def unknown_fields(came: Iterable[str], known: Iterable[str], where: str = "body") -> Fault:
    """Report fields that are not known."""
    return Fault(
        where=where,
        came=f"{', '.join(map(repr, came))} is not known.",
        needed=f"{listed(known)}.",
        fix="leave it out, or correct the name.",
    )


def nothing_to_read(needed: str) -> Fault:
    """Report a request that asks for nothing."""
    return Fault(
        where="body",
        came="it holds nothing to read.",
        needed=f"{needed}.",
        fix="see / for an example.",
    )


def value_of_other_kind(where: str, came: str, needed: str) -> Fault:
    """Report a value of another kind than it must have."""
    return Fault(
        where=where, came=f"it is {came}.", needed=f"{needed}.", fix="send it in this form."
    )


def other_kind_of_items(name: str, reads: str, came: str) -> Fault:
    """Report pictures for a network of sentences, or the reverse."""
    return Fault(
        where=name,
        came=f"it reads {reads}, and {came} came.",
        needed=f"{reads}.",
        fix="name another network, or send what this one reads.",
    )


def not_base64(where: str) -> Fault:
    """Report a text that holds no bytes."""
    return Fault(
        where=where,
        came="it is no base64.",
        needed="the bytes of a file in base64, with or without data:...;base64, before them.",
        fix="encode the file's bytes as they are.",
    )


def tensor_not_understood(where: str, came: str, needed: str) -> Fault:
    """Report a tensor of the Open Inference Protocol that does not fit the network."""
    return Fault(
        where=where,
        came=f"{came}.",
        needed=f"{needed}.",
        fix="see the network's metadata at /v2/models/NAME.",
    )


def binary_tensors() -> Fault:
    """Report a request in the protocol's extension for binary tensors."""
    return Fault(
        where="Inference-Header-Content-Length",
        came="tensors in binary behind the JSON are not read.",
        needed="all data in the JSON.",
        fix="switch binary data off in the client: binary_data=False.",
    )


def outputs_of_item_not_finite(where: str) -> Fault:
    """Report an input for which a network computes what is no number."""
    return Fault(
        where=where,
        came="the network's outputs for it are not finite.",
        needed="weights and inputs whose sums stay within the numbers of the machine.",
        fix="send numbers as the network was trained on, or train it again with a smaller learning rate.",
    )


def reading_failed(kind: str, message: str) -> Fault:
    """Report an error of Striate itself while it read."""
    return Fault(
        where="server",
        came=f"this is a fault of Striate, not of yours: {kind}: {message or 'without a message'}.",
        needed="nothing from you.",
        fix="report it, with the server's log.",
    )
