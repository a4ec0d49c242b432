"""Kinds of data sets, one file a kind, and `find`, which tells by a name or path which kind it is."""
