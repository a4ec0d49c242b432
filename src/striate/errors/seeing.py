"""Messages about what is to be seen of a network."""

from typing import Literal

from striate.errors.fault import Fault, counted, listed, typed


def unknown_row(row: str, rows: list[str]) -> Fault:
    """Report a row that the network does not have."""
    return Fault(
        where=row,
        came="the network has no row of this name.",
        needed=f"one of its rows: {listed(rows)}.",
        fix="write a name as the table has it.",
    )


def no_kernels(row: str, rows: list[str]) -> Fault:
    """Report a row without kernels."""
    have = listed(rows) if rows else "no row of this network"
    return Fault(
        where=row,
        came="it holds no kernels.",
        needed=f"a convolution: {have}.",
        fix="name one of them." if rows else "look at the maps of its rows instead.",
    )


def no_field(row: str) -> Fault:
    """Report a row whose units see no part of a picture."""
    return Fault(
        where=row,
        came="its units have no receptive field.",
        needed="a row of a network that reads images.",
        fix="name another row, or another network.",
    )


def no_such_unit(row: str, came: tuple[int, int, int], axes: tuple[int, int, int]) -> Fault:
    """Report a unit beyond the maps or the places of a row."""
    count, height, width = axes
    return Fault(
        where=row,
        came=f"it has no unit at map {came[0]}, row {came[1]}, column {came[2]}.",
        needed=f"a map from 0 to {count - 1}, a row from 0 to {height - 1}, a column from 0 to {width - 1}.",
        fix="count from 0.",
    )


def no_such_weight(row: str, came: tuple[int, ...], axes: tuple[int, ...]) -> Fault:
    """Report a weight that a map of a row does not have."""
    numbers = ",".join(map(str, came))
    ends = " and ".join(f"0 to {length - 1}" for length in axes)
    what = (
        "a channel that the map reads, a row and a column" if len(axes) > 1 else "an input's number"
    )
    return Fault(
        where=row,
        came=f"the map has no weight {numbers}.",
        needed=f"{what}: {ends}.",
        fix="count from 0, or leave --weight out for the weight with the steepest slope.",
    )


def softmax_not_taken_apart(row: str, function: str) -> Fault:
    """Report units that are shares of a whole, so that none is a sum by itself."""
    return Fault(
        where=row,
        came=f"its {function} divides each unit by a sum over all units, so that none is a sum of its own.",
        needed="a row whose values are sums, products, squares or the largest of what it reads.",
        fix="name the row that it reads.",
    )


def no_spatial_row(last: str) -> Fault:
    """Report a network none of whose rows has places."""
    return Fault(
        where=last,
        came="no row of this network has maps with places.",
        needed="a network with a convolution or a pooling that leaves more than one place.",
        fix="look at integrated gradients or occlusion instead.",
    )


def no_places(row: str, other: str) -> Fault:
    """Report a row of units where maps with places are needed."""
    return Fault(
        where=row,
        came="its units lie in no maps, so that they have no places in the picture.",
        needed=f"a row of maps, such as {other}.",
        fix="name one of them.",
    )


def no_such_output(came: int, count: int) -> Fault:
    """Report the number of a class that a network does not tell."""
    return Fault(
        where="class",
        came=f"the network tells no class of number {came}.",
        needed=f"a number from 0 to {count - 1}.",
        fix="count from 0.",
    )


def no_plane(came: str) -> Fault:
    """Report a network whose input is no point of a plane."""
    return Fault(
        where="surface",
        came=f"the network reads {came}.",
        needed="a network that reads two numbers, which are a point of a plane.",
        fix="take `maps` for a network of images.",
    )


def nothing_to_see(network: str) -> Fault:
    """Report a network without kernels, where no picture is given."""
    return Fault(
        where=network,
        came="it has no kernels to draw, and no picture is given.",
        needed="a network with convolutions, or a picture for a network of images.",
        fix="give a picture, or take `striate explain --step` for a network of full layers.",
    )


