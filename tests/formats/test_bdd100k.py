import json
import re
from functools import partial

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, KeyframeOrigin, Track
from mfvis_engine.formats import FormatError, Rle, VerificationError, bdd100k
from mfvis_engine.formats.bdd100k import read_bdd100k_boxes, read_bdd100k_masks, write_bdd100k
from mfvis_engine.formats.coco_vis import CocoVisVideo
from tests.formats.conftest import HEIGHT, LENGTH, WIDTH

imported = partial(Keyframe, origin=KeyframeOrigin.IMPORTED)
VIDEO = CocoVisVideo.of_size(1, "clip 川", width=WIDTH, height=HEIGHT, length=LENGTH)


def label(number, **more):
    box2d = {"x1": 0, "y1": 1, "x2": 4, "y2": 3}
    attributes = {"occluded": False, "truncated": False, "crowd": False}
    return {"id": number, "category": "car", "attributes": attributes, "box2d": box2d, **more}


def frame(index, *labels, video="a", **more):
    return {"name": f"{video}-{index}.jpg", "videoName": video, "frameIndex": index, "labels": list(labels), **more}


def rle(mask):
    code = Rle.encode(np.array(mask))
    return {"counts": code.compressed_counts(), "size": [code.height, code.width]}


@pytest.fixture
def bdd_of(tmp_path):
    def write(content):
        path = tmp_path / "a.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    return write


def test_known_labels(bdd_of):
    said = {
        "occluded": True,
        "truncated": True,
        "crowd": False,
        "colour": "red",
        "speed": 3.5,
        "lanes": [1],
        "no": None,
    }
    path = bdd_of([frame(0, label("00091078")), frame(1, label("x"), label("00091078", attributes=said)), frame(2)])
    box = (0, 1, 5, 4)  # the last pixels are 4 and 3
    words = (("colour", "red"), ("lanes", "[1]"), ("speed", "3.5"), ("truncated", "true"))
    assert read_bdd100k_boxes(path) == Annotations(
        (
            Track(1, "car", (imported(0, box), imported(1, box, occluded=True, attributes=words))),
            Track(2, "car", (imported(1, box),)),
        )
    )


def test_frames_may_lie_under_a_name_and_lack_labels(bdd_of):
    bare = {"name": "a.jpg", "videoName": "a", "frameIndex": 3}
    path = bdd_of(
        {"config": {"x": [1]}, "frames": [bare, {**bare, "frameIndex": 4, "labels": None}, frame(5, label(7))]}
    )
    assert read_bdd100k_boxes(path) == Annotations((Track(7, "car", (imported(5, (0, 1, 5, 4)),)),))


def test_gaps_are_outside_or_bridged(bdd_of):
    path = bdd_of([frame(0, label(1)), frame(1), frame(3, label(1))])
    assert [key.outside for key in read_bdd100k_boxes(path).track(1).keyframes] == [False, True, False]
    assert len(read_bdd100k_boxes(path, bridge_gaps=True).track(1).keyframes) == 2


def test_one_of_several_videos_must_be_named(bdd_of):
    path = bdd_of([frame(0, label(1)), frame(0, label(9), video="b"), frame(1, label(1))])
    with pytest.raises(FormatError, match=r"a.json: no video was named: choose one of a, b, by videoName"):
        read_bdd100k_boxes(path)
    with pytest.raises(FormatError, match=r"there is no video 'c': choose one of a, b"):
        read_bdd100k_boxes(path, "c")
    assert read_bdd100k_boxes(path, "b").track_ids == (9,)


def test_masks_without_boxes_give_boxes_and_frames_left_out_are_empty(bdd_of):
    first = {"id": 5, "category": "car", "rle": rle([[0, 1, 1], [0, 1, 0]])}
    second = {"id": 6, "category": "car", "rle": rle([[0, 0, 1], [0, 0, 1]])}
    path = bdd_of([frame(1, first, second), frame(3, label(5))])
    assert read_bdd100k_boxes(path).track(5).keyframes[0] == imported(1, (1, 0, 3, 2))
    masks = [*read_bdd100k_masks(path)]
    np.testing.assert_array_equal(masks, [np.zeros((2, 3)), [[0, 5, 6], [0, 5, 6]], np.zeros((2, 3)), np.zeros((2, 3))])
    assert masks[0].dtype == np.uint16


