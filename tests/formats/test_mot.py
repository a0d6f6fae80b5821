import re

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.formats import FormatError, MotOptions, read_mot

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
            Track(2, "object", (Keyframe(2, (0.5, 1.5, 2.5, 4.5)),)),
            Track(
                4,
                "object",
                (
                    Keyframe(0, (10, 20, 40, 60)),
                    Keyframe(1, (12, 20, 42, 60)),
                    Keyframe(2, (12, 20, 42, 60), outside=True),
                    Keyframe(4, (18, 20, 48, 60)),
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
    assert read_mot(mot_of("1.00 3.00 0 0 5 5\n\n")).track(3).keyframes == (Keyframe(0, (0, 0, 5, 5)),)


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
        ("1,1,a,0,5,5", MotOptions(), "line 1: left 'a' is no number"),
        ("1,1,0,0,5", MotOptions(), "line 1: 5 values, but column 6 is needed"),
        ("1,1,0,0,5,5", MotOptions(min_confidence=0.5), "line 1: 6 values, but column 7 is needed"),
        ("1,1,0,0,5,5,1,3,1", MotOptions(class_names=("car",)), "line 1: class 3, but 1 class names"),
    ],
)
def test_errors_name_file_line_and_value(mot_of, rows, options, message):
    with pytest.raises(FormatError, match=re.escape(message)):
        read_mot(mot_of(rows), options)