def unit_not_understood(came: str) -> Fault:
    """Report a unit that is not written as one."""
    return Fault(
        where="--unit",
        came=f"it is {came!r}.",
        needed="a row, a map and a place, counted from 0: C3:7,1,2 is row 1, column 2 of map 7 of C3; F6:5 is unit 5.",
        fix="write it so.",
    )


def no_such_class(came: str, classes: list[str]) -> Fault:
    """Report a class that the network does not tell."""
    some = listed(classes[:12]) if len(classes) <= 12 else ", ".join(classes[:12]) + ", ..."  # noqa: PLR2004
    return Fault(
        where="--class",
        came=f"the network tells no class {came!r}.",
        needed=f"one of its {len(classes):,} classes: {some}.",
        fix="write a class as the network names it.",
    )


def no_picture_for_page(page: str) -> Fault:
    """Report a page that shall show pictures, without any."""
    return Fault(
        where=page,
        came="no picture was given for the page.",
        needed="at least one: the page shows what the network makes of it.",
        fix="name pictures before --page: striate see RUN one.png two.png --page FILE.html.",
    )


def rows_without_page() -> Fault:
    """Report rows that are to come first on a page, without one."""
    return Fault(
        where="--rows",
        came="no page is asked for, whose rows it chooses.",
        needed="--page FILE.html beside it.",
        fix="add --page, or leave --rows out.",
    )


def not_for_page(flags: list[str]) -> Fault:
    """Report flags that choose what is drawn where a page is written, which holds all of it."""
    return Fault(
        where=", ".join(flags),
        came="--page is asked for, too, and holds every row, unit and likely class.",
        needed="either the page, or pictures that are chosen.",
        fix=f"leave {', '.join(flags)} out, or --page.",
    )


def no_picture_to_see(network: str) -> Fault:
    """Report pictures for a network that reads something else."""
    return Fault(
        where=network,
        came="it reads no pictures.",
        needed="a network of images, where pictures are given.",
        fix="leave the pictures out, or name another network.",
    )


def nothing_to_search() -> Fault:
    """Report data without examples."""
    return Fault(
        where="data",
        came="it holds no example.",
        needed="at least one, to be run through the network.",
        fix="name other data.",
    )


def no_rows_to_search(last: str) -> Fault:
    """Report a network without rows of kernels, where no row was named."""
    return Fault(
        where=last,
        came="no row of this network has kernels.",
        needed="the row whose units are looked at.",
        fix="name one with --row.",
    )


def no_data_to_search(flag: str, network: str) -> Fault:
    """Report a network that is to be shown many examples, and no data."""
    return Fault(
        where=flag,
        came="the data is missing.",
        needed=f"examples that {network} is run on.",
        fix="write --data mnist, or another data set: see `striate data --help`.",
    )


def flags_not_heeded(flag: str, others: list[str]) -> Fault:
    """Report flags and pictures that change nothing of what one flag asks for."""
    return Fault(
        where=", ".join(others),
        came=f"{flag} is asked for, too, and does not heed {'it' if len(others) == 1 else 'them'}.",
        needed="each by itself.",
        fix=f"leave {', '.join(others)} out, or {flag}.",
    )


def flags_without_look(flags: list[str], noun: Literal["picture", "sentence"]) -> Fault:
    """Report flags about a picture or a sentence where there is none."""
    return Fault(
        where=", ".join(flags),
        came=f"no {noun} is given that {'this is' if len(flags) == 1 else 'these are'} about.",
        needed=f"a {noun}.",
        fix=f"name a {noun}, or leave {', '.join(flags)} out.",
    )


def row_beside_sentences(network: str) -> Fault:
    """Report a row for Grad-CAM beside sentences."""
    return Fault(
        where="--row",
        came=f"{network} reads sentences, and Grad-CAM is of pictures.",
        needed="a network of pictures.",
        fix="leave --row out; --unit names a unit of any row.",
    )


