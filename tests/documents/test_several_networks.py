"""Several networks in one text: their order, names, losses, and the data sets named around them."""

import pytest

from striate.documents import choose, read_networks, write_document
from striate.documents.data_sets import DATA_SETS, mention_in


TABLE = "| Layer | Type | Size |\n|-|-|-|\n| Input | Input | 4 |\n| Output | Dense | 2 |\n"
CODE = "```python\nm = nn.Sequential(nn.Linear(4, 2))\n```\n"
BELOW = "```python\nnn.CrossEntropyLoss()\ntorch.optim.SGD(m.parameters(), lr=0.5)\n```\n"


def test_networks_come_in_the_order_of_the_text_whatever_they_are_written_in() -> None:
    networks = read_networks(f"# A\n{CODE}\n## B\n\n{TABLE}\n### C\n{CODE}{CODE}", "a.md")
    assert [(one.name, one.title, one.line) for one in networks] == [
        ("a", "A", 3),
        ("b", "B", 8),
        ("c", "C", 15),
        ("c-2", "C", 18),
    ]
    assert [choose(networks, word, "a.md").line for word in ("1", "b", "C", "c-2", "4")] == [
        *(3, 8, 15, 18, 18)
    ]


def test_a_number_that_a_heading_bears_is_not_given_again() -> None:
    networks = read_networks(f"# A\n{CODE}\n# A 2\n{CODE}\n# A\n{CODE}", "a.md")
    assert [one.name for one in networks] == ["a", "a-2", "a-3"]


def test_an_optimizer_belongs_to_the_network_whose_parameters_it_is_given() -> None:
    rates = [
        [one.recipe.learning_rate for one in read_networks(text, "a.md")]
        for text in (
            f"# A\n{CODE}\n{BELOW}\n# B\n{CODE}",
            f"# A\n{CODE}\n# B\n{BELOW}",
            f"# A\n{CODE}\n{TABLE}\n{BELOW}",
            f"# A\n{CODE}\n{CODE}\n{BELOW}",
        )
    ]
    assert rates == [[0.5, 0.002], [0.5], [0.5, 0.002], [0.002, 0.5]]


def test_a_loss_belongs_to_the_network_above_it_in_its_section() -> None:
    loss = "```python\nnn.BCELoss()\n```\n"
    code = CODE.replace("4, 2)", "4, 1), nn.Sigmoid()")
    lines = [
        [one.recipe_line for one in read_networks(text, "a.md")]
        for text in (f"# A\n{code}\n{loss}\n# B\n{code}", f"# A\n{code}\n# B\n{loss}")
    ]
    assert lines == [[7, None], [None]]


def test_the_front_matter_is_stronger_than_what_code_says_of_training() -> None:
    front = "---\nname: mine\ndata: mnist\nrecipe:\n  learning_rate: 0.25\n---\n"
    (document,) = read_networks(f"{front}# A\n{CODE}{BELOW}", "a.md")
    assert (document.name, document.data) == ("mine", "mnist")
    # What it does not say is the code's: a rate of its own beside the optimizer of Keras, without momentum.
    assert (document.recipe.optimizer, document.recipe.learning_rate) == ("sgd", 0.25)
    assert document.recipe.momentum == 0
    assert read_networks(write_document(document), "b.md") == (document,)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("패션 MNIST 데이터셋 문제를 해결하기 위한 간단한 CNN이다.", "fashion-mnist"),
        ("패션MNIST를 쓴다.", "fashion-mnist"),
        ("손글씨 숫자 인식(MNIST)에 널리 사용되었다. MNIST는 28x28이다.", "mnist"),
        ("Trained on Fashion-MNIST, fashion_mnist in Keras.", "fashion-mnist"),
        ("Trained on **CIFAR‑100**.", "cifar-100"),
        ("CIFAR10 has small pictures.", "cifar-10"),
        ("이미지넷에서 1,000개 클래스를 학습한다.", "imagenet"),
        ("Pretrained on Tiny ImageNet.", "tiny-imagenet"),
        ("Trained on MNIST and on CIFAR-10.", None),
        ("Unlike Fashion-MNIST, MNIST is easy.", None),
        ("It was tried on notMNIST and on MNISTlike pictures.", None),
        ("![a picture](https://example.org/mnist.png) and https://example.org/cifar-10", None),
        ("No data at all.", None),
    ],
)
def test_a_text_names_a_data_set_only_if_it_names_one_alone(text: str, named: str | None) -> None:
    mention = mention_in([(7, "Ahead."), (8, text)])
    assert (mention.data_set.name if mention else None) == named
    assert mention is None or mention.line == 8


def test_only_the_section_of_a_network_speaks_of_its_data() -> None:
    text = f"# A\n\nFor MNIST.\n\n{TABLE}\n# B\n\n{TABLE}\n## On CIFAR-100\n\n{TABLE}\nIt is SVHN."
    mentions = [one.mention for one in read_networks(text, "a.md")]
    assert [one.data_set.name if one else None for one in mentions] == ["mnist", None, None]
    (alone,) = read_networks(f"# For SVHN\n\n{CODE}\n# See CIFAR-10", "a.md")
    assert alone.mention is not None
    assert (alone.mention.data_set.name, alone.mention.line) == ("svhn", 1)


def test_every_word_for_a_data_set_finds_it() -> None:
    for one in DATA_SETS:
        for word in (*one.words, one.title, one.name):
            mention = mention_in([(1, f"on {word}.")])
            assert mention is not None
            assert mention.data_set == one


@pytest.mark.parametrize(
    "text",
    [
        "Just like IMDB and MNIST, the data set comes with Keras.",
        "Unlike MNIST, its pictures are photographs.",
        "It is ten times larger than CIFAR-10.",
        "MNIST처럼 작은 그림을 읽습니다.",
    ],
)
def test_a_data_set_that_is_compared_with_is_not_the_networks(text: str) -> None:
    assert mention_in([(1, text)]) is None
    mention = mention_in([(1, text), (2, "Like all networks here, it is trained on SVHN.")])
    assert mention is not None
    assert mention.data_set.name == "svhn"
