import re
from functools import partial

import pytest
from hypothesis import given, settings

from mfvis_engine.annotation import Annotations, Keyframe, KeyframeOrigin, Track
from mfvis_engine.formats import FormatError, read_box_csv, write_box_csv
from tests.formats import strategies

imported = partial(Keyframe, origin=KeyframeOrigin.IMPORTED)
HEADER = "track_id,frame,x0,y0,x1,y1,category,occluded,outside\n"


@pytest.fixture
def csv_of(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "boxes.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_known_rows(csv_of):
    path = csv_of(HEADER + "2,5,1,2,3,4,Zelle,0,0\n1,0,0.5,0,9,9,dog,1,0\n2,0,1,2,3,4.25,Zelle,,1\n")
    assert read_box_csv(path) == Annotations(
        (
            Track(1, "dog", (imported(0, (0.5, 0, 9, 9), occluded=True),)),
            Track(2, "Zelle", (imported(0, (1, 2, 3, 4.25), outside=True), imported(5, (1, 2, 3, 4)))),
        )
    )


@pytest.mark.parametrize(
    "text",
    [
        "track_id,frame,x0,y0,x1,y1\n1,3,1,2,3,4\n",  # no optional column
        "1,3,1,2,3,4\n",  # no header
        "1.0,3.0,1,2,3,4\n",  # numbers as a table with gaps writes them
        "\ufefftrack_id,frame,x0,y0,x1,y1\r\n1,3,1,2,3,4\r\n",  # as Excel writes it
        "y1,x1,y0,x0,Frame,TRACK_ID,note\n4,3,2,1,3,1,whatever\n",  # any order, other columns
        "track_id, frame, x0, y0, x1, y1\n\n 1, 3, 1, 2, 3, 4\n",  # spaces and empty lines
    ],
)
def test_spellings_of_the_same_box(csv_of, text):
    assert read_box_csv(csv_of(text)) == Annotations((Track(1, "object", (imported(3, (1, 2, 3, 4)),)),))


def test_a_category_in_one_row_is_the_tracks(csv_of):
    path = csv_of(HEADER + "1,0,0,0,1,1,,0,0\n1,1,0,0,1,1,dog,0,0\n")
    assert read_box_csv(path).track(1).category == "dog"


def test_an_outside_row_may_leave_its_box_empty(csv_of):
    path = csv_of(HEADER + "1,4,,,,,,0,1\n1,0,0,0,1,1,,0,0\n")
    assert read_box_csv(path).track(1).keyframes[1] == imported(4, (0, 0, 1, 1), outside=True)


def test_the_origin_and_attributes_are_what_the_file_says(csv_of):
    header = HEADER.replace("\n", ",origin,attributes,track_attributes\n")
    cells = '1,0,0,0,1,1,,0,0,Drawn,"{""turn"": ""left\\n""}","{""sex"": ""♀""}"\n1,1,0,0,1,1,,0,0,,,\n'
    assert read_box_csv(csv_of(header + cells)).track(1) == Track(
        1,
        "object",
        (Keyframe(0, (0, 0, 1, 1), attributes=(("turn", "left\n"),)), imported(1, (0, 0, 1, 1))),
        (("sex", "♀"),),
    )


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ("guessed,,\n", "line 2: origin 'guessed' is none of drawn, "),
        ("drawn,{,\n", "line 2: attributes line 1"),
        ("drawn,[],\n", "line 2: attributes: the file is []: it must be an object"),
        ('drawn,"{""a"": 1}",\n', "line 2: attributes: a is 1: it must be text"),
        ('drawn,"{"""": ""1""}",\n', "line 2: an attribute of value '1' has no name"),
        ('drawn,"{""a"": ""\\u0000""}",\n', "line 2: attribute 'a': '\\x00' holds a control character"),
        (
            'drawn,,"{""a"": ""1""}"\n1,1,0,0,9,9,,0,0,,,"{""a"": ""2""}"\n',
            "line 3: attributes {'a': '2'}, but track 1",
        ),
    ],
)
def test_wrong_origins_and_attributes_are_named(csv_of, cells, message):
    header = HEADER.replace("\n", ",origin,attributes,track_attributes\n")
    with pytest.raises(FormatError, match=re.escape(message)):
        read_box_csv(csv_of(header + "1,0,0,0,9,9,,0,0," + cells))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1,0,0,0,9,9\n1,1,15.0,0,12.0,9\n", "boxes.csv line 3: x1 12.0 is not right of x0 15.0"),
        ("1,0,0,0,nan,9\n", "line 2: box (0.0, 0.0, nan, 9.0) is not finite"),
        ("1,0,0,zero,9,9\n", "line 2: y0 'zero' is no number"),
        ("1,-1,0,0,9,9\n", "line 2: frame index -1 is negative"),
        ("1,0.5,0,0,9,9\n", "line 2: frame '0.5' is no whole number"),
        ("0,0,0,0,9,9\n", "line 2: track id 0 is outside 1..65535"),
        ("70000,0,0,0,9,9\n", "line 2: track id 70000 is outside 1..65535"),
        (
            "1,0,0,0,9,9\n2,0,0,0,9,9\n1,0,0,0,8,8\n",
            "line 4: track 1 has a box in frame 0 already, in line 2",
        ),
        ("1,0,0,0\n", "line 2: 4 values for the 9 columns"),
        ("1,0,0,0,9,9,dog,0,0,1\n", "line 2: 10 values for the 9 columns"),
        ("1,0,0,0,9,9,dog,maybe\n", "line 2: occluded 'maybe' is neither 0 nor 1"),
        ("1,0,0,0,9,9,dog\n1,1,0,0,9,9,cat\n", "line 3: category 'cat', but track 1 is a 'dog' in line 2"),
        ("1,0,0,0,9,9,a\x07b\n", "line 2: category 'a\\x07b' holds a line break or control character"),
        ("1,0,,,,,,0,1\n", "line 2: outside without a box"),
        ('1,0,0,0,9,9,"dog\n', "line 2: unexpected end of data"),
    ],
)
def test_errors_name_file_line_and_value(csv_of, rows, message):
    with pytest.raises(FormatError, match=re.escape(message)):
        read_box_csv(csv_of(HEADER + rows))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "track_id,frame,x0,y0,w,h\n",
            "boxes.csv line 1: the columns are track_id, frame, x0, y0, w, h; x1, y1 m",
        ),
        ("track_id,frame,x0,y0,x1,y1,x1\n", "boxes.csv line 1: column x1 comes more than once"),
        ("", "boxes.csv is empty"),
    ],
)
def test_a_header_that_does_not_serve_is_named(csv_of, text, message):
    with pytest.raises(FormatError, match=re.escape(message)):
        read_box_csv(csv_of(text))


