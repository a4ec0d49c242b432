"""Messages about recipes, preparations and front matter, word for word: a changed message is a changed line here."""

import pytest

from messages import (
    HEAD,
    INPUT,
    OUTPUT,
    RBF,
    Case,
    assert_reads,
    functions,
    ids,
    of,
    recipe,
    text_of,
)
from striate.documents import Document, read_networks
from striate.documents.document import image_faults
from striate.errors import recipes
from striate.networks import load
from striate.preparation import Preparation
from striate.recipe import Recipe, class_faults
from striate.training.folder import check_threads


def remarks_of(lines: str) -> str:
    return said_of(*read_networks(f"---\n{lines}---\n{HEAD}{INPUT}{OUTPUT}", "a.md"))


def said_of(document: Document) -> str:
    return "\n".join(f"{one.row}, line {one.line}: {one.text}" for one in document.remarks)


NORMALIZED = """import torch.nn as nn
from torchvision import transforms
way = transforms.Normalize(0.5, 0.25)
net = nn.Sequential(nn.Linear(4, 2))
"""

CASES: list[Case] = [
    (
        "unknown_field",
        recipe("recipe:\n  epochs: 3\n  lerning_rate: 0.1\n  patience: 3\nnetwork: x\n"),
        (
            "line 4, lerning_rate: recipe has no field 'lerning_rate'.\n"
            "  Needed: one of epochs, batch_size, optimizer, learning_rate, momentum, weight_decay, "
            "schedule, warmup, step_epochs, milestones, plateau_epochs, least_rate, step_factor, loss, map_constant, initialization, validation, early_stopping, freeze, learning_rate_of, seed, augmentation, dropout_samples, views, accumulate, precision, label_smoothing, class_weights, sampling, mixup, cutmix or ema_decay.\n"
            "  Fix: write 'learning_rate'.\n"
            "line 5, patience: recipe has no field 'patience'.\n"
            "  Needed: one of epochs, batch_size, optimizer, learning_rate, momentum, weight_decay, "
            "schedule, warmup, step_epochs, milestones, plateau_epochs, least_rate, step_factor, loss, map_constant, initialization, validation, early_stopping, freeze, learning_rate_of, seed, augmentation, dropout_samples, views, accumulate, precision, label_smoothing, class_weights, sampling, mixup, cutmix or ema_decay.\n"
            "  Fix: remove the line.\n"
            "line 6, network: the front matter has no field 'network'.\n"
            "  Needed: one of name, source, data, input, text or recipe.\n"
            "  Fix: remove the line."
        ),
    ),
    (
        "repeated_field",
        recipe("name: a\nname: b\nrecipe:\n  epochs: 3\n  epochs: 4\n"),
        (
            "line 3, name: the front matter gives 'name' twice.\n"
            "  Needed: each field once.\n"
            "  Fix: remove one of the two lines.\n"
            "line 6, epochs: recipe gives 'epochs' twice.\n"
            "  Needed: each field once.\n"
            "  Fix: remove one of the two lines."
        ),
    ),
    (
        "field_of_wrong_type",
        recipe(
            "name: [a]\ninput: hello\nrecipe:\n  epochs: 1.5\n  seed: yes\n  warmup: [0.1]\n"
            "  momentum:\n  batch_size: 9223372036854775808\n"
        ),
        (
            "line 2, name: a list is not a text.\n"
            "  Needed: a text.\n"
            "  Fix: write name as a text.\n"
            "line 3, input: 'hello' is not fields.\n"
            "  Needed: fields.\n"
            "  Fix: write input as fields.\n"
            "line 5, epochs: '1.5' is not a whole number.\n"
            "  Needed: a whole number.\n"
            "  Fix: write epochs as a whole number.\n"
            "line 6, seed: 'yes' is not a whole number.\n"
            "  Needed: a whole number.\n"
            "  Fix: write seed as a whole number.\n"
            "line 7, warmup: a list is not one value.\n"
            "  Needed: one value.\n"
            "  Fix: write warmup as one value.\n"
            "line 8, momentum: nothing is not a number.\n"
            "  Needed: a number.\n"
            "  Fix: write momentum as a number.\n"
            "line 9, batch_size: '9223372036854775808' is not a whole number below 2^63.\n"
            "  Needed: a whole number below 2^63.\n"
            "  Fix: write batch_size as a whole number below 2^63."
        ),
    ),
    (
        "field_of_wrong_type",
        recipe("recipe:\n- epochs: 3\n"),
        (
            "line 3, recipe: a list is not fields.\n"
            "  Needed: fields.\n"
            "  Fix: write recipe as fields."
        ),
    ),
    (
        "field_not_finite",
        recipe("input:\n  low: nan\nrecipe:\n  learning_rate: 1e999\n"),
        (
            "line 3, low: low is nan.\n"
            "  Needed: a finite number.\n"
            "  Fix: write low as a number such as 0.5.\n"
            "line 5, learning_rate: learning_rate is inf.\n"
            "  Needed: a finite number.\n"
            "  Fix: write learning_rate as a number such as 0.5."
        ),
    ),
    (
        "field_below",
        recipe("recipe:\n  epochs: 0\n  weight_decay: -1e-3\ninput:\n  box: 0\n"),
        (
            "line 3, epochs: epochs is 0.\n"
            "  Needed: 1 or more.\n"
            "  Fix: write epochs as 1 or more.\n"
            "line 4, weight_decay: weight_decay is -0.001.\n"
            "  Needed: 0 or more.\n"
            "  Fix: write weight_decay as 0 or more.\n"
            "line 6, box: box is 0.\n"
            "  Needed: 1 or more.\n"
            "  Fix: write box as 1 or more."
        ),
    ),
    (
        "field_not_positive",
        lambda: Recipe(learning_rate=0, map_constant=-2),
        (
            "learning_rate: learning_rate is 0.\n"
            "  Needed: a number above 0.\n"
            "  Fix: write learning_rate as a number above 0.\n"
            "map_constant: map_constant is -2.\n"
            "  Needed: a number above 0.\n"
            "  Fix: write map_constant as a number above 0."
        ),
    ),
    (
        "field_not_below",
        recipe("recipe:\n  momentum: 1\n  warmup: -0.1\n"),
        (
            "line 3, momentum: momentum is 1.\n"
            "  Needed: a number from 0 to below 1.\n"
            "  Fix: write momentum as a number from 0 to below 1.\n"
            "line 4, warmup: warmup is -0.1.\n"
            "  Needed: a number from 0 to below 1.\n"
            "  Fix: write warmup as a number from 0 to below 1."
        ),
    ),
    (
        "field_not_a_choice",
        recipe("recipe:\n  optimizer: adamm\n  schedule: no\ninput:\n  fit: stretch\n"),
        (
            "line 3, optimizer: optimizer is 'adamm'.\n"
            "  Needed: sgd, nesterov, adam, adamw, adamax, nadam, radam, adagrad, rmsprop, adadelta or muon.\n"
            "  Fix: write 'adam'.\n"
            "line 4, schedule: schedule is 'no'.\n"
            "  Needed: constant, one-cycle, step or plateau.\n"
            "  Fix: use one of constant, one-cycle, step or plateau.\n"
            "line 6, fit: fit is 'stretch'.\n"
            "  Needed: resize, crop, letterbox or digit.\n"
            "  Fix: use one of resize, crop, letterbox or digit."
        ),
    ),
    (
        "least_rate_without_plateau",
        recipe("recipe:\n  schedule: step\n  least_rate: 0.001\n"),
        (
            "line 4, least_rate: 0.001 is given, and the schedule is step.\n"
            "  Needed: the schedule plateau, which alone ends its falls there.\n"
            "  Fix: write schedule: plateau, or leave least_rate out."
        ),
    ),
    (
        "range_is_empty",
        recipe("input:\n  box: 20\n  low: 1\n"),
        (
            "line 3, high: byte 0 becomes 1 and byte 255 becomes 1.\n"
            "  Needed: two different values.\n"
            "  Fix: write the value of the background as low and that of the ink as high."
        ),
    ),
    (
        "range_is_empty",
        lambda: Preparation(low=0.5, high=0.5),
        (
            "high: byte 0 becomes 0.5 and byte 255 becomes 0.5.\n"
            "  Needed: two different values.\n"
            "  Fix: write the value of the background as low and that of the ink as high."
        ),
    ),
    (
        "loss_does_not_fit",
        recipe("recipe:\n  epochs: 3\n  loss: map\n"),
        (
            "line 4, loss: the loss is 'map', and the last row gives softmax values.\n"
            "  Needed: cross-entropy for softmax values.\n"
            "  Fix: write loss: cross-entropy, or change the last row."
        ),
    ),
    (
        "loss_does_not_fit",
        recipe("recipe:\n  loss: cross-entropy\n", RBF),
        (
            "line 3, loss: the loss is 'cross-entropy', and the last row gives distances to codes (RBF).\n"
            "  Needed: map or distance for distances to codes (RBF).\n"
            "  Fix: write loss: map or distance, or change the last row."
        ),
    ),
    (
        "field_not_below",
        recipe("recipe:\n  label_smoothing: 1\n  ema_decay: 1.5\n"),
        (
            "line 3, label_smoothing: label_smoothing is 1.\n"
            "  Needed: a number from 0 to below 1.\n"
            "  Fix: write label_smoothing as a number from 0 to below 1.\n"
            "line 4, ema_decay: ema_decay is 1.5.\n"
            "  Needed: a number from 0 to below 1.\n"
            "  Fix: write ema_decay as a number from 0 to below 1."
        ),
    ),
    (
        "mean_without_std",
        recipe("input:\n  mean: 0.5\n"),
        (
            "line 3, mean: mean is given, and std is not.\n"
            "  Needed: both: the value of a byte is (byte / 255 - mean) / std.\n"
            "  Fix: write std as well, or remove mean."
        ),
    ),
    (
        "mean_not_a_fraction",
        recipe("input:\n  mean: 123.675\n  std: 58.395\n"),
        (
            "line 3, mean: mean has 123.675.\n"
            "  Needed: numbers from 0 to 1, for byte 255 counts as 1.\n"
            "  Fix: divide mean and std by 255 if they are in bytes."
        ),
    ),
    (
        "field_not_positive",
        recipe("input:\n  mean: 0.5\n  std: 0\n"),
        (
            "line 4, std: std is 0.\n"
            "  Needed: a number above 0.\n"
            "  Fix: write std as a number above 0."
        ),
    ),
    (
        "means_and_stds_differ",
        recipe("input:\n  mean: [0.5, 0.4, 0.3]\n  std: 0.2\n"),
        (
            "line 4, std: the length of mean is 3, and that of std is 1.\n"
            "  Needed: a number in both for each channel, or one for all.\n"
            "  Fix: give mean and std as many numbers."
        ),
    ),
    (
        "mean_beside_range",
        recipe("input:\n  low: 0\n  high: 2\n  mean: 0.5\n  std: 0.2\n"),
        (
            "line 3, low: low is given beside mean and std.\n"
            "  Needed: low and high, or mean and std: each pair says the values of bytes by itself.\n"
            "  Fix: remove low, or mean and std.\n"
            "line 4, high: high is given beside mean and std.\n"
            "  Needed: low and high, or mean and std: each pair says the values of bytes by itself.\n"
            "  Fix: remove high, or mean and std."
        ),
    ),
    (
        "mean_beside_subtract",
        recipe("input:\n  mean: 0.5\n  std: 0.2\n  subtract: channel-mean\n"),
        (
            "line 5, subtract: subtract is 'channel-mean', beside mean and std.\n"
            "  Needed: one mean: that of the training images, or the one that is written down.\n"
            "  Fix: remove subtract, or mean and std."
        ),
    ),
    (
        "digit_of_channels",
        recipe("input:\n  fit: digit\n  mean: 0.5, 0.4\n  std: 0.2, 0.2\n"),
        (
            "line 4, mean: the length of mean is 2, and fit is 'digit'.\n"
            "  Needed: one number, for a digit has one channel.\n"
            "  Fix: write one number as mean and one as std, or another fit."
        ),
    ),
    (
        "field_of_wrong_type",
        recipe("input:\n  mean: 0.485 / 0.456\n  std: [0.2, a]\n"),
        (
            "line 3, mean: '0.485 / 0.456' is not a number for each channel, such as `0.485, 0.456, 0.406`.\n"
            "  Needed: a number for each channel, such as `0.485, 0.456, 0.406`.\n"
            "  Fix: write mean as a number for each channel, such as `0.485, 0.456, 0.406`.\n"
            "line 4, std: ['0.2', 'a'] is not a number for each channel, such as `0.485, 0.456, 0.406`.\n"
            "  Needed: a number for each channel, such as `0.485, 0.456, 0.406`.\n"
            "  Fix: write std as a number for each channel, such as `0.485, 0.456, 0.406`."
        ),
    ),
    (
        "means_do_not_fit_input",
        recipe("input:\n  mean: 0.485, 0.456\n  std: 0.229, 0.224\n"),
        (
            "input, mean: the length of mean is 2, and the number of channels of the input 3x8x8 is 3.\n"
            "  Needed: a number for each channel, or one for all.\n"
            "  Fix: give mean and std as many numbers as the input has channels, or one each."
        ),
    ),
    (
        "milestones_not_read",
        recipe("recipe:\n  schedule: step\n  milestones: 30, 20\n"),
        (
            "line 4, milestones: '30, 20' is no list of epochs that rises.\n"
            "  Needed: whole numbers from 1 on, each larger than the one before.\n"
            "  Fix: write the epochs after which the rate falls, as in `30, 60, 80`."
        ),
    ),
    (
        "milestones_without_step",
        recipe("recipe:\n  schedule: constant\n  milestones: 30, 60\n"),
        (
            "line 4, milestones: '30, 60' is given, and the schedule is constant.\n"
            "  Needed: the schedule step, which alone falls at milestones.\n"
            "  Fix: write schedule: step, or leave milestones out."
        ),
    ),
    (
        "class_weights_not_read",
        recipe("recipe:\n  class_weights: inverse\n"),
        (
            "line 3, class_weights: inverse gives no class its weight.\n"
            "  Needed: none, balanced, or classes with their weights.\n"
            "  Fix: write class_weights: balanced, or a class and its weight, as in `cat 2, dog 0.5`."
        ),
    ),
    (
        "class_weight_not_positive",
        recipe("recipe:\n  class_weights:\n    cat: 0\n    hot dog: -1\n"),
        (
            "line 3, class_weights: the weight of cat is 0.\n"
            "  Needed: a finite number above 0.\n"
            "  Fix: write a number above 0 for cat; where it is not to be learnt, leave its examples out.\n"
            "line 3, class_weights: the weight of hot dog is -1.\n"
            "  Needed: a finite number above 0.\n"
            "  Fix: write a number above 0 for hot dog; where it is not to be learnt, leave its examples out."
        ),
    ),
    (
        "class_weight_twice",
        recipe("recipe:\n  class_weights: cat=2, cat=3\n"),
        (
            "line 3, class_weights: cat has two weights.\n"
            "  Needed: one weight a class.\n"
            "  Fix: leave one of the two out."
        ),
    ),
    (
        "classes_without_weight",
        lambda: class_faults(Recipe(class_weights=(("cat", 2.0),)), ("dog", "emu")),
        (
            "class_weights: no class of the data: cat; without a weight: dog, emu.\n"
            "  Needed: a weight for each class: dog, emu.\n"
            "  Fix: write each class with its weight, or `balanced`, which computes them."
        ),
    ),
    (
        "weights_without_data",
        lambda: (recipes.weights_without_data(),),
        (
            "class_weights: the recipe weighs classes, and a form alone knows neither their names nor their numbers.\n"
            "  Needed: a recipe without class_weights: the loss of a form of your own is yours to weigh.\n"
            "  Fix: replace(recipe, class_weights=()), or train with striate.train."
        ),
    ),
    (
        "only_for_cross_entropy",
        recipe("recipe:\n  loss: map\n  label_smoothing: 0.1\n  cutmix: 1\n", RBF),
        (
            "line 3, label_smoothing: label_smoothing is 0.1, and the loss is 'map'.\n"
            "  Needed: cross-entropy or binary-cross-entropy, which know shares and weights of classes.\n"
            "  Fix: remove label_smoothing, or end the table in a softmax and train by cross-entropy.\n"
            "line 3, cutmix: cutmix is 1, and the loss is 'map'.\n"
            "  Needed: cross-entropy or binary-cross-entropy, which know shares and weights of classes.\n"
            "  Fix: remove cutmix, or end the table in a softmax and train by cross-entropy."
        ),
    ),
    (
        "no_shares_of_words",
        lambda: image_faults(load("text-cnn").table, Recipe(mixup=0.2), Preparation()),
        (
            "mixup: mixup is 0.2, and the network reads sentences.\n"
            "  Needed: images or vectors: numbers of words have no mean.\n"
            "  Fix: remove mixup."
        ),
    ),
    (
        "optimizer_not_stated",
        lambda: remarks_of("recipe:\n  epochs: 3\n  learning_rate: 0.001\n"),
        "recipe, line 2: It states no optimizer: adamw is used, with a learning rate of 0.001.",
    ),
    (
        "values_are_taken",
        lambda: said_of(*read_networks(NORMALIZED, "a.py")),
        (
            "input, line 3: Pictures are prepared as Normalize says, with mean 0.5 and std 0.25: the same as `mean` "
            "and `std` below `input:`."
        ),
    ),
    (
        "no_dropout_to_sample",
        recipe("recipe:\n  dropout_samples: 4\n"),
        (
            "line 2, dropout_samples: dropout_samples is 4, and the table has no Dropout.\n"
            "  Needed: a row Dropout, whose choice is drawn so many times.\n"
            "  Fix: remove the line, or add a row Dropout."
        ),
    ),
    (
        "no_loss_fits",
        recipe("recipe:\n  epochs: 3\n", OUTPUT.replace("softmax", "tanh")),
        (
            "line 2, loss: the last row gives tanh values.\n"
            "  Needed: a last row of scores for classes: fully connected with softmax, "
            "one unit with sigmoid, or RBF.\n"
            "  Fix: add such a row."
        ),
    ),
    (
        "not_yaml",
        recipe("recipe:\n\tepochs: 3\n"),
        (
            "line 3, front matter: it cannot be read: found character '\\t' that cannot start any token.\n"
            "  Needed: YAML between the two lines of `---`.\n"
            "  Fix: write `name: value`, one a line, indented alike."
        ),
    ),
    (
        "not_yaml",
        recipe("name: a\nsource: \x07\n"),
        (
            "line 2, front matter: it cannot be read: unacceptable character #x0007: special characters "
            "are not allowed.\n"
            "  Needed: YAML between the two lines of `---`.\n"
            "  Fix: write `name: value`, one a line, indented alike."
        ),
    ),
    (
        "field_above",
        lambda: check_threads(100_000),
        (
            "--threads: --threads is 100,000.\n"
            "  Needed: 1,024 or less.\n"
            "  Fix: write --threads as 1,024 or less."
        ),
    ),
    (
        "front_matter_not_closed",
        of("---\nname: x\n\n", HEAD, INPUT, OUTPUT),
        (
            "line 1, front matter: it begins with `---` and never ends.\n"
            "  Needed: a second line of `---` below it.\n"
            "  Fix: add the line."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_a_message_about_recipes_reads_word_for_word(case: Case) -> None:
    assert_reads(recipes, case)


def test_no_message_about_recipes_is_without_a_case() -> None:
    assert {case[0] for case in CASES} == functions(recipes)


def test_front_matter_may_be_nested_too_deeply() -> None:
    assert text_of(recipe(f"name: {'[' * 500}\n")) == (
        "line 2, front matter: it cannot be read: it is nested too deeply.\n"
        "  Needed: YAML between the two lines of `---`.\n"
        "  Fix: write `name: value`, one a line, indented alike."
    )
