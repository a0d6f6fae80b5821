import json
import re
from functools import partial

import numpy as np
import pytest
from pycocotools.coco import COCO

from mfvis_engine.annotation import Annotations, Keyframe, KeyframeOrigin, Track
from mfvis_engine.formats import FormatError, Rle, VerificationError
from mfvis_engine.formats.coco_vid import read_coco_vid_boxes, read_coco_vid_masks, segmentation, write, write_coco_vid
from mfvis_engine.formats.coco_vis import CocoVisVideo
from tests.formats.conftest import HEIGHT, LENGTH, WIDTH

imported = partial(Keyframe, origin=KeyframeOrigin.IMPORTED)
VIDEO = CocoVisVideo.of_size(3, "clip 川", width=WIDTH, height=HEIGHT, length=LENGTH)


def image(number, frame, video=1):
    return {"id": number, "video_id": video, "frame_id": frame, "file_name": "x.jpg", "width": 6, "height": 4}


def box(number, image_id, instance=5, **more):
    place = {"id": number, "image_id": image_id, "instance_id": instance, "category_id": 2}
    return {**place, "bbox": [1, 0, 3, 2.5], **more}


def content(*annotations, frames=(0, 1, 2)):
    return {
        "videos": [{"id": 1, "name": "a"}],
        "categories": [{"id": 2, "name": "Käfer "}],
        "images": [image(number, frame) for number, frame in enumerate(frames, start=10)],
        "annotations": list(annotations),
    }


@pytest.fixture
def vid_of(tmp_path):
    def write_json(value):
        path = tmp_path / "a.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        return path

    return write_json


def test_known_annotations(vid_of):
    said = {"occluded": True, "colour": "red"}
    path = vid_of(content(box(1, 10), box(2, 12, attributes=said, iscrowd=1), box(3, 11, instance=0)))
    assert read_coco_vid_boxes(path) == Annotations(
        (
            Track(1, "Käfer", (imported(1, (1, 0, 4, 2.5)),)),  # instances count from 0, so all move up
            Track(
                6,
                "Käfer",
                (
                    imported(0, (1, 0, 4, 2.5)),
                    imported(1, (1, 0, 4, 2.5), outside=True),
                    imported(2, (1, 0, 4, 2.5), occluded=True, attributes=(("colour", "red"), ("crowd", "true"))),
                ),
            ),
        )
    )
    assert len(read_coco_vid_boxes(path, bridge_gaps=True).track(6).keyframes) == 2


def test_masks_of_all_spellings(vid_of):
    mask = np.zeros((4, 6), bool)
    mask[1:3, 2:5] = True
    code = Rle.encode(mask)
    polygons = [[2, 1, 5, 1, 5, 3, 2, 3]]
    spellings = (
        {"size": [4, 6], "counts": code.compressed_counts()},
        {"size": [4, 6], "counts": code.uncompressed_counts()},
        polygons,
    )
    path = vid_of(content(*(box(n, 10 + n, segmentation=given, bbox=None) for n, given in enumerate(spellings))))
    assert read_coco_vid_boxes(path).track(5).keyframes[0] == imported(0, (2, 1, 5, 3))
    for labels in read_coco_vid_masks(path):
        np.testing.assert_array_equal(labels, mask * 5)


def test_polygons_are_one_object(vid_of):
    path = vid_of(content(box(1, 10, segmentation=[[0, 0, 1, 0, 1, 1, 0, 1], [3, 2, 6, 2, 6, 4, 3, 4]])))
    labels = next(read_coco_vid_masks(path))
    np.testing.assert_array_equal(labels == 5, [[1, 0, 0, 0, 0, 0], [0] * 6, [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1]])


def test_annotations_may_come_in_any_order_and_frames_be_left_out(vid_of):
    def masked(number, image_id, column, instance=5):
        mask = np.zeros((4, 6), bool)
        mask[:, column] = True
        code = Rle.encode(mask)
        return box(number, image_id, instance, segmentation={"size": [4, 6], "counts": code.compressed_counts()})

    annotations = [masked(1, 12, 2), masked(2, 10, 0), masked(3, 12, 3, 7), masked(4, 11, 1)]
    path = vid_of(content(*annotations, frames=(0, 2, 3)))
    rows = [labels[0].tolist() for labels in read_coco_vid_masks(path)]
    assert rows == [[5, 0, 0, 0, 0, 0], [0] * 6, [0, 5, 0, 0, 0, 0], [0, 0, 5, 7, 0, 0]]


