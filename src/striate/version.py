"""The version of this program, which runs and bundles record."""

__version__ = "0.1.0"
