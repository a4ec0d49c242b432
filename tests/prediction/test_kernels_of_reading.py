"""What a trained network is read with depends on the work at hand, and not on what was compiled before."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import striate
from striate.kernels import Kernel, descent, small_network
from striate.kernels.kernel import SWITCH
from striate.prediction.bundle import Bundle, load_bundle, save_bundle
from striate.runtime import SmallNetwork


WORK = "striate.kernels.choice._LEAST_PRODUCTS"
PICTURE = Path(__file__).parent.parent.parent / "examples/digits/two-16-bit.png"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "lenet5"
    document = striate.load("lenet5")
    state = striate.build(document).state_dict()
    classes = tuple(map(str, range(10)))
    save_bundle(folder, document, classes, {"best": state, "last": state}, "")
    return folder


def is_in_one_call(bundle: Bundle, examples: int) -> bool:
    with bundle.reading(examples) as (form, _):
        return isinstance(form.now(), SmallNetwork)


def test_little_work_is_left_to_torch_though_a_kernel_is_there(
    folder: Path, compiled: Callable[[Kernel], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = load_bundle(folder)
    before = striate.predict(bundle, [PICTURE], top=10).made[0].classes
    compiled(small_network.KERNEL)
    assert striate.predict(load_bundle(folder), [PICTURE], top=10).made[0].classes == before
    products = bundle.network.walk.total.multiply_adds
    monkeypatch.setattr(WORK, 10 * products)
    assert not is_in_one_call(bundle, 9)
    assert is_in_one_call(bundle, 10)
    assert not is_in_one_call(bundle, 9)
    mirrored = replace(bundle.document, recipe=replace(bundle.document.recipe, views="flip"))
    assert is_in_one_call(replace(bundle, document=mirrored), 5)


def test_much_work_compiles_what_is_missing_and_says_so(
    folder: Path, small_digits: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "on")
    monkeypatch.setattr(WORK, 0)
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cold"))
    # In place of the kernels for this network one that is compiled in no time.
    monkeypatch.setattr("striate.prediction.bundle.kernels_for", lambda *_: (descent.KERNEL,))
    monkeypatch.setattr(descent.KERNEL, "_library", None)
    monkeypatch.setattr(descent.KERNEL, "_was_sought", False)
    bundle = load_bundle(folder)
    (remark,) = striate.evaluate(bundle, small_digits).remarks
    assert "descent" in remark
    assert [file.suffix for file in (tmp_path / "cold/kernels").glob("descent-*.so")] == [".so"]
    assert striate.evaluate(bundle, small_digits).remarks == ()
