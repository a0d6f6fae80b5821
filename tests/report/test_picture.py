import dataclasses

import numpy as np
import pytest

from mfvis_engine.annotation import KeyframeOrigin
from mfvis_engine.project import MaskOrigin
from mfvis_engine.report import CostReport, Spent, draw_cost
from mfvis_engine.report import picture as picture_module

BLUE, GREY = picture_module._BOXES, picture_module._POLYGONS

REPORT = CostReport(
    name="walk",
    frame_count=60,
    track_count=3,
    keyframes_by_origin=tuple((origin, 10) for origin in KeyframeOrigin),
    outside_count=1,
    masks_by_origin=tuple((origin, 100 * (origin is MaskOrigin.PREDICTED)) for origin in list(MaskOrigin)[1:]),
    verified_count=4,
    repair_count=1,
    boxes=Spent(792.0, 0, 0.0),
    corrections=Spent(0.0, 0, 0.0),
    review_seconds=0.0,
)


def longest_run(pixels, color, top):
    """The width of a bar of one colour, looked at in its middle row."""
    row = (pixels[top + picture_module._BAR_HEIGHT // 2] == color).all(axis=-1)
    return int(row.sum())


def test_the_bars_are_as_long_as_their_times():
    pixels = draw_cost(REPORT)
    assert pixels.shape == (900, 1600, 3)
    assert pixels.dtype == np.uint8
    polygons = longest_run(pixels, GREY, picture_module._BAR_TOP)
    boxes = longest_run(pixels, BLUE, picture_module._BAR_TOP + picture_module._BAR_PITCH)
    assert REPORT.ratio == 10
    assert polygons == pytest.approx(10 * boxes, rel=0.05)


def test_an_estimate_looks_different():
    guess = dataclasses.replace(REPORT, boxes=Spent(0.0, 10, 792.0))
    top = picture_module._BAR_TOP + picture_module._BAR_PITCH
    assert 0 < longest_run(draw_cost(guess), BLUE, top) < longest_run(draw_cost(REPORT), BLUE, top)


@pytest.mark.parametrize(
    "changes",
    [
        {"masks_by_origin": tuple((origin, 0) for origin in list(MaskOrigin)[1:])},  # no masks yet
        {"boxes": Spent(0.0, 0, 0.0)},  # no time at all
        {"boxes": Spent(1e6, 0, 0.0)},  # polygons would have been faster
        {"masks_by_origin": tuple((origin, 10**7) for origin in list(MaskOrigin)[1:])},
    ],
)
def test_nothing_runs_over_the_edge(changes):
    pixels = draw_cost(dataclasses.replace(REPORT, **changes))
    assert not np.array_equal(pixels, draw_cost(REPORT))
    for edge in (pixels[:20], pixels[-20:], pixels[:, :20], pixels[:, -20:]):
        assert (edge == 255).all()
