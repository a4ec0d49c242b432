"""Messages about networks in other written forms: definitions, printed summaries, lists."""

from collections.abc import Iterable

from striate.errors.fault import Fault, listed
from striate.errors.remark import Remark


def form_not_parsed(form: str, came: str, needed: str, line: int) -> Fault:
    """Report a place at which a definition cannot be read at all."""
    return Fault(
        where=form,
        came=f"{came}.",
        needed=f"{needed}.",
        fix="correct the line; nothing below it was read.",
        line=line,
    )


def unknown_form_layer(row: str, form: str, came: str, line: int | None) -> Fault:
    """Report a layer of a type that no table of layers holds."""
    return Fault(
        where=row,
        came=f"{came} of {form} has no counterpart among the layers of a table.",
        needed="a layer that Striate computes, or a network that ends before this one.",
        fix="take the layer out, or write what it does in layers that are known.",
        line=line,
    )


def unknown_form_field(row: str, field: str, line: int) -> Fault:
    """Report a field of a definition that nothing has read."""
    return Fault(
        where=row,
        came=f"the field {field} is not understood.",
        needed="fields whose meaning is known, for each changes the network.",
        fix="remove it if the network is the same without it.",
        line=line,
    )


def fields_passed_over(row: str, names: Iterable[str], line: int) -> Remark:
    """Tell of the fields of a part of a definition that is no layer, which are not read."""
    text = f"Not read, for they are taken to say nothing of the layers: {', '.join(names)}."
    return Remark(row, text, line)


def printed_text_left(form: str, left: Iterable[tuple[int, str]], line: int) -> Remark:
    """Tell what of a printed summary stands in no column that is read, each with its line."""
    said = "; ".join(f"line {place}, {text[:40]!r}" for place, text in left)
    return Remark(form, f"Not read: {said}.", line)


def form_field_twice(section: str, field: str, first: str, second: str, line: int) -> Fault:
    """Report a field that a section of a definition sets twice, to different values."""
    return Fault(
        where=section,
        came=f"{field} is {first} above, and {second} here.",
        needed="one value.",
        fix="remove the one that is not meant.",
        line=line,
    )


def missing_form_number(row: str, field: str, line: int) -> Fault:
    """Report a number without which a layer cannot be computed."""
    return Fault(
        where=row,
        came=f"it has no {field}.",
        needed=f"{field}, which nothing else in the document tells.",
        fix=f"write {field}.",
        line=line,
    )


def unreadable_form_value(row: str, field: str, came: str, needed: str, line: int) -> Fault:
    """Report a value that cannot be read."""
    return Fault(
        where=f"{row}, {field}",
        came=f"{came!r}.",
        needed=f"{needed}.",
        fix="correct the value.",
        line=line,
    )


def unknown_form_source(row: str, came: str, line: int | None) -> Fault:
    """Report a layer that reads what no layer above it gives."""
    return Fault(
        where=row,
        came=f"it reads {came}, which nothing above it gives.",
        needed="a name, or a number, of something above.",
        fix="correct the name, or move the layer below what it reads.",
        line=line,
    )


def too_many_layers(form: str, came: int, most: int, line: int | None) -> Fault:
    """Report a network in another form with more layers than are read."""
    return Fault(
        where=form,
        came=f"it has {came:,} layers.",
        needed=f"at most {most:,} of one network.",
        fix="leave out what repeats itself, or split the file.",
        line=line,
    )


def too_many_listings(networks: int, layers: int, line: int | None) -> Fault:
    """Report a document with more networks in lists and definitions than are read."""
    return Fault(
        where="lists of layers",
        came=f"from here on there are more than {networks:,} networks, or {layers:,} layers, in the document.",
        needed="fewer of them in one document.",
        fix="split the document.",
        line=line,
    )


def form_input_unknown(form: str, needed: str, fix: str, line: int | None) -> Fault:
    """Report a network whose input size stands nowhere."""
    return Fault(
        where=form,
        came="the size of the input stands nowhere in it.",
        needed=f"{needed}.",
        fix=f"{fix}.",
        line=line,
    )


def several_outputs(form: str, names: Iterable[str], line: int | None) -> Fault:
    """Report a network that ends in several places, none of which is a side head."""
    return Fault(
        where=form,
        came=f"it ends in several places: {', '.join(names)}.",
        needed="one output, or side heads that each leave the network at one place.",
        fix="take away what does not lead to the output that you want checked.",
        line=line,
    )


