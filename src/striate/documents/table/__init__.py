"""Tables of layers as people write them, read by their words and by their arithmetic."""

from striate.documents.table.interpretation import interpret, is_candidate


__all__ = ["interpret", "is_candidate"]
