"""Messages about experiments: their documents, what cannot be asked of a network, and what cannot be measured."""

from collections.abc import Sequence

from striate.errors.fault import Fault, counted, listed, nearest


def no_such_experiment(came: str, names: Sequence[str]) -> Fault:
    """Report a name that is neither a shipped experiment nor a file."""
    meant = nearest(came, names)
    return Fault(
        where=came,
        came="it is no experiment that comes with Striate, and no file.",
        needed="a name that `striate experiment` lists, or the path of a Markdown file.",
        fix=f"write {meant}." if meant else "look at the list: `striate experiment`.",
    )


def experiment_unreadable(where: str, problem: str) -> Fault:
    """Report a file that cannot be read."""
    return Fault(
        where=where,
        came=f"the file cannot be read: {problem}.",
        needed="a Markdown file in UTF-8.",
        fix="look at the path, and save the file as UTF-8.",
    )


def no_front_matter(where: str, fields: Sequence[str]) -> Fault:
    """Report a document without the fields of an experiment."""
    return Fault(
        where=where,
        came="it does not begin with the fields of an experiment.",
        needed=f"`---`, then {listed(fields)}, each on a line, then `---`.",
        fix="begin with one of the shipped experiments: `striate experiment NAME --text` prints it.",
        line=1,
    )


def field_missing(field: str, example: str) -> Fault:
    """Report a field that an experiment must have."""
    return Fault(
        where=field,
        came="the front matter does not say it.",
        needed=f"{field}, for example `{example}`.",
        fix=f"write `{field}:` between the lines of `---`.",
    )


def field_not_understood(field: str, came: str, needed: str, line: int | None) -> Fault:
    """Report a field whose value means nothing here."""
    return Fault(
        where=field,
        came=f"{came!r} is not understood.",
        needed=f"{needed}.",
        fix=f"write {field} so.",
        line=line,
    )


def budget_not_understood(budget: str, field: str, came: str, line: int | None) -> Fault:
    """Report a number of a budget that is none."""
    least = 1 if field in {"seeds", "rates"} else 0
    return Fault(
        where=f"{budget}, {field}",
        came=f"{came!r} is not understood.",
        needed=f"a whole number from {least}; 0 of train, test and epochs takes all that there is."
        if not least
        else f"a whole number from {least}.",
        fix=f"write {field} so.",
        line=line,
    )


def unknown_measure(came: str, meant: str | None, names: Sequence[str]) -> Fault:
    """Report a measure that does not exist."""
    return Fault(
        where="measure",
        came=f"nothing is measured that is called {came!r}.",
        needed=f"one of: {', '.join(names)}.",
        fix=f"write {meant}." if meant else "choose one of them.",
    )


def argument_missing(measure: str, argument: str) -> Fault:
    """Report a measure that is asked of nothing, or at no number."""
    example = "2" if argument == "number" else "C1"
    what = "a number above 0" if argument == "number" else "the name of a row"
    return Fault(
        where=measure,
        came="it is not said of what it is asked.",
        needed=f"a colon and {what}: `{measure}: {example}`.",
        fix="write it so.",
    )


def argument_not_taken(measure: str, argument: str) -> Fault:
    """Report something behind the colon of a measure that is asked of the whole network."""
    return Fault(
        where=measure,
        came=f"it is asked of {argument or 'something'!r}, and is always of the whole network.",
        needed="the measure alone.",
        fix=f"write `{measure}`.",
    )


def no_variants(where: str) -> Fault:
    """Report a document without a table of variants."""
    return Fault(
        where=where,
        came="it has no table of variants.",
        needed="a table with the headings Variant, Row, Column and Value.",
        fix="write one line for each change of the base network; `-` in all three changes nothing.",
    )


def several_tables(heading: str, line: int) -> Fault:
    """Report a second table of one kind."""
    return Fault(
        where=heading,
        came=f"a second table begins with {heading}.",
        needed=f"one table whose first heading is {heading}.",
        fix="put its lines into the first one.",
        line=line,
    )


def heading_missing(heading: str, headings: Sequence[str], line: int) -> Fault:
    """Report a table that lacks a heading."""
    return Fault(
        where="table",
        came=f"the heading {heading} is missing.",
        needed=f"the headings {listed(headings)}.",
        fix=f"add a column {heading}.",
        line=line,
    )


