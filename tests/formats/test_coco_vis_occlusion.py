import json

import pytest

from mfvis_engine.formats import FormatError, coco_vis
from mfvis_engine.formats.coco_vis import Occlusion


def test_the_occluded_flag_is_severe_where_there_is_a_mask(ground_truth, dataset):
    track, leaving = json.loads(ground_truth.read_text(encoding="utf-8"))["annotations"]
    assert track["occlusion"] == [*["no_occlusion"] * 4, "severe_occlusion", None]
    assert leaving["occlusion"] == ["no_occlusion", "no_occlusion", None, None, None, "no_occlusion"]
    assert [frame.is_occluded for frame in dataset.tracks[0].frames] == [False] * 4 + [True, False]


def ovis(content):
    """As OVIS has it: the format's own fields, and `occlusion`."""
    for track in content["annotations"]:
        for name in ("track_id", "dense_bboxes", "bbox_origins", "occluded"):
            del track[name]
    words = ["slight_occlusion", "severe_occlusion", "no_occlusion", None, "no_occlusion", "severe_occlusion"]
    content["annotations"][0]["occlusion"] = words


def test_ovis_is_read_and_written_again(tmp_path, ground_truth, changed_json):
    read = coco_vis.read_ground_truth(changed_json(ground_truth, ovis))
    assert [frame.occlusion for frame in read.tracks[0].frames] == [
        Occlusion.SLIGHT,
        Occlusion.SEVERE,
        Occlusion.NONE,
        None,
        Occlusion.NONE,
        Occlusion.SEVERE,
    ]
    assert [frame.is_occluded for frame in read.tracks[0].frames] == [False, True, False, False, False, True]
    coco_vis.write_ground_truth(tmp_path / "again.json", read)
    assert coco_vis.read_ground_truth(tmp_path / "again.json") == read


def test_absent_frames_have_no_occlusion(ground_truth, changed_json):
    def change(content):
        content["annotations"][1]["occlusion"] = ["no_occlusion"] * 6  # as some files have it

    track = coco_vis.read_ground_truth(changed_json(ground_truth, change)).tracks[1]
    assert [frame.occlusion for frame in track.frames] == [Occlusion.NONE] * 2 + [None] * 3 + [Occlusion.NONE]


def test_other_words_are_refused(ground_truth, changed_json):
    def change(content):
        content["annotations"][0]["occlusion"][1] = "half"

    path = changed_json(ground_truth, change)
    message = r'annotations\[0\].occlusion\[1\] is "half": it must be null or one of no_occlusion, slight_occlusion'
    with pytest.raises(FormatError, match=message):
        coco_vis.read_ground_truth(path)
    assert "occlusion[1] is" in coco_vis.check_ground_truth(path)[0]


def test_a_list_of_another_length_is_refused(ground_truth, changed_json):
    path = changed_json(ground_truth, lambda content: content["annotations"][0]["occlusion"].pop())
    with pytest.raises(FormatError, match=r"occlusion has 5 values, but the video has 6 frames"):
        coco_vis.read_ground_truth(path)
    assert "occlusion has 5 values" in coco_vis.check_ground_truth(path)[0]
