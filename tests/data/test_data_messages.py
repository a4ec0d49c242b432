"""Every message about data sets is compared word for word by some test of this folder."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from messages import functions
from striate.errors import checkups, datasets, fetching, label_tables


# A message, and words of it that only the test of its exact text holds.
WORDS = {
    "data_set_missing": "its files are neither in",
    "altered_data_set": "its content is not that of fashion-mnist",
    "unknown_to_fetch": "is no data set that Striate can download",
    "address_not_secure": "the address is not encrypted",
    "fetch_failed": "it cannot be downloaded",
    "fetched_file_differs": "and they are not the published file",
    "not_a_data_set": "it holds no pictures, and no IDX files",
    "no_classes": "and nothing says what they show",
    "pictures_outside_classes": "in no class folder",
    "no_training_pictures": "none of its pictures is for training",
    "no_test_pictures": "none of its pictures is left for the test",
    "one_class": "all of its pictures are of the class",
    "several_label_files": "all have columns of files and labels",
    "table_not_text": "it cannot be read: unexpected end of data",
    "row_without_picture": "is no picture of the folder, or the name of several",
    "row_with_more_cells": "it has cells behind the last heading",
    "row_without_label": "has no label",
    "unknown_split": "the split is 'tset'",
    "picture_named_twice": "is named twice as 'cat'",
    "pictures_have_no_size": "its pictures are decoded to the size that a network reads",
    "more_faults": "more of its pictures cannot be used",
    "too_many_unusable": "of its 14 pictures cannot be used",
    "share_not_understood": "a share from 0 to 1",
    "data_of_other_kind": "two such pairs; a torch Dataset",
    "dataset_of_other_items": "item 0 is a tuple",
    "dataset_of_several_sizes": "its images are of several sizes: 4x5x3, 4x7x3",
    "data_in_memory_gone": "it was held by a program, and is kept nowhere",
    "archive_not_unpacked": "it cannot be unpacked: File is not a zip file",
    "archive_names_unclear": "its names are of a code page that it does not name",
    "archive_too_large": "and the disk of the cache has",
    "several_emnist": "it holds several sets of EMNIST: digits, letters",
    "emnist_incomplete": "images and labels for training and for the test",
    "changed_while_read": "it changed while it was read",
    "archive_not_npz": "an .npz file of arrays, without Python objects",
    "arrays_missing": "it holds inputs, targets",
    "images_not_bytes": "numbers, examples x height x width",
    "labels_not_classes": "one whole number from 0 to 65,535",
    "hub_extra_missing": "the library that reads data sets of the hub is not installed",
    "hub_failed": "a data set of the hub, as hf:owner/name",
    "hub_without_pictures": "and none holds pictures",
    "hub_without_labels": "and none holds labels",
    "not_to_be_drawn": "pictures to draw.",
    "mislabelled": "the same picture has several labels",
    "one_color": "all of its pixels have one color",
    "leaking": "the same picture is in several splits",
    "duplicate": "the same picture comes 2 times",
    "class_missing": "it cannot be learnt",
    "folder_beside_train": "or other parts of the data",
    "folder_beside_classes": "or pictures for the test without their classes",
    "same_classes_in_two_folders": "hold the same classes: a, b, c",
    "class_spelt_differently": "in training, and {other!r} in the test",
    "several_file_columns": "both name pictures of the folder, and not the same ones",
    "several_label_columns": "may each hold the classes",
    "no_label_column": "any of 'left' and 'right' may hold the classes",
    "labels_unlike_classes": "has 6 values in 6 rows",
    "column_not_there": "label=breed, and the headings are file, label",
    "option_not_understood": "a role and a heading, as in label=breed",
    "table_of_no_pictures": "and no column names the pictures",
    "values_not_finite": "2 values of its images are not finite",
    "values_not_plain": "and it is not plain which values are black and white",
    "scales_differ": "x_train is uint8 from 0 to 255; x_test is float64 from 0 to 1",
    "class_unused": "no example is of the class '0', for the labels begin at 1",
    "classes_alike": "differ in the case of letters alone",
    "classes_unbalanced": "the error rate says little of small classes",
    "class_small": "has 1 training image",
    "parts_of_no_split": "data: it has splits, and 'foo' is none",
    "label_no_index": "label 0, counted from 0, is -1",
    "parquet_extra_missing": "the library that reads Parquet is not installed",
    "several_classes_a_row": "for several classes or none in a row",
    "pixels_without_classes": "its rows are pixels of pictures",
    "row_not_of_pixels": "it does not hold the pixels of a picture",
    "table_without_headings": "it has no headings: the first row is",
    "folder_of_all_classes": "is called as a folder of pictures of any class",
    "data_of_other_form": "text whose name does not say how it is laid out",
    "labels_are_lists": "holds several classes in a cell",
    "options_not_taken": "not fit these data",
    "pattern_without_class": "{class} once, where the class stands",
    "names_unlike_pattern": "and no picture is called so",
    "parquet_not_read": "a whole Parquet file",
}


@pytest.mark.parametrize("module", [checkups, datasets, fetching, label_tables])
def test_every_message_is_known_here(module: ModuleType) -> None:
    assert functions(module) <= set(WORDS)


def test_every_message_is_compared_in_a_test() -> None:
    files = [file for file in Path(__file__).parent.glob("test_*.py") if file != Path(__file__)]
    text = re.sub(r'"\s*f?"', "", "".join(file.read_text(encoding="utf-8") for file in files))
    assert [name for name, words in WORDS.items() if words not in text] == []