def heading_not_known(came: str, headings: Sequence[str], line: int) -> Fault:
    """Report a column of such a table that means nothing."""
    meant = nearest(came, headings)
    return Fault(
        where="table",
        came=f"the heading {came!r} is not understood.",
        needed=f"the headings {listed(headings)}.",
        fix=f"write {meant}." if meant else "remove the column.",
        line=line,
    )


def edit_incomplete(variant: str, missing: str, line: int | None) -> Fault:
    """Report a line of the table of variants that leaves out what it changes."""
    return Fault(
        where=f"variant {variant}",
        came=f"the line has no {missing}.",
        needed="a row, a column and a value; `-` in all three changes nothing.",
        fix=f"write the {missing}.",
        line=line,
    )


def edit_repeated(variant: str, row: str, column: str, line: int | None) -> Fault:
    """Report a cell that a variant changes twice."""
    return Fault(
        where=f"variant {variant}",
        came=f"it changes {column} of {row} twice.",
        needed="one value for a cell.",
        fix="remove one of the two lines.",
        line=line,
    )


def nothing_compared(where: str) -> Fault:
    """Report an experiment that compares nothing."""
    return Fault(
        where=where,
        came="there is one variant, and nothing that it is compared with.",
        needed="a second variant, or a table with the headings Compared and With.",
        fix="add one; With may be a number.",
    )


def unknown_variant(came: str, names: Sequence[str], line: int | None) -> Fault:
    """Report a comparison of a variant that does not exist."""
    meant = nearest(came, names)
    return Fault(
        where="comparison",
        came=f"there is no variant {came!r}.",
        needed=f"one of {listed(names)}, or a number where it is compared with one.",
        fix=f"write {meant}." if meant else "write a name of the table of variants.",
        line=line,
    )


def unknown_target(
    variant: str, came: str, network: str, rows: Sequence[str], line: int | None
) -> Fault:
    """Report an edit, or a measure, of a row that the network does not have."""
    place, _, kind = came.partition(" ")
    missing = f"row {came!r}"
    if place in {"first", "last", "every"} and kind:
        missing = f"{kind}, which {came!r} asks for"
    elif place in {"second", "third"} and kind:
        missing = came
    return Fault(
        where=f"variant {variant}",
        came=f"{network} has no {missing}.",
        needed=f"one of its rows: {', '.join(rows)}; or `first`, `second`, `third`, `last` or `every` with a type.",
        fix="name such a row, or ask the claim of a network that has one.",
        line=line,
    )


def unknown_edit(
    variant: str, row: str, column: str, choices: Sequence[str], line: int | None
) -> Fault:
    """Report a column that cannot be changed."""
    meant = nearest(column, choices)
    return Fault(
        where=f"variant {variant}",
        came=f"{row} has nothing called {column!r} that can be changed.",
        needed=f"one of {listed(choices)}.",
        fix=f"write {meant}." if meant else "choose one of them.",
        line=line,
    )


def only_convolutions_share(variant: str, rows: Sequence[str], line: int | None) -> Fault:
    """Report rows without weights that are shared over places."""
    return Fault(
        where=f"variant {variant}",
        came=f"{' and '.join(rows)} {'is no convolution' if len(rows) == 1 else 'are no convolutions'}: no weights are shared "
        "over places there.",
        needed="`weights | unshared` of convolutions alone.",
        fix="name other rows, or leave it out.",
        line=line,
    )


def edit_not_understood(
    variant: str, column: str, came: str, needed: str, line: int | None
) -> Fault:
    """Report a value that a change cannot have."""
    return Fault(
        where=f"variant {variant}",
        came=f"{column} is {came!r}.",
        needed=f"{needed}.",
        fix="write it so.",
        line=line,
    )


def not_matched(
    variant: str, quantity: str, wanted: float, nearest_found: float, line: int | None
) -> Fault:
    """Report widths that cannot be chosen so that two variants cost the same."""
    return Fault(
        where=f"variant {variant}",
        came=f"no widths give {wanted:,.0f} {quantity}; the nearest give {nearest_found:,.0f}.",
        needed="a cost within 2 % of the other variant's.",
        fix="let more rows be matched, or wider ones.",
        line=line,
    )


