"""What the numbers of the last row mean: losses, classes and their probabilities."""

import numpy as np
import pytest
import torch

from plain_numpy import Array, slopes
from striate.modules import class_probabilities, loss_function, predicted_classes, preferences
from striate.modules.outputs import distance_loss, map_loss
from striate.recipe import Recipe


DISTANCES = np.array(
    [
        [0.0, 0.3, 2.0, 5.0],
        [84.0, 84.1, 83.0, 90.0],
        [600.0, 610.5, 599.0, 620.0],
        [0.0, 600.0, 600.0, 600.0],
        [600.0, 0.0, 300.0, 3.0],
    ]
)
LABELS = np.array([0, 2, 1, 0, 3])


def log_sum(exponents: Array) -> float:
    largest = exponents.max()
    return float(largest + np.log(np.exp(exponents - largest).sum()))


def equation_9(distances: Array, labels: Array, constant: float) -> Array:
    return np.array(
        [
            row[label] + log_sum(np.append(-row, -constant))
            for row, label in zip(distances, labels, strict=True)
        ]
    )


@pytest.mark.parametrize("constant", [0.1, 1.0, 50.0, 900.0])
@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_the_map_loss_is_equation_9_for_near_and_far_codes(
    constant: float, precision: torch.dtype
) -> None:
    distances = torch.from_numpy(DISTANCES).to(precision).requires_grad_()
    losses = map_loss(distances, torch.from_numpy(LABELS), constant)
    expected = equation_9(DISTANCES, LABELS, constant)
    # Single precision steps by 6e-5 near 600, and both terms may be as large as that.
    tolerance = 1e-4 if precision is torch.float32 else 1e-12
    np.testing.assert_allclose(losses.detach().numpy(), expected, rtol=0, atol=tolerance)
    (gradient,) = torch.autograd.grad(losses.sum(), distances)
    assert gradient.isfinite().all()
    assert gradient.gather(1, torch.from_numpy(LABELS)[:, None]).ge(0).all()


def test_the_gradient_of_the_map_loss_equals_central_differences() -> None:
    distances = torch.from_numpy(DISTANCES).requires_grad_()
    loss = map_loss(distances, torch.from_numpy(LABELS), 1.0).sum()
    (gradient,) = torch.autograd.grad(loss, distances)
    expected = slopes(lambda moved: float(equation_9(moved, LABELS, 1.0).sum()), DISTANCES)
    np.testing.assert_allclose(gradient.numpy(), expected, atol=1e-6)


def test_the_map_loss_is_minus_the_logarithm_of_the_posterior_with_rubbish() -> None:
    distances, constant = np.array([[1.0, 2.0, 0.5]]), 1.5
    powers = np.exp(-distances[0])
    posteriors = powers / (np.exp(-constant) + powers.sum())
    for label in range(3):
        loss = map_loss(torch.from_numpy(distances), torch.tensor([label]), constant)
        assert loss.item() == pytest.approx(-np.log(posteriors[label]), rel=1e-12)


def test_a_wrong_class_far_beyond_the_constant_is_not_pushed_any_more() -> None:
    distances = torch.tensor([[0.5, 3.0, 80.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(map_loss(distances, torch.tensor([0]), 1.0), distances)
    assert gradient[0, 1] < -0.01
    assert -1e-30 < gradient[0, 2] <= 0


def test_the_distance_loss_is_the_distance_to_the_right_code() -> None:
    losses = distance_loss(torch.from_numpy(DISTANCES), torch.from_numpy(LABELS))
    assert losses.tolist() == [0, 83, 610.5, 0, 3]


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        (Recipe(loss="distance"), [2.0, 0.0]),
        (
            Recipe(loss="map"),
            [2 + np.log(1 / np.e + 1 + np.e**-2), np.log(1 / np.e + 1 + np.e**-9)],
        ),
        (
            Recipe(loss="map", map_constant=4.0),
            [2 + np.log(np.e**-4 + 1 + np.e**-2), np.log(np.e**-4 + 1 + np.e**-9)],
        ),
        (Recipe(loss="cross-entropy"), [np.log(1 + np.e**-2), np.log(1 + np.e**9)]),
    ],
)
def test_a_recipe_names_its_loss_and_gets_one_number_an_example(
    recipe: Recipe, expected: list[float]
) -> None:
    outputs = torch.tensor([[0.0, 2.0], [9.0, 0.0]], dtype=torch.float64)
    losses = loss_function(recipe)(outputs, torch.tensor([1, 1]))
    np.testing.assert_allclose(losses.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("constant", [0.5, 10.0])
def test_distances_leave_the_rest_of_the_probability_to_rubbish(constant: float) -> None:
    outputs = torch.from_numpy(DISTANCES)
    found = class_probabilities(outputs, "distances", constant).numpy()
    expected = [np.exp(-row - log_sum(np.append(-row, -constant))) for row in DISTANCES]
    rubbish = [np.exp(-constant - log_sum(np.append(-row, -constant))) for row in DISTANCES]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(1 - found.sum(axis=1), rubbish, atol=1e-12)


def test_far_from_every_code_nearly_all_is_rubbish() -> None:
    found = class_probabilities(torch.full((1, 10), 600.0), "distances", 1.0)
    assert found.sum() < 1e-30
    assert found.isfinite().all()


def test_scores_share_the_whole_probability() -> None:
    outputs = torch.from_numpy(DISTANCES)
    found = class_probabilities(outputs, "scores", 1.0).numpy()
    expected = [np.exp(row - log_sum(row)) for row in DISTANCES]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)


def test_the_class_is_the_largest_score_or_the_smallest_distance() -> None:
    outputs = torch.from_numpy(DISTANCES)
    assert predicted_classes(outputs, "distances").tolist() == [0, 2, 2, 0, 1]
    assert predicted_classes(outputs, "scores").tolist() == [3, 3, 3, 1, 0]


SCORES = np.array([[-800.0], [-3.0], [0.0], [0.5], [800.0]])
PAIR_LABELS = np.array([0, 1, 1, 0, 0])


def test_one_score_costs_what_two_scores_of_a_softmax_would() -> None:
    # The sigmoid of s is the softmax of (0, s).
    pairs = np.hstack([np.zeros_like(SCORES), SCORES])
    expected = [log_sum(pair) - pair[label] for pair, label in zip(pairs, PAIR_LABELS, strict=True)]
    losses = loss_function(Recipe(loss="binary-cross-entropy"))(
        torch.from_numpy(SCORES), torch.from_numpy(PAIR_LABELS)
    )
    np.testing.assert_allclose(losses.numpy(), expected, rtol=1e-12, atol=1e-300)
    assert losses[4] == 800


def test_one_score_shares_the_probability_between_two_classes() -> None:
    found = class_probabilities(torch.from_numpy(SCORES), "one score", 1.0).numpy()
    np.testing.assert_allclose(found[1:4, 1], [1 / (1 + np.exp(-s)) for s in SCORES[1:4, 0]])
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    assert found[[0, 4]].tolist() == [[1, 0], [0, 1]]


def test_one_score_names_the_second_class_above_0() -> None:
    assert predicted_classes(torch.from_numpy(SCORES), "one score").tolist() == [0, 0, 0, 1, 1]


def test_preferences_still_differ_where_the_probabilities_do_not() -> None:
    far = torch.tensor([[900.0, 800.0, 1000.0]])
    assert preferences(far, "distances").argsort(1, descending=True).tolist() == [[1, 0, 2]]
    assert preferences(torch.tensor([[-200.0]]), "one score").tolist() == [[200, -200]]