def test_one_of_several_videos_must_be_named(vid_of):
    value = content(box(1, 10), box(2, 20, instance=9))
    value["videos"].append({"id": 2, "name": "b"})
    value["images"].append(image(20, 0, video=2))
    path = vid_of(value)
    with pytest.raises(FormatError, match=re.escape("a.json: no video was named: choose one of 1 (a), 2 (b)")):
        read_coco_vid_boxes(path)
    assert read_coco_vid_boxes(path, "a").track_ids == (5,)
    assert read_coco_vid_boxes(path, 2).track_ids == (9,)
    assert len([*read_coco_vid_masks(path, "b")]) == 1


def test_frames_may_count_from_one_if_one_says_so(vid_of):
    path = vid_of(content(box(1, 10), frames=(1, 2, 3)))
    with pytest.raises(FormatError, match="have no frame_id 0 but begin at 1: say `first_frame=1`"):
        read_coco_vid_boxes(path)
    assert read_coco_vid_boxes(path, first_frame=1).track(5).keyframes[0].frame_index == 0
    assert len([*read_coco_vid_masks(path, first_frame=1)]) == 3


@pytest.mark.parametrize("empty", [{}, {"videos": []}, content(frames=())])
def test_empty_videos_have_nothing(vid_of, empty):
    assert read_coco_vid_boxes(vid_of(empty)) == Annotations()
    assert [*read_coco_vid_masks(vid_of(empty))] == []


def with_changes(name, index, **changes):
    value = content(box(1, 10), box(2, 11))
    value[name][index].update(changes)
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], None),
        ([1], "a.json is a list: a CocoVID file is an object"),
        (with_changes("videos", 0, id="1"), 'videos[0].id is "1": it must be a whole number'),
        (with_changes("images", 1, id=10), "images[1].id is 10 a second time"),
        (with_changes("images", 1, video_id=9), "images[1].video_id is 9: there is no video with this id"),
        (content(box(1, 10)) | {"videos": []}, "images[0].video_id is 1: there is no video with this id"),
        (with_changes("images", 1, frame_id=0), "images[1] is of frame 0, as is images[0]"),
        (with_changes("images", 1, frame_id=-1), "images[1].frame_id is -1: frames are counted from 0"),
        (with_changes("images", 1, frame_id=10**9), "images[1].frame_id is 1000000000: frames are counted from 0"),
        (with_changes("images", 1, width=7), "images[1] has the size (4, 7) (height, width), but images[0] has (4, 6)"),
        (with_changes("images", 1, width=10**9), "images[1].height and width are 4 x 1000000000"),
        (with_changes("images", 1, width=0), "images[1].height and width are 4 x 0"),
        (with_changes("annotations", 1, image_id=99), "annotations[1].image_id is 99: there is no image"),
        (with_changes("annotations", 1, category_id=1), "annotations[1].category_id is 1: there is no category"),
        (with_changes("annotations", 1, instance_id="a"), 'annotations[1].instance_id is "a": it must be a whole'),
        (with_changes("annotations", 1, bbox=[1, 2, 3]), "annotations[1].bbox is [1, 2, 3]: a box is [x, y, width"),
        (with_changes("annotations", 1, bbox=[1, 2, -3, 4]), "annotations[1].bbox is [1, 2, -3, 4]: its width and"),
        (with_changes("annotations", 1, bbox=[1, float("nan"), 3, 4]), "annotations[1].bbox[1] is nan: it must be fin"),
        (with_changes("annotations", 1, bbox=None), "annotations[1] has neither a bbox nor a mask in segmentation"),
        (
            with_changes("annotations", 1, image_id=10),
            "annotations[1]: track 5 has a box in frame 0 already, in annotations[0]",
        ),
        (with_changes("annotations", 1, segmentation=[[1, 2, 3, 4]]), "segmentation[0] has 4 numbers: a polygon has"),
        (with_changes("annotations", 1, segmentation=[[1, 2, 3, 4, 5, 6, 7]]), "segmentation[0] has 7 numbers"),
        (
            with_changes("annotations", 1, segmentation=[[0, 0, 1e6, 0, 0, 1e6]]),
            "has an outline of above 1048576 pixels",
        ),
        (
            with_changes("annotations", 1, segmentation=[[429496729, 0, 429496729.9, 0, 429496729.7, 5]]),
            "segmentation[0] has a corner at 429496729.0: none lies beyond 1000000 pixels",
        ),
        (with_changes("annotations", 1, segmentation={"size": [9, 6], "counts": [54]}), "has the size 9 x 6, but the"),
        (
            with_changes("annotations", 1, segmentation={"size": [4, 6], "counts": [25]}),
            "is no mask: the runs add up to 25",
        ),
        (with_changes("annotations", 1, segmentation={"counts": [25]}), "annotations[1].segmentation has no 'size'"),
        (with_changes("images", 1, file_name="/etc/passwd"), 'images[1].file_name is "/etc/passwd": it must lie below'),
    ],
)
def test_errors_name_file_place_and_value(vid_of, value, message):
    path = vid_of(value)
    if message is None:
        assert read_coco_vid_boxes(path) == Annotations()
        return
    with pytest.raises(FormatError, match=re.escape(message)):
        read_coco_vid_boxes(path)


