import math
import re

import numpy as np
import pytest

from mfvis_engine.annotation import (
    Annotations,
    DuplicateKeyframeError,
    DuplicateTrackError,
    InvalidBoxError,
    InvalidCategoryError,
    InvalidFrameError,
    InvalidTrackIdError,
    Keyframe,
    Track,
    UnknownTrackError,
)

BOX = (1.0, 2.0, 3.0, 4.0)


def test_a_keyframe_holds_plain_numbers():
    keyframe = Keyframe(np.int32(4), np.array([1, 2, 3, 4], dtype=np.float32), outside=np.bool_(True))
    assert keyframe == Keyframe(4, BOX, outside=True)
    assert type(keyframe.frame_index) is int
    assert {type(value) for value in keyframe.box_xyxy} == {float}
    assert keyframe.outside is True


@pytest.mark.parametrize(
    ("box_xyxy", "message"),
    [
        ((math.nan, 0, 1, 1), "is not finite"),
        ((0, 0, math.inf, 1), "is not finite"),
        ((15.0, 0, 12.0, 1), "x1 12.0 is not right of x0 15.0"),
        ((5, 0, 5, 1), "x1 5.0 is not right of x0 5.0"),  # no width
        ((0, 9, 1, 8), "y1 8.0 is not below y0 9.0"),
        ((0, 0, 1e9, 1), "reaches beyond 1000000 pixels"),
        ((0, 0, 1), "has 3 numbers"),
    ],
)
def test_a_box_that_covers_nothing_is_refused(box_xyxy, message):
    with pytest.raises(InvalidBoxError, match=re.escape(message)):
        Keyframe(0, box_xyxy)


def test_a_box_may_reach_over_the_border():
    assert Keyframe(0, (-5.5, -1, 2, 3)).box_xyxy == (-5.5, -1.0, 2.0, 3.0)


@pytest.mark.parametrize(("frame", "message"), [(-1, "-1 is negative"), (1.5, "1.5 is no whole number")])
def test_a_frame_index_counts_from_zero(frame, message):
    with pytest.raises(InvalidFrameError, match=message):
        Keyframe(frame, BOX)


@pytest.mark.parametrize("track_id", [0, -3, 65_536, 1.0])
def test_a_track_id_is_a_label_of_uint16(track_id):
    with pytest.raises(InvalidTrackIdError, match=str(track_id)):
        Track(track_id, "cell")


@pytest.mark.parametrize(
    ("category", "message"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        (" cat", "begins or ends with a space"),
        ("a\nb", "line break or control character"),
        ("a\0b", "line break or control character"),
        ("a\u2028b", "line break or control character"),
        ("\ud800", "line break or control character"),  # half a surrogate pair: no UTF-8 can hold it
    ],
)
def test_a_category_is_one_line_of_text(category, message):
    with pytest.raises(InvalidCategoryError, match=message):
        Track(1, category)


@pytest.mark.parametrize("category", ["cell", "Zelle, groß", "細胞", "\u0645\u06cc\u200c\u062e", "👩‍🔬"])
def test_a_category_may_be_of_any_script(category):
    assert Track(1, category).category == category


def test_a_track_sorts_its_keyframes():
    late, early = Keyframe(9, BOX), Keyframe(2, BOX)
    assert Track(1, "cell", (late, early)).keyframes == (early, late)


def test_two_keyframes_in_one_frame_are_refused():
    with pytest.raises(DuplicateKeyframeError, match="track 7 has two keyframes in frame 3"):
        Track(7, "cell", (Keyframe(3, BOX), Keyframe(3, (0, 0, 1, 1))))


def test_annotations_sort_their_tracks_and_name_categories_once():
    annotations = Annotations((Track(5, "dog"), Track(2, "cat"), Track(3, "dog")))
    assert annotations.track_ids == (2, 3, 5)
    assert annotations.categories == ("cat", "dog")


def test_two_tracks_with_one_id_are_refused():
    with pytest.raises(DuplicateTrackError, match="two tracks have the id 2"):
        Annotations((Track(2, "cat"), Track(2, "dog")))


def test_with_track_adds_or_replaces():
    annotations = Annotations((Track(2, "cat"),))
    assert annotations.with_track(Track(1, "dog")).track_ids == (1, 2)
    assert annotations.with_track(Track(2, "dog")).tracks == (Track(2, "dog"),)
    assert annotations.tracks == (Track(2, "cat"),)  # the value itself does not change


def test_without_track_removes():
    annotations = Annotations((Track(2, "cat"), Track(3, "dog")))
    assert annotations.without_track(2).tracks == (Track(3, "dog"),)


def test_an_unknown_track_is_named_with_those_there_are():
    with pytest.raises(UnknownTrackError, match="no track has the id 4: the ids are 2, 3"):
        Annotations((Track(2, "cat"), Track(3, "dog"))).track(4)
    with pytest.raises(LookupError, match="none yet"):
        Annotations().without_track(1)