def place_not_climbed(text: str) -> Fault:
    """Report the place of a unit where the middle one of a map is climbed for."""
    return Fault(
        where="--unit",
        came=f"{text} has a place, and --maximise looks for what the middle of a map answers to.",
        needed="a row and the number of a map or a unit, such as C3:7.",
        fix=f"write {text.partition(',')[0]}.",
    )


def flag_without_data(flag: str) -> Fault:
    """Report a flag about data where no data is looked at."""
    return Fault(
        where=flag,
        came="nothing that is asked for reads a data set.",
        needed="--top-patches or --embedding beside it.",
        fix=f"add one of them, or leave {flag} out.",
    )


def no_vocabulary(network: str) -> Fault:
    """Report a network of sentences with fresh weights, which knows no words."""
    return Fault(
        where=network,
        came="it has not been trained, and knows no words.",
        needed="the folder of a run, or a bundle, which holds the words that it learnt.",
        fix=f"train it first: striate train {network}.",
    )


def reads_no_sentences(first: str) -> Fault:
    """Report a network of pictures or vectors where words are asked for."""
    return Fault(
        where=first,
        came="the network reads no sentences.",
        needed="a network whose first row is a sentence.",
        fix="give pictures to a network of pictures.",
    )


def seed_without_climb() -> Fault:
    """Report a seed where nothing is drawn at random."""
    return Fault(
        where="--seed",
        came="nothing that is asked for is drawn at random.",
        needed="--maximise beside it.",
        fix="add it, or leave --seed out.",
    )


def no_film(run: str) -> Fault:
    """Report a run that kept no frames."""
    return Fault(
        where=run,
        came="it kept no frames of its kernels.",
        needed="the folder of a run that was trained with --film.",
        fix="train it again: striate train NETWORK --film.",
    )


def unknown_film(file: str) -> Fault:
    """Report a film whose ending names no kind of file."""
    return Fault(
        where=file,
        came="its ending names no kind of film.",
        needed="FILE.gif, FILE.apng or FILE.png.",
        fix="write one of these endings.",
    )


def no_umap() -> Fault:
    """Report a request for UMAP where it is not installed."""
    return Fault(
        where="--umap",
        came="the package umap-learn is not installed.",
        needed="it; principal components need nothing.",
        fix="write pip install 'striate[umap]', or leave --umap out.",
    )


def too_few_for_umap(count: int, least: int) -> Fault:
    """Report fewer examples than UMAP has neighbours for."""
    return Fault(
        where="--umap",
        came=f"the data has {counted(count, 'example')}.",
        needed=f"at least {least}: each is placed by the {least - 1} that are nearest to it.",
        fix="give more examples, or leave --umap out: principal components take any number.",
    )


def umap_without_embedding() -> Fault:
    """Report a way of placing examples where none are placed."""
    return Fault(
        where="--umap",
        came="no examples are placed.",
        needed="--embedding beside it.",
        fix="add --embedding, or leave --umap out.",
    )


def file_for_sentence(file: str, network: str) -> Fault:
    """Report a file where a network is given sentences."""
    return Fault(
        where=file,
        came=f"it is a file, and {network} reads sentences.",
        needed="the sentence itself, within quotes.",
        fix='write it out, such as "What a film.", or give pictures to a network of pictures.',
    )


def sentence_without_words(text: str) -> Fault:
    """Report a sentence in which nothing can be read."""
    return Fault(
        where=f'"{text}"',
        came="there is no word in it.",
        needed="a sentence of at least one word.",
        fix='write one within quotes, such as "What a film.".',
    )


def file_for_folder(came: str, kind: str, meant: str) -> Fault:
    """Report the name of a file where a folder for several is needed."""
    return Fault(
        where="-o",
        came=f"{came} is the name of a file ({kind}), and several files are written.",
        needed="the name of a folder.",
        fix=f"write -o {typed(meant)}.",
    )
