import json
import re
from functools import partial

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, KeyframeOrigin, Track, interpolate
from mfvis_engine.formats import FormatError, coco_vis

imported = partial(Keyframe, origin=KeyframeOrigin.IMPORTED)


@pytest.fixture
def boxes_alone(tmp_path):
    """A file of two videos with boxes and no masks."""
    videos = [
        {"id": n, "width": 20, "height": 10, "length": 5, "file_names": [f"{name}/{i}.png" for i in range(5)]}
        for n, name in enumerate(["käfer", "b"], start=1)
    ]
    tracks = [
        {
            "id": 4,
            "video_id": 1,
            "category_id": 2,
            "bboxes": [[1, 2, 3, 4.5], [2, 2, 3, 4.5], None, [0, 0, 0, 0], [5, 2, 3, 4.5]],
        },
        {"id": 5, "video_id": 2, "category_id": 1, "bboxes": [None, None, [0, 0, 9, 9], None, None]},
    ]
    categories = [{"id": 1, "name": "ant"}, {"id": 2, "name": "Käfer"}]
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({"videos": videos, "categories": categories, "annotations": tracks}))
    return path


def test_boxes_of_frames_become_keyframes_and_nulls_outside(boxes_alone):
    assert coco_vis.read_boxes(boxes_alone, "käfer") == Annotations(
        (
            Track(
                4,
                "Käfer",
                (
                    imported(0, (1, 2, 4, 6.5)),
                    imported(1, (2, 2, 5, 6.5)),
                    imported(2, (2, 2, 5, 6.5), outside=True),
                    imported(4, (5, 2, 8, 6.5)),
                ),
            ),
        )
    )
    assert coco_vis.read_boxes(boxes_alone, 2).track(5).keyframes == (imported(2, (0, 0, 9, 9)),)


def test_gaps_can_be_bridged(boxes_alone):
    dense = interpolate(coco_vis.read_boxes(boxes_alone, 1, bridge_gaps=True), 5)
    np.testing.assert_array_equal(dense.boxes_xyxy[0, :, 0], [1, 2, 3, 4, 5])


def test_one_of_several_videos_must_be_named(boxes_alone):
    with pytest.raises(FormatError, match=re.escape("no video was named: choose one of 1 (käfer), 2 (b)")):
        coco_vis.read_boxes(boxes_alone)


def test_masks_give_boxes_where_there_are_none(ground_truth, changed_json):
    def change(content):
        for track in content["annotations"]:
            del track["bboxes"], track["dense_bboxes"]

    boxes = coco_vis.read_boxes(changed_json(ground_truth, change))
    assert boxes.track(7).keyframes[0] == imported(0, (8, 6, 11, 10))


def test_our_own_file_gives_the_drawn_boxes_back(ground_truth, annotations):
    dense = interpolate(coco_vis.read_boxes(ground_truth), 6)
    expected = interpolate(annotations.without_track(9), 6)
    np.testing.assert_allclose(dense.boxes_xyxy, expected.boxes_xyxy, rtol=1e-6)
    np.testing.assert_array_equal(dense.occluded, expected.occluded)
    assert coco_vis.read_boxes(ground_truth).track(2).keyframes == (
        Keyframe(0, (0, 0, 5, 5)),
        Keyframe(4, tuple(np.float32([4.1, 0, 9.3, 5.7]).tolist()), occluded=True),
    )


def test_origins_are_those_the_file_tells(ground_truth, changed_json):
    def change(content):
        content["annotations"][0]["bbox_origins"][4] = "predicted"

    track = coco_vis.read_boxes(changed_json(ground_truth, change)).track(2)
    assert [keyframe.origin for keyframe in track.keyframes] == [KeyframeOrigin.DRAWN, KeyframeOrigin.PREDICTED]
    origins = [keyframe.origin.value for keyframe in coco_vis.read_boxes(ground_truth).track(7).keyframes]
    assert origins == ["drawn", "interpolated", "interpolated", "drawn", "drawn"]


def test_ids_that_no_mask_can_hold_are_refused(boxes_alone, changed_json):
    path = changed_json(boxes_alone, lambda content: content["annotations"][0].update(id=70_000))
    with pytest.raises(FormatError, match=r"changed.json: annotation 70000: track id 70000 is outside 1..65535"):
        coco_vis.read_boxes(path, 1)


def test_an_unknown_category_is_refused(boxes_alone, changed_json):
    path = changed_json(boxes_alone, lambda content: content["annotations"][0].update(category_id=3))
    with pytest.raises(FormatError, match=r"changed.json: annotation 4: there is no category 3"):
        coco_vis.read_boxes(path, 1)


def test_two_tracks_of_one_id_are_refused(ground_truth, changed_json):
    def change(content):
        content["annotations"][1]["track_id"] = 2

    with pytest.raises(FormatError, match=r"changed\.json: annotation 7 is of track 2, as is annotation 2"):
        coco_vis.read_boxes(changed_json(ground_truth, change))
