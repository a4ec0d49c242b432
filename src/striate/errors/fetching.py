"""Messages about data sets that do not come with Striate, and about downloading them."""

from collections.abc import Iterable

from striate.errors.fault import Fault, counted, listed, nearest


def data_set_missing(name: str, folder: str, package: str) -> Fault:
    """Report a known data set whose files are not on this machine."""
    return Fault(
        where=name,
        came=f"its files are neither in {folder} nor in the cache folder.",
        needed="its four IDX files.",
        fix=f"install them with `apt-get install {package}`, or download them with "
        f"`striate data fetch {name}`, or give the folder they lie in: `--data FOLDER`.",
    )


def altered_data_set(where: str, name: str) -> Fault:
    """Report a file of a known data set whose content is another."""
    return Fault(
        where=where,
        came=f"its content is not that of {name}.",
        needed="the file as it was published: its SHA-256 is known.",
        fix=f"remove it and write `striate data fetch {name}`.",
    )


def unknown_to_fetch(name: str, known: Iterable[str]) -> Fault:
    """Report a data set for which no address is known."""
    names = tuple(known)
    meant = nearest(name, names)
    return Fault(
        where="data",
        came=f"{name!r} is no data set that Striate can download.",
        needed=f"{listed(names)}.",
        fix=f"write {meant!r}." if meant else "download it yourself, and give its folder.",
    )


def address_not_secure(address: str) -> Fault:
    """Report an address, or one that it leads to, that is not encrypted."""
    return Fault(
        where=address,
        came="the address is not encrypted.",
        needed="an address that begins with https.",
        fix="download the file yourself, and give its folder.",
    )


def fetch_failed(address: str, problem: str) -> Fault:
    """Report a download that did not come about."""
    return Fault(
        where=address,
        came=f"it cannot be downloaded: {problem}.",
        needed="a connection to this address.",
        fix="try again later, or download the file elsewhere and give its folder.",
    )


def fetched_file_differs(address: str, size: int) -> Fault:
    """Report a download with another content than the published one; it is thrown away."""
    return Fault(
        where=address,
        came=f"{counted(size, 'byte')} came, and they are not the published file.",
        needed="the file as it was published: its SHA-256 is known.",
        fix="try again; a network that asks to log in may have answered in its place.",
    )