def no_data_for(experiment: str) -> Fault:
    """Report an experiment that trains, and names no data."""
    return Fault(
        where=experiment,
        came="it looks at examples, and names no data.",
        needed="the data set to ask it of.",
        fix="write `data: mnist` into the front matter, or --data mnist.",
    )


def data_without_use(experiment: str) -> Fault:
    """Report data for an experiment that follows from tables alone."""
    return Fault(
        where="--data",
        came=f"{experiment} follows from the table alone and looks at no data.",
        needed="an experiment that trains or looks at examples.",
        fix="leave --data out.",
    )


def seeds_without_use(experiment: str) -> Fault:
    """Report seeds for an experiment in which nothing is drawn."""
    return Fault(
        where="--seeds",
        came=f"{experiment} follows from the table alone, and nothing in it is drawn.",
        needed="an experiment that trains.",
        fix="leave --seeds out.",
    )


def too_few_seeds(came: int) -> Fault:
    """Report one training of each variant, from which no interval follows."""
    return Fault(
        where="--seeds",
        came=f"{counted(came, 'seed')} would be trained.",
        needed="2 or more: an interval needs a spread.",
        fix="write --seeds 3, for example.",
    )


def network_not_asked(experiment: str, variants: Sequence[str]) -> Fault:
    """Report another network for an experiment that compares networks of its own alone."""
    return Fault(
        where="--network",
        came=f"{experiment} compares networks of its own: {', '.join(variants)}.",
        needed="an experiment whose variants are changes of one base network.",
        fix="leave --network out, or copy the document and change its tables.",
    )


def change_parts_branches(
    variant: str, network: str, joined: Sequence[str], line: int | None
) -> Fault:
    """Report a change of rows after which branches that a network adds up or multiplies have other shapes."""
    return Fault(
        where=f"variant {variant}",
        came=f"it changes one branch of {network} and not the other, so that they do not fit where they are joined: "
        f"{', '.join(joined)}.",
        needed="a network without shortcuts around the rows that are changed.",
        fix="ask the claim of such a network, or copy the document and let the variant change both branches.",
        line=line,
    )


def claim_is_about(experiment: str, flag: str, about: str) -> Fault:
    """Report another network, or other data, for a claim that is about one alone."""
    return Fault(
        where=f"--{flag}",
        came=f"the claim of {experiment} is about {about} itself.",
        needed=f"that {flag}.",
        fix=f"leave --{flag} out, or ask another experiment.",
    )


def same_variants(compared: str, other: str, network: str, line: int | None) -> Fault:
    """Report two variants that are compared and do not differ."""
    return Fault(
        where=f"variant {compared}",
        came=f"it is the same as {other}: {network} has nothing that their lines change.",
        needed="two networks, recipes or data that differ.",
        fix="ask the claim of another network, or change the lines.",
        line=line,
    )


def not_for_this_network(measure: str, network: str, why: str) -> Fault:
    """Report a measure that a network does not have."""
    return Fault(
        where=measure,
        came=f"it cannot be asked of {network}: {why}.",
        needed="a network and data of which it can be asked.",
        fix="choose another network, or another experiment.",
    )


def result_not_recorded(where: str, problem: str) -> Fault:
    """Report a document into which no result can be written."""
    return Fault(
        where=where,
        came=f"the result cannot be written into it: {problem}.",
        needed="a document that may be written.",
        fix="copy it to a folder of yours: `striate experiment NAME --text > mine.md`.",
    )


def flags_exclude(flag: str, other: str) -> Fault:
    """Report two flags of which one leaves nothing for the other."""
    return Fault(
        where=flag,
        came=f"it stands beside {other}.",
        needed="one of the two.",
        fix=f"leave {flag} or {other} out.",
    )


def flag_without_experiment(flag: str) -> Fault:
    """Report a flag beside a call that only lists."""
    return Fault(
        where=flag,
        came="no experiment is named, so that they are listed.",
        needed="the name or the file of an experiment.",
        fix=f"name one: `striate experiment small-kernels {flag}`, or leave {flag} out.",
    )
