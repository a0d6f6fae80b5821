import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.review import Survey, next_box
from tests.review.masks import BOXES, HEIGHT, LENGTH, WIDTH, good_frames
from tests.review.test_queue import survey_of


def test_where_nothing_looks_wrong_the_middle_of_the_longest_gap():
    box = (0, 0, 20, 20)
    track = Track(1, "cell", (Keyframe(0, box), Keyframe(10, box), Keyframe(40, box), Keyframe(45, box)))
    hint = next_box(Survey(50, HEIGHT, WIDTH), Annotations((track,)))
    assert (hint.track_id, hint.frame_index) == (1, 25)
    assert hint.value == pytest.approx(0.05 * 15 / 23)
    assert hint.reason == "15 frames from the nearest keyframe"


def test_where_a_mask_looks_wrong_far_from_a_keyframe():
    frames = good_frames()
    frames[3, 0:20, 8:20] = 0
    hint = next_box(survey_of(frames), BOXES)
    assert (hint.track_id, hint.frame_index) == (1, 3)
    assert hint.reason == "mask covers 40 % of the box, 3 frames from the nearest keyframe"
    assert next_box(survey_of(frames), BOXES, {4}).track_id == 4


def test_no_box_is_asked_for_where_one_is_given_or_the_mask_is_settled():
    every = Track(1, "cell", tuple(Keyframe(frame_index, (0, 0, 20, 20)) for frame_index in range(LENGTH)))
    assert next_box(survey_of(good_frames()), Annotations((every,))) is None
    assert next_box(survey_of(good_frames(), code=1 + 128), BOXES) is None
    assert next_box(survey_of(good_frames(), code=2), BOXES) is None
    assert next_box(Survey(LENGTH, HEIGHT, WIDTH), Annotations()) is None
    assert next_box(Survey(LENGTH, HEIGHT, WIDTH), Annotations((Track(1, "cell"),))) is None


def test_a_verified_stretch_leaves_the_rest():
    survey = survey_of(good_frames())
    survey.facts["code"][:, 2:] += np.uint8(128)
    assert next_box(survey, BOXES).frame_index == 1
