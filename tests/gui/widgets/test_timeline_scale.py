"""Which frame of a timeline lies where, without a window."""

import numpy as np
import pytest

from mfvis_napari.widgets.timeline.ruler import ruler_ticks, time_text
from mfvis_napari.widgets.timeline.scale import MOST_PX_PER_FRAME, Scale


def test_a_fitted_scale_shows_every_frame():
    scale = Scale.fitted(10_000, 1000)

    assert (scale.frame_at(0), scale.frame_at(999.99), scale.frame_at(-50), scale.frame_at(5000)) == (0, 9999, 0, 9999)
    assert scale.is_fitted
    assert scale.hidden_px == 0


@pytest.mark.parametrize("about_x_px", [0, 333, 1000])
def test_what_is_under_the_mouse_stays_there_when_zooming(about_x_px):
    scale = Scale.fitted(10_000, 1000).zoomed(8, 500)
    zoomed = scale.zoomed(1.3, about_x_px)

    assert zoomed.time_at(about_x_px) == pytest.approx(scale.time_at(about_x_px))
    assert zoomed.px_per_frame == pytest.approx(1.3 * scale.px_per_frame)


def test_zooming_ends_at_the_whole_video_and_at_wide_cells():
    scale = Scale.fitted(10_000, 1000)

    assert scale.zoomed(4, 900).zoomed(0.01, 100) == scale
    assert scale.zoomed(1e9, 0).px_per_frame == MOST_PX_PER_FRAME
    assert Scale.fitted(5, 1000).zoomed(2, 0) == Scale.fitted(5, 1000)


def test_a_frame_that_runs_out_of_sight_turns_the_page():
    scale = Scale.fitted(10_000, 1000).zoomed(10, 0)  # frames 0 to 999
    assert scale.showing(999) is scale

    onward = scale.showing(1000)
    assert onward.first_frame == pytest.approx(900)
    assert onward.showing(1500) is onward
    assert onward.showing(899).x_px(899) == pytest.approx(899)
    assert scale.showing(7000).x_px(7000.5) == pytest.approx(500)
    assert scale.showing(9999).x_px(10_000) == pytest.approx(1000)


@pytest.mark.parametrize("length", [1, 7, 640, 10_000])
@pytest.mark.parametrize("zoom", [1, 3.3, 100])
def test_every_frame_in_sight_has_a_column(length, zoom):
    scale = Scale.fitted(length, 640).zoomed(zoom, 200)

    starts = scale.column_starts(640)

    assert starts.size == 641
    assert (np.diff(starts) >= 0).all()
    assert starts[-2] < starts[-1] <= length
    assert starts[0] == scale.frame_at(0)
    assert starts[-1] >= int(scale.first_frame + scale.frames_in_sight + 1e-6)


def test_a_wider_window_keeps_the_whole_video_or_the_left_edge():
    assert Scale.fitted(100, 400).resized(800) == Scale.fitted(100, 800)
    zoomed = Scale.fitted(10_000, 400).zoomed(20, 100)
    assert (zoomed.resized(800).first_frame, zoomed.resized(800).px_per_frame) == (
        zoomed.first_frame,
        zoomed.px_per_frame,
    )
    assert zoomed.resized(100_000) == Scale.fitted(10_000, 100_000)


@pytest.mark.parametrize("zoom", [1, 4, 30, 480])
def test_labels_are_round_numbers_with_room(zoom):
    scale = Scale.fitted(10_000, 1000).zoomed(zoom, 777)

    ticks = ruler_ticks(scale, 80)

    labels = [tick.frame_index for tick in ticks if tick.is_labelled]
    step = labels[1] - labels[0]
    assert str(step).strip("0") in {"1", "2", "5"}
    assert set(np.diff(labels)) == {step}
    assert step * scale.px_per_frame >= 80
    assert len(ticks) <= 1000 / 5 + 10


@pytest.mark.parametrize(
    ("frame_index", "digits", "text"),
    [(0, 0, "0:00"), (119, 0, "0:04"), (1500, 0, "1:00"), (120, 2, "0:04.80"), (93_625, 0, "1:02:25")],
)
def test_times_read_like_a_player(frame_index, digits, text):
    assert time_text(frame_index, 25, digits) == text
