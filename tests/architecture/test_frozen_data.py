"""What a table, a walk or a check gives is shared by those that read it: nobody changes it afterwards."""

import dataclasses
import importlib
import pkgutil

import pytest

import striate


ROOMS = (
    *("arithmetic", "augmentation.kinds", "checking", "data", "layers", "networks"),
    *("preparation", "recipe", "shapes", "spelling", "table"),
)
WRITTEN_TO = {
    "striate.data.images.load._Record",
    "striate.data.images.scan._Walk",
    "striate.networks.gathering.Gathered",
}
"""These gather, and belong to one function."""


def classes_of_data() -> dict[str, type]:
    """Give every class of data of the rooms by its full name."""
    names = [f"striate.{room}" for room in ROOMS]
    names += [
        found.name
        for found in pkgutil.walk_packages(striate.__path__, "striate.")
        if found.name.startswith(tuple(f"{name}." for name in names))
    ]
    return {
        f"{name}.{one.__qualname__}": one
        for name in names
        for one in vars(importlib.import_module(name)).values()
        if isinstance(one, type) and dataclasses.is_dataclass(one) and one.__module__ == name
    }


def test_data_that_is_handed_round_cannot_be_changed() -> None:
    found = classes_of_data()
    assert len(found) > 100
    open_ones = {name for name, one in found.items() if not one.__dataclass_params__.frozen}  # type: ignore[attr-defined]
    assert open_ones == WRITTEN_TO


def test_a_misspelt_attribute_of_data_is_an_error() -> None:
    loose = {name for name, one in classes_of_data().items() if "__slots__" not in vars(one)}
    assert loose == {"striate.checking.Report"}  # which keeps what it has looked up


def test_a_row_of_a_shipped_network_cannot_be_changed() -> None:
    row = striate.load("lenet5").table.rows[1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.name = "other"  # type: ignore[misc]
