import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.annotation import Annotations, InvalidFrameError, Keyframe, KeyframeOrigin, Track, interpolate
from mfvis_engine.formats import FormatError, MotOptions, VerificationError, mot, read_mot
from mfvis_engine.formats.mot import read_mot_labels, write_mot, write_mot_labels
from tests.formats import strategies

imported = partial(Keyframe, origin=KeyframeOrigin.IMPORTED)

ROWS = """\
1,4,10,20,30,40,1,-1,-1,-1
2,4,12,20,30,40,0.4,-1,-1,-1
5,4,18,20,30,40,0.9,-1,-1,-1
3,2,0.5,1.5,2,3,1,-1,-1,-1
"""


@pytest.fixture
def mot_of(tmp_path):
    def write(text):
        path = tmp_path / "gt.txt"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_frames_count_from_one_and_boxes_become_edges(mot_of):
    assert read_mot(mot_of(ROWS)) == Annotations(
        (
            Track(2, "object", (imported(2, (0.5, 1.5, 2.5, 4.5)),)),
            Track(
                4,
                "object",
                (
                    imported(0, (10, 20, 40, 60)),
                    imported(1, (12, 20, 42, 60)),
                    imported(2, (12, 20, 42, 60), outside=True),
                    imported(4, (18, 20, 48, 60)),
                ),
            ),
        )
    )


def test_there_is_a_box_in_the_rows_frames_alone(mot_of):
    dense = interpolate(read_mot(mot_of(ROWS)), 6)
    np.testing.assert_array_equal(dense.present, [[0, 0, 1, 0, 0, 0], [1, 1, 0, 0, 1, 0]])


def test_gaps_can_be_bridged(mot_of):
    track = read_mot(mot_of(ROWS), MotOptions(bridge_gaps=True)).track(4)
    dense = interpolate(Annotations((track,)), 5)
    np.testing.assert_array_equal(dense.boxes_xyxy[0, :, 0], [10, 12, 14, 16, 18])


def test_rows_of_low_confidence_can_be_left_out(mot_of):
    track = read_mot(mot_of(ROWS), MotOptions(min_confidence=0.5, bridge_gaps=True)).track(4)
    assert [keyframe.frame_index for keyframe in track.keyframes] == [0, 4]


def test_pixels_may_count_from_one(mot_of):
    track = read_mot(mot_of("1,1,1,1,10,5,1,1,1"), MotOptions(first_pixel=1)).track(1)
    assert track.keyframes[0].box_xyxy == (0, 0, 10, 5)


def test_classes_become_categories(mot_of):
    path = mot_of("1,1,1,1,10,5,1,2,0.5\n1,2,1,1,10,5,1,1,1\n")
    named = read_mot(path, MotOptions(class_names=("pedestrian", "car")))
    assert [track.category for track in named.tracks] == ["car", "pedestrian"]
    assert read_mot(path, MotOptions(category="person")).categories == ("person",)


def test_values_may_be_parted_by_spaces_and_written_as_floats(mot_of):
    assert read_mot(mot_of("1.00 3.00 0 0 5 5\n\n")).track(3).keyframes == (imported(0, (0, 0, 5, 5)),)


def test_an_empty_file_has_no_tracks(mot_of):
    assert read_mot(mot_of("")) == Annotations()


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("0,1,0,0,5,5", MotOptions(), "gt.txt line 1: frame 0: frames count from 1"),
        ("1,1,0,0,5,5\n1,1,0,0,6,6", MotOptions(), "line 2: track 1 has a box in frame 0 already, in line 1"),
        ("1,-1,0,0,5,5", MotOptions(), "line 1: id -1 marks a detection that belongs to no track"),
        ("1,0,0,0,5,5", MotOptions(), "line 1: track id 0 is outside 1..65535"),
        ("1,1,0,0,0,5", MotOptions(), "line 1: width 0.0 and height 5.0 must both be above 0"),
        ("1,1,0,0,nan,5", MotOptions(), "line 1: width nan"),
        ("1,1,inf,0,5,5", MotOptions(), "line 1: box (inf, 0.0, inf, 5.0) is not finite"),
        ("1,1_0,0,0,5,5", MotOptions(), "line 1: id '1_0' is no number"),
        ("1,1,a,0,5,5", MotOptions(), "line 1: left 'a' is no number"),
        ("1,1,0,0,5", MotOptions(), "line 1: 5 values, but column 6 is needed"),
        ("1,1,0,0,5,5", MotOptions(min_confidence=0.5), "line 1: 6 values, but column 7 is needed"),
        ("1,1,0,0,5,5,1,3,1", MotOptions(class_names=("car",)), "line 1: class 3, but 1 class names"),
    ],
)
def test_errors_name_file_line_and_value(mot_of, rows, options, message):
    with pytest.raises(FormatError, match=re.escape(message)):
        read_mot(mot_of(rows), options)


