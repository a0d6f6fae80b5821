from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.annotation import KeyframeOrigin, interpolate
from mfvis_engine.formats import FormatError
from mfvis_engine.formats.mask_survey import fitting, keyframe_places, survey_masks

FILE = Path("folder/a.json")


def frame(*rectangles, height=20, width=30):
    """(height, width) labels; a rectangle is (track_id, x0, y0, x1, y1)."""
    labels = np.zeros((height, width), np.uint16)
    for track_id, x0, y0, x1, y1 in rectangles:
        labels[y0:y1, x0:x1] = track_id
    return labels


def test_a_survey_has_the_tight_box_of_every_mask():
    survey = survey_masks([frame((7, 2, 3, 5, 9), (65_535, 29, 19, 30, 20)), frame(), frame((7, 0, 0, 30, 20))])
    assert survey.frame_count == 3
    assert survey.track_ids.tolist() == [7, 65_535, 7]
    assert survey.frames.tolist() == [0, 0, 2]
    assert survey.boxes_xyxy.tolist() == [[2, 3, 5, 9], [29, 19, 30, 20], [0, 0, 30, 20]]


def test_what_moves_on_a_line_needs_two_keyframes():
    survey = survey_masks(frame((1, 2 * index, 3, 2 * index + 5, 9)) for index in range(6))
    track = survey.tracks(lambda _: "cell").track(1)
    assert [(key.frame_index, key.box_xyxy) for key in track.keyframes] == [(0, (0, 3, 5, 9)), (5, (10, 3, 15, 9))]
    assert track.category == "cell"
    assert all(key.origin is KeyframeOrigin.IMPORTED for key in track.keyframes)


def test_a_step_needs_keyframes_on_both_sides():
    survey = survey_masks(frame((1, 4 if index < 3 else 9, 3, 12, 9)) for index in range(6))
    assert [key.frame_index for key in survey.tracks(str).track(1).keyframes] == [0, 2, 3, 5]


def test_a_gap_is_outside_or_bridged():
    here = frame((1, 4, 3, 12, 9))
    survey = survey_masks([here, here, frame(), frame(), here])
    keyframes = survey.tracks(str).track(1).keyframes
    assert [(key.frame_index, key.outside) for key in keyframes] == [(0, False), (1, False), (2, True), (4, False)]
    assert interpolate(survey.tracks(str), 5).present.tolist() == [[True, True, False, False, True]]
    assert interpolate(survey.tracks(str, bridge_gaps=True), 5).present.all()


def test_without_masks_there_are_no_tracks():
    survey = survey_masks([frame(), frame()])
    assert survey.frame_count == 2
    assert survey.tracks(str).tracks == ()


walks = st.lists(st.tuples(*[st.integers(-3, 3)] * 4), min_size=1, max_size=60)


@given(walks, st.data())
def test_lines_between_keyframes_stand_for_all_boxes(steps, data):
    gaps = data.draw(st.lists(st.integers(1, 4), min_size=len(steps), max_size=len(steps)))
    frames, boxes = np.cumsum(gaps), np.cumsum(steps, axis=0)
    places = keyframe_places(frames, boxes)
    assert places[0] == 0
    assert places[-1] == len(frames) - 1
    line = np.stack([np.interp(frames, frames[places], edge[places]) for edge in boxes.T], axis=1)
    assert np.abs(line - boxes).max() <= 0.5 + 1e-9


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=12), st.randoms())
def test_tracks_are_there_where_their_masks_are_to_half_a_pixel(presence, random):
    frames = []
    for present in presence:
        corners = [(random.randint(0, 5), random.randint(0, 10)) for _ in present]
        frames.append(
            frame(*((i + 1, 10 * i + x, y, 10 * i + x + 4, y + 6) for i, (x, y) in enumerate(corners) if present[i]))
        )
    survey = survey_masks(frames)
    dense = interpolate(survey.tracks(str), len(frames))
    row = {track_id: index for index, track_id in enumerate(dense.track_ids.tolist())}
    assert dense.present.sum() == len(survey.track_ids)
    for track_id, frame_index, box_xyxy in zip(
        survey.track_ids.tolist(), survey.frames.tolist(), survey.boxes_xyxy, strict=True
    ):
        assert np.abs(dense.boxes_xyxy[row[track_id], frame_index] - box_xyxy).max() <= 0.5 + 1e-4


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ([frame(), frame(height=10)], r"a\.json has masks of 10 x 30 .* but the video is 20 x 30"),
        ([frame()] * 4, r"a\.json has masks for more frames than the video's 3"),
    ],
)
def test_masks_of_another_video_are_refused(frames, message):
    with pytest.raises(FormatError, match=message):
        [*fitting(FILE, frames, (3, 20, 30))]


def test_masks_that_fit_pass():
    assert len([*fitting(FILE, [frame()] * 2, (3, 20, 30))]) == 2