def test_files_that_cannot_be_read(csv_of, tmp_path):
    with pytest.raises(FormatError, match=r"missing.csv cannot be read \(No such file"):
        read_box_csv(tmp_path / "missing.csv")
    with pytest.raises(FormatError, match=r"is not UTF-8 .*0xdf"):
        read_box_csv(csv_of(HEADER + "1,0,0,0,1,1,groß,0,0", encoding="latin-1"))


def test_a_track_without_boxes_cannot_be_written(tmp_path):
    with pytest.raises(FormatError, match="track 3 has no box"):
        write_box_csv(tmp_path / "boxes.csv", Annotations((Track(3, "dog"),)))
    assert not list(tmp_path.iterdir())


def test_columns_of_attributes_are_written_only_where_there_are_any(tmp_path):
    write_box_csv(tmp_path / "boxes.csv", Annotations((Track(3, "dog", (Keyframe(0, (0, 0, 1, 1)),)),)))
    assert (tmp_path / "boxes.csv").read_text(encoding="utf-8").splitlines() == [
        "track_id,frame,x0,y0,x1,y1,category,occluded,outside,origin",
        "3,0,0.0,0.0,1.0,1.0,dog,0,0,drawn",
    ]


@settings(max_examples=50)
@given(strategies.annotations(10**6))
def test_what_is_written_reads_back_exactly(tmp_path_factory, given_annotations):
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    write_box_csv(path, given_annotations)
    assert read_box_csv(path) == given_annotations