def test_what_cannot_be_seen_is_occluded(mot_of):
    track = read_mot(mot_of("1,1,0,0,5,5,1,1,0\n2,1,0,0,5,5,1,1,0.25\n3,1,0,0,5,5,1,0,0,0\n")).track(1)
    assert [keyframe.occluded for keyframe in track.keyframes] == [True, False, False]


def test_known_rows_are_written(tmp_path, annotations):
    assert write_mot(tmp_path / "gt.txt", annotations, length=6, first_pixel=1) == ("Zelle", "犬")
    assert (tmp_path / "gt.txt").read_text(encoding="utf-8").splitlines()[:6] == [
        "1,2,1,1,5,5,1,1,1",
        "1,7,9,7,4,4,1,1,1",
        "2,2,2.025,1,5.05,5.175,1,1,1",
        "2,7,9.5,7,4,4,1,1,1",
        "3,2,3.05,1,5.1,5.35,1,1,1",
        "4,2,4.075,1,5.15,5.525,1,1,1",
    ]
    assert "5,2,5.1,1,5.2,5.7,1,1,0\n" in (tmp_path / "gt.txt").read_text(encoding="utf-8")


def test_names_of_classes_are_kept_in_a_file_of_their_own(tmp_path):
    write_mot_labels(tmp_path / "labels.txt", ("Zelle", "犬"))
    assert (tmp_path / "labels.txt").read_bytes() == "Zelle\n犬\n".encode()
    assert read_mot_labels(tmp_path / "labels.txt") == ("Zelle", "犬")
    with pytest.raises(VerificationError, match="one line of text"):
        write_mot_labels(tmp_path / "labels.txt", ("two\nlines",))
    assert read_mot_labels(tmp_path / "labels.txt") == ("Zelle", "犬")


def test_a_keyframe_past_the_end_is_refused_and_nothing_is_left(tmp_path, annotations):
    with pytest.raises(InvalidFrameError, match="but the video has 5 frames"):
        write_mot(tmp_path / "gt.txt", annotations, length=5)
    assert not list(tmp_path.iterdir())


def test_a_file_that_does_not_read_back_is_not_kept(tmp_path, annotations, monkeypatch):
    monkeypatch.setattr(mot, "_is_hidden", lambda cells: False)
    with pytest.raises(VerificationError, match="did not read back"):
        write_mot(tmp_path / "gt.txt", annotations, length=6)
    assert not list(tmp_path.iterdir())


@settings(max_examples=40)
@given(st.data(), st.integers(0, 12), st.integers(0, 1))
def test_what_is_written_reads_back_to_a_thousandth_of_a_pixel(tmp_path_factory, data, length, first_pixel):
    given_annotations = data.draw(strategies.annotations(length))
    path = tmp_path_factory.getbasetemp() / "round_trip.txt"
    classes = write_mot(path, given_annotations, length=length, first_pixel=first_pixel)
    read = interpolate(read_mot(path, MotOptions(class_names=classes, first_pixel=first_pixel)), length)
    expected = interpolate(given_annotations, length)
    rows = expected.present.any(axis=1)
    np.testing.assert_array_equal(read.track_ids, expected.track_ids[rows])
    np.testing.assert_array_equal(read.occluded, expected.occluded[rows])
    np.testing.assert_allclose(read.boxes_xyxy, expected.boxes_xyxy[rows], atol=0.003)
    assert read.categories == tuple(np.array(expected.categories, dtype=object)[rows])