def test_an_empty_list_has_no_tracks_and_no_frames(bdd_of):
    path = bdd_of([])
    assert read_bdd100k_boxes(path) == Annotations()
    assert [*read_bdd100k_masks(path)] == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([{"videoName": "a"}], "a.json: [0] has no 'frameIndex'"),
        ([frame(-1)], "a.json: [0].frameIndex is -1: frames are counted from 0"),
        ([frame(10**12)], "a.json: [0].frameIndex is 1000000000000: frames are counted from 0"),
        ([frame(1), frame(1)], "a.json: [1].frameIndex is 1 after 1: sort the frames"),
        (
            [frame(0, label(1), label(1))],
            "a.json [0].labels[1]: track 1 has a box in frame 0 already, in [0].labels[0]",
        ),
        ([frame(0, {"category": "car"})], "a.json: [0].labels[0] has no 'id'"),
        ([frame(0, {"id": 1, "category": "car"})], "a.json: [0].labels[0] has neither box2d nor a mask"),
        ([frame(0, label(1, category=None))], "[0].labels[0].category is null: it must be text"),
        ([frame(0, label(1, category="a\nb"))], "a.json [0].labels[0]: category 'a\\nb' holds a line break"),
        ([frame(0, label(1, attributes={"occluded": 2}))], "attributes.occluded is 2: it must be 0, 1"),
        ([frame(0, label(1, attributes=[1]))], "attributes is [1]: it must be an object"),
        ([frame(0, label(1, attributes={"a": "\x00"}))], "[0].labels[0]: attribute 'a': '\\x00' holds a control"),
        ([frame(0, label(1, box2d={"x1": 3, "y1": 1, "x2": 1, "y2": 3}))], 'box2d is {"x1": 3'),
        ([frame(0, label(1, box2d={"x1": float("nan"), "y1": 1, "x2": 1, "y2": 3}))], "x1 is nan: it must be finite"),
        ([frame(0, label(1, box2d={"x1": 1e7, "y1": 1, "x2": 2e7, "y2": 3}))], "reaches beyond 1000000 pixels"),
        ([frame(0, label(1, rle={"counts": "04", "size": [2]}))], "rle.size is [2]: it must be [height, width]"),
        ([frame(0, label(1, rle={"counts": "04", "size": [10**6, 10**6]}))], "are 1000000 x 1000000 (height x width)"),
        ([frame(0, label(1, rle={"counts": "04", "size": [2, 3]}))], "rle is no mask: the runs add up to 4 pixels"),
        (
            [frame(0, label(1, rle=rle([[1]])), size={"width": 2, "height": 2})],
            "has the size (1, 1) (height, width), but",
        ),
        ([frame(0, size={"width": 10**6, "height": 10**6})], "height and width are 1000000 x 1000000 (height x width)"),
        ([3], "a.json: [0] is 3: it must be an object"),
        ([frame(0, video="../b")], '[0].videoName is "../b": it must lie below'),
        ([{**frame(0), "name": "C:\\b.jpg"}], "[0].name is "),
    ],
)
def test_errors_name_file_place_and_value(bdd_of, content, message):
    path = bdd_of(content)
    with pytest.raises(FormatError, match=re.escape(message)):
        read_bdd100k_boxes(path)


def test_masks_need_a_size(bdd_of):
    with pytest.raises(FormatError, match=r"\[0\] has no size and no video's label an rle"):
        [*read_bdd100k_masks(bdd_of([frame(0, label(1))]))]


def test_too_many_ids_are_refused(bdd_of):
    path = bdd_of([frame(0, *({"id": f"n{number}"} for number in range(65_536)))])
    with pytest.raises(FormatError, match="holds 65536 tracks"):
        read_bdd100k_boxes(path)


def test_what_is_written_is_what_others_read(tmp_path, annotations, label_masks):
    write_bdd100k(tmp_path / "a.json", annotations, VIDEO, label_masks)
    frames = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert [(f["name"], f["frameIndex"]) for f in frames][::5] == [
        ("clip 川-0000001.jpg", 0),
        ("clip 川-0000006.jpg", 5),
    ]
    assert {f["videoName"] for f in frames} == {"clip 川"}
    assert frames[0]["size"] == {"width": WIDTH, "height": HEIGHT}
    assert frames[4]["labels"][0] == {
        "id": "2",
        "category": "Zelle",
        "attributes": {"occluded": True, "truncated": False, "crowd": False},
        "box2d": {"x1": 5.0, "y1": 1.0, "x2": 7.0, "y2": 3.0},
        "rle": rle(label_masks[4] == 2),
    }
    assert "rle" not in frames[4]["labels"][1]
    np.testing.assert_array_equal([*read_bdd100k_masks(tmp_path / "a.json")], label_masks)


def test_flags_and_words_of_attributes_come_back(tmp_path):
    words = (("colour", "red"), ("crowd", "true"), ("parked", "false"))
    annotations = Annotations((Track(3, "car", (imported(0, (0, 0, 2, 2), occluded=True, attributes=words),)),))
    write_bdd100k(tmp_path / "a.json", annotations, VIDEO)
    assert read_bdd100k_boxes(tmp_path / "a.json") == annotations


def test_masks_that_do_not_fit_leave_nothing(tmp_path, annotations, label_masks):
    with pytest.raises(FormatError, match="there are masks for 5 frames"):
        write_bdd100k(tmp_path / "a.json", annotations, VIDEO, iter(label_masks[:5]))
    assert not list(tmp_path.iterdir())


def test_a_file_that_does_not_read_back_is_not_kept(tmp_path, annotations, monkeypatch):
    write_label = bdd100k._label_json
    monkeypatch.setattr(bdd100k, "_label_json", lambda item: {**write_label(item), "category": "other"})
    with pytest.raises(VerificationError, match="did not read back"):
        write_bdd100k(tmp_path / "a.json", annotations, VIDEO)
    assert not list(tmp_path.iterdir())