def printed_layer_not_solved(
    row: str, kind: str, inputs: str, output: str, parameters: str, line: int
) -> Fault:
    """Report a printed layer for which no kernel, stride and padding can be found."""
    return Fault(
        where=row,
        came=f"no {kind} makes {output} with {parameters} parameters out of {inputs}.",
        needed="sizes and a number of parameters that belong together.",
        fix="check the print: a layer may be missing above it, as functions in forward are not printed.",
        line=line,
    )


def printed_layer_hidden(row: str, kind: str, line: int) -> Fault:
    """Report a printed row that stands for layers which are not printed."""
    return Fault(
        where=row,
        came=f"{kind} stands for a network of its own, whose layers are not printed.",
        needed="a print of every layer.",
        fix="print with the nested layers shown (`expand_nested=True`, a larger `depth`).",
        line=line,
    )


def printed_weights_shared(row: str, line: int) -> Fault:
    """Report a printed row that uses the weights of another one."""
    return Fault(
        where=row,
        came="it is printed as (recursive): it uses the weights of a row above once more.",
        needed="a layer with weights of its own in every row.",
        fix="write the network as a table if the weights need not be shared.",
        line=line,
    )


def form_weights_shared(row: str, weights: str, owner: str, line: int | None) -> Fault:
    """Report a layer of a definition whose weights are those of another one."""
    return Fault(
        where=row,
        came=f"its weights {weights} are those of {owner}, used once more.",
        needed="a layer with weights of its own.",
        fix="give the weights another name if they need not be shared.",
        line=line,
    )


def list_item_not_understood(item: str, items: Iterable[str], line: int) -> Fault:
    """Report an item of a list of layers that is none."""
    return Fault(
        where="list of layers",
        came=f"{item!r} is no layer of such a list.",
        needed=f"{listed(items)}, with their numbers as in CONV3-64.",
        fix="write the layer as one of these.",
        line=line,
    )


def list_words_not_understood(item: str, words: Iterable[str], line: int) -> Fault:
    """Report words or numbers of an item in a list of layers that nothing has read."""
    return Fault(
        where="list of layers",
        came=f"in {item!r}, {', '.join(words)} is not understood.",
        needed="kernel, maps, stride, padding and a function, as in `CONV3-64 stride 2 RELU`.",
        fix="remove it if the network is the same without it, or part layers by arrows.",
        line=line,
    )


def list_item_ambiguous(item: str, line: int) -> Fault:
    """Report an item of a list with two numbers, either of which may be the kernel."""
    return Fault(
        where="list of layers",
        came=f"which number of {item!r} is the kernel and which the maps cannot be told.",
        needed="kernel and maps, as in CONV3-64 or `CONV 3x3, 64`.",
        fix="write the item so.",
        line=line,
    )


def library_for_form(path: str, form: str, library: str, extra: str) -> Fault:
    """Report a form that is read by a library which is not installed."""
    return Fault(
        where=path,
        came=f"{form} is read by the library {library}, which is not installed.",
        needed=f"{library}.",
        fix=f"install it: `pip install 'striate[{extra}]'`.",
    )


def no_config_in_file(path: str) -> Fault:
    """Report a file of Keras that holds weights and does not say of which layers."""
    return Fault(
        where=path,
        came="it holds no config of a model of Keras.",
        needed="a file that `model.save` wrote: `.keras`, or `.h5` with the model in it.",
        fix="save the model and not its weights alone, or check its code; `train --from` takes the weights.",
    )


def no_text(path: str, holds: str) -> Fault:
    """Report a file of another program that holds numbers or a compiled network, and no layers as text."""
    return Fault(
        where=path,
        came=f"it holds {holds}, which do not say how layers are joined."
        if holds.startswith(("weights", "arrays", "values"))
        else f"it holds {holds}, which is not read.",
        needed="the network itself: a table of layers, its code, a printed summary, or an ONNX file.",
        fix="check what it was made from, or export that to ONNX; `striate train --from` takes weights.",
    )


def form_not_read(where: str, form: str, line: int) -> Fault:
    """Report a form that is known by its words, and not read."""
    return Fault(
        where=where,
        came=f"line {line}: this is {form}, which is not read.",
        needed="a table of layers, code of Keras or PyTorch, a printed summary, a Caffe or Darknet definition, "
        "or an ONNX file.",
        fix="export it to ONNX where that program can, or write its layers as a table, one row a layer.",
    )


def file_not_parsed(path: str, form: str) -> Fault:
    """Report a file that is not of the form that its ending says."""
    return Fault(
        where=path,
        came=f"it is no network of {form}.",
        needed=f"a file of {form} that holds a graph.",
        fix="check that the file is complete, and write it again.",
    )
