import json
import re

import pytest

from mfvis_engine.formats import FormatError, coco_vis


def annotation(change):
    return lambda content: change(content["annotations"][0])


def setting(**values):
    return annotation(lambda node: node.update(values))


def cut(name):
    return annotation(lambda node: node.update({name: node[name][:-1]}))


def first_frame(name, value):
    return annotation(lambda node: node[name].__setitem__(0, value))


def top(name, change):
    return lambda content: change(content[name])


BROKEN = {
    "annotation id 0": (setting(id=0), "annotations[0].id is below 1: a match with it counts as a miss"),
    "id twice": (setting(id=7), "annotations[1].id is 7, as is annotations[0].id: ids must be unique"),
    "short list": (
        cut("segmentations"),
        "annotations[0].segmentations has 5 values, but the video has 6 frames",
    ),
    "short extra list": (cut("occluded"), "annotations[0].occluded has 5 values"),
    "no areas": (annotation(lambda node: node.pop("areas")), "annotations[0] has no 'areas'"),
    "no iscrowd": (annotation(lambda node: node.pop("iscrowd")), "annotations[0] has no 'iscrowd'"),
    "crowd": (setting(iscrowd=1), "annotations[0].iscrowd is set"),
    "compressed": (
        first_frame("segmentations", {"size": [12, 16], "counts": "P6"}),
        "annotations[0].segmentations[0].counts must be a list of numbers in ground truth",
    ),
    "string video id": (setting(video_id="1"), 'annotations[0].video_id is "1": it must be a whole number'),
    "unknown video": (setting(video_id=2), "annotations[0].video_id is 2: there is no video with this id"),
    "unknown category": (setting(category_id=3), "annotations[0].category_id is 3: there is none"),
    "mask of another size": (
        first_frame("segmentations", {"size": [16, 12], "counts": [20, 9, 163]}),
        "annotations[0].segmentations[0] is 16 x 12, but the video is 12 x 16 (height x width)",
    ),
    "runs that do not add up": (
        first_frame("segmentations", {"size": [12, 16], "counts": [3]}),
        "annotations[0].segmentations[0] is no mask: the runs add up to 3 pixels",
    ),
    "no box": (
        first_frame("bboxes", None),
        "annotations[0].segmentations[0] and its box and area must be null tog",
    ),
    "flat box": (
        first_frame("bboxes", [1, 1, 0, 3]),
        "annotations[0].bboxes[0] is [1, 1, 0, 3]: width and height",
    ),
    "wrong area": (first_frame("areas", 25), "annotations[0].areas[0] is 25, but the mask has 9 pixels"),
    "empty mask": (
        first_frame("segmentations", {"size": [12, 16], "counts": [192]}),
        "annotations[0].segmentations[0] is an empty mask: write null",
    ),
    "no mask at all": (
        setting(segmentations=[None] * 6, bboxes=[None] * 6, areas=[None] * 6),
        "annotations[0].segmentations holds no mask",
    ),
    "other length": (setting(length=7), "annotations[0].length is 7, but the video has 6"),
    "polygons": (first_frame("segmentations", [[0, 0, 1, 1, 2, 2]]), "maybe polygons"),
    "category ids from 0": (top("categories", lambda c: c[0].update(id=0)), "categories have the ids [0, 2]"),
    "one name twice": (
        top("categories", lambda c: c[1].update(name="Zelle")),
        "have the name 'Zelle' 2 times",
    ),
    "no supercategory": (top("categories", lambda c: c[0].pop("supercategory")), "has no 'supercategory'"),
    "video id 0": (top("videos", lambda v: v[0].update(id=0)), "videos[0].id is 0: ids count from 1"),
    "video of no frame": (
        top("videos", lambda v: v[0].update(length=0, file_names=[])),
        "0 frames: each must be 1",
    ),
    "length and names": (
        top("videos", lambda v: v[0].update(length=9)),
        "videos[0].length is 9, but there are 6",
    ),
    "no folder": (
        top("videos", lambda v: v[0].update(file_names=[f"{n}.jpg" for n in range(6)])),
        "videos[0].file_names lie in .: a video's frames must lie in one folder",
    ),
    "shared folder": (
        top("videos", lambda v: v.append(v[0] | {"id": 2})),
        "share the folder 'clip 川' 2 times",
    ),
    "video id twice": (top("videos", lambda v: v.append(v[0])), "videos[1].id is 1, as is videos[0].id"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_rule_is_named(name, ground_truth, changed_json):
    change, message = BROKEN[name]
    problems = coco_vis.check_ground_truth(changed_json(ground_truth, change))
    assert any(message in problem for problem in problems), problems
    assert all(problem.startswith("changed.json: ") for problem in problems)


def test_all_broken_rules_are_named_at_once(ground_truth, changed_json):
    def change(content):
        content["annotations"][0]["id"] = 0
        content["annotations"][1]["iscrowd"] = 1

    assert len(coco_vis.check_ground_truth(changed_json(ground_truth, change))) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"videos": [', "gt.json line 1 column 13: no valid JSON"),
        ("[]", "gt.json: the file is []: it must be an object"),
        ('{"videos": []}', "gt.json: the file has no 'categories'"),
        ('{"videos": {}, "categories": [], "annotations": []}', "gt.json: videos is {}: it must be a list"),
    ],
)
def test_files_that_are_no_ground_truth(tmp_path, text, message):
    path = tmp_path / "gt.json"
    path.write_text(text)
    with pytest.raises(FormatError, match=re.escape(message)):
        coco_vis.check_ground_truth(path)


RESULT = {
    "video_id": 1,
    "category_id": 1,
    "score": 0.5,
    "segmentations": [{"size": [12, 16], "counts": "P6"}, *[None] * 5],
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, None),
        ({"video_id": "1"}, 'results.json: [0].video_id is "1": it must be a whole number'),
        ({"category_id": 9}, "[0].category_id is 9"),
        ({"score": "high"}, '[0].score is "high": it must be a number'),
        ({"segmentations": [None]}, "[0].segmentations has 1 values, but the video has 6 frames"),
        (
            {"segmentations": [{"size": [12, 16], "counts": [192]}] * 6},
            "[0].segmentations[0].counts must be text",
        ),
        ({"segmentations": [{"size": [12], "counts": "P6"}] * 6}, "size is [12]: it must be [height, width]"),
        ({"segmentations": [{"size": [16, 12], "counts": "P6"}] * 6}, "is 16 x 12, but the video is 12 x 16"),
    ],
)
def test_the_rules_of_results(tmp_path, dataset, change, message):
    path = tmp_path / "results.json"
    path.write_text(json.dumps([RESULT | change]))
    problems = coco_vis.check_results(path, dataset)
    if message is None:
        assert problems == []
    else:
        assert any(message in problem for problem in problems), problems


def test_an_empty_list_of_results_is_refused(tmp_path, dataset):
    (tmp_path / "results.json").write_text("[]")
    assert coco_vis.check_results(tmp_path / "results.json", dataset) == [
        "results.json: the file holds no result: evaluators crash on an empty list"
    ]