def test_two_masks_of_an_instance_in_a_frame_are_refused(vid_of):
    with pytest.raises(FormatError, match=r"annotations\[1\].instance_id is in frame 0 already"):
        [*read_coco_vid_masks(vid_of(content(box(1, 10), box(2, 10))))]


def test_outlines_are_bounded_together(vid_of, monkeypatch):
    monkeypatch.setattr(segmentation, "MAX_OUTLINE_PIXELS", 30)
    square = [0, 0, 3, 0, 3, 3, 0, 3]  # 16 pixels
    assert len(read_coco_vid_boxes(vid_of(content(box(1, 10, segmentation=[square])))).tracks) == 1
    with pytest.raises(FormatError, match=r"annotations\[0\].segmentation has an outline of above 30 pixels"):
        read_coco_vid_boxes(vid_of(content(box(1, 10, segmentation=[square, square]))))


def test_what_is_written_is_what_others_read(tmp_path, annotations, label_masks):
    write_coco_vid(tmp_path / "a.json", annotations, VIDEO, label_masks)
    read = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert read["videos"] == [{"id": 3, "name": "clip 川", "width": WIDTH, "height": HEIGHT}]
    assert [category["name"] for category in read["categories"]] == ["Zelle", "犬"]
    assert [(i["id"], i["frame_id"], i["video_id"], i["file_name"]) for i in read["images"]][::5] == [
        (1, 0, 3, "clip 川/00000.jpg"),
        (6, 5, 3, "clip 川/00005.jpg"),
    ]
    assert [annotation["id"] for annotation in read["annotations"]] == list(range(1, 12))
    of_frame = [annotation for annotation in read["annotations"] if annotation["image_id"] == 5]
    assert [(a["instance_id"], a["category_id"], a["bbox"], a["area"]) for a in of_frame] == [
        (2, 1, [5.0, 1.0, 3.0, 3.0], 9),
        (7, 1, [10.0, 6.0, 4.0, 4.0], 16.0),
    ]
    assert "segmentation" not in of_frame[1]
    np.testing.assert_array_equal([*read_coco_vid_masks(tmp_path / "a.json")], label_masks)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_pycocotools_reads_what_is_written(tmp_path, annotations, label_masks):
    write_coco_vid(tmp_path / "a.json", annotations, VIDEO, label_masks)
    coco = COCO(tmp_path / "a.json")
    masks = np.zeros((LENGTH, HEIGHT, WIDTH), np.uint16)
    for annotation in coco.loadAnns(coco.getAnnIds(iscrowd=False)):
        if "segmentation" in annotation:
            masks[annotation["image_id"] - 1][coco.annToMask(annotation) > 0] = annotation["instance_id"]
    np.testing.assert_array_equal(masks, label_masks)


def test_masks_that_do_not_fit_leave_nothing(tmp_path, annotations, label_masks):
    with pytest.raises(FormatError, match="there are masks after the video's last frame"):
        write_coco_vid(tmp_path / "a.json", annotations, VIDEO, [*label_masks, label_masks[0]])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", [{"iscrowd": 1}, {"image_id": 1}, {"bbox": [0, 0, 1, 1]}])
def test_a_file_that_does_not_read_back_is_not_kept(tmp_path, annotations, monkeypatch, change):
    write_annotation = write._annotation_json
    monkeypatch.setattr(write, "_annotation_json", lambda *values: {**write_annotation(*values), **change})
    with pytest.raises(VerificationError, match="did not read back"):
        write_coco_vid(tmp_path / "a.json", annotations, VIDEO)
    assert not list(tmp_path.iterdir())
