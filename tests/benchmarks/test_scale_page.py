"""The page of scale has what was measured, and the simulation follows from its cost model."""

from pathlib import Path

import pytest

import scale_page


def test_the_page_has_the_figures_of_the_results() -> None:
    page = Path(scale_page.PAGE).read_text("utf-8")
    assert scale_page.written(page) == page


def test_a_ring_sends_each_byte_nearly_twice() -> None:
    bandwidth, latency = scale_page.ACROSS
    assert scale_page.all_reduce_seconds(10**9, 1) == 0
    many = scale_page.all_reduce_seconds(10**9, 512)
    assert many == pytest.approx(2 * 4e9 * 511 / 512 / bandwidth + 1022 * latency)
