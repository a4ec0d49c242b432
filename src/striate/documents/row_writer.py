"""From a row to the cells of its line in a table."""

from striate.documents.schema import Cells, write_layer
from striate.table import Claims, Row


def cells_of(row: Row) -> Cells:
    """Give the text of every cell of a row that is not empty.

    Raises:
        DocumentError: The row could not be read and so cannot be written.
    """
    cells: Cells = {"Layer": row.name, **write_layer(row), **claimed(row.claims)}
    if row.activation is not None:
        cells["Activation"] = str(row.activation)
    if row.reads:
        cells["From"] = ", ".join(row.reads)
    if row.start is not None:
        cells["Initialization"] = str(row.start)
    if row.note:
        cells["Note"] = row.note
    return cells


def claimed(claims: Claims) -> Cells:
    """Give the cells of what a source claims."""
    cells: Cells = {}
    if claims.maps is not None:
        cells["Maps"] = f"{claims.maps:,}"
    if claims.size is not None:
        cells["Size"] = "x".join(f"{number:,}" for number in claims.size)
    if claims.rows > 1:
        # A table of rows cannot say that a count is the sum of several.
        return cells
    if claims.parameters is not None:
        cells["Parameters"] = str(claims.parameters)
    if claims.connections is not None:
        cells["Connections"] = str(claims.connections)
    if claims.multiply_adds is not None:
        cells["Operations"] = str(claims.multiply_adds)
    if claims.neurons is not None:
        cells["Neurons"] = str(claims.neurons)
    if claims.depth is not None:
        cells["Depth"] = str(claims.depth)
    return cells
