import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.annotation.palette import track_color
from mfvis_engine.preview import FrameView, choose_columns, draw_contact_sheet, spread_frames
from mfvis_engine.preview.contact_sheet import SHEET_WIDTH


@pytest.mark.parametrize(
    ("length", "count", "expected"),
    [
        (60, 4, (0, 20, 39, 59)),  # first and last are shown
        (3, 12, (0, 1, 2)),  # fewer frames than asked for
        (1, 12, (0,)),
    ],
)
def test_frames_are_spread_over_the_video(length, count, expected):
    assert spread_frames(length, count) == expected


@given(length=st.integers(1, 5000), count=st.integers(1, 100))
def test_spread_frames_are_as_many_as_can_be_and_each_once(length, count):
    frames = spread_frames(length, count)
    assert len(frames) == min(length, count)
    assert list(frames) == sorted(set(frames))
    assert frames[0] == 0
    assert frames[-1] == (length - 1 if count > 1 else 0)


@pytest.mark.parametrize(
    ("tiles", "tile_aspect", "columns"),
    [
        (12, 1.5, 4),
        (12, 16 / 9, 3),
        (12, 9 / 16, 6),  # portrait
        (1, 1.0, 1),
    ],
)
def test_the_sheet_is_about_as_wide_as_a_screen(tiles, tile_aspect, columns):
    assert choose_columns(tiles, tile_aspect=tile_aspect) == columns


def grey_views(count):
    for index in range(count):
        labels = np.zeros((40, 60), np.uint16)
        labels[10:30, 10:50] = index + 1
        yield FrameView(index, np.full((40, 60, 3), 128, np.uint8), labels)


def test_a_sheet_holds_every_frame_and_names_the_tracks():
    plain = draw_contact_sheet(grey_views(5), 5)
    assert SHEET_WIDTH - 20 < plain.shape[1] <= SHEET_WIDTH
    assert all((plain == track_color(index + 1)).all(axis=-1).any() for index in range(5))
    named = draw_contact_sheet(grey_views(5), 5, [(77, "cell")])
    assert named.shape[0] > plain.shape[0]
    assert (named[plain.shape[0] :] == track_color(77)).all(axis=-1).any()


def test_a_legend_that_does_not_fit_is_cut_short():
    legend = [(track_id, "a long category name") for track_id in range(1, 100)]
    sheet = draw_contact_sheet(grey_views(1), 1, legend)
    last_line = sheet[-40:]
    assert (last_line == track_color(1)).all(axis=-1).any()
    assert not (last_line == track_color(99)).all(axis=-1).any()
