import copy
import json
import math

import numpy as np
import pytest

from mfvis_engine.metrics import (
    RunLengths,
    YoutubeVisFormatError,
    evaluate_youtube_vis,
    parse_ground_truth,
    parse_results,
    read_ground_truth,
    read_results,
)

MASK = np.zeros((6, 8), dtype=np.bool_)
MASK[1:4, 2:6] = True
RUNS = {"size": [6, 8], "counts": [13, 3, 3, 3, 3, 3, 3, 3, 14]}
COMPRESSED = {"size": [6, 8], "counts": RunLengths.from_mask(MASK).counts.decode()}

GROUND_TRUTH = {
    "videos": [{"id": 4, "height": 6, "width": 8, "length": 3, "file_names": ["a/0.jpg", "a/1.jpg", "a/2.jpg"]}],
    "categories": [{"id": 2, "name": "cell", "supercategory": "object"}],
    "annotations": [
        {
            "id": 1,
            "video_id": 4,
            "category_id": 2,
            "iscrowd": 0,
            "segmentations": [RUNS, None, RUNS],
            "bboxes": [[2, 1, 4, 3], None, [2, 1, 4, 3]],
            "areas": [12, None, 12],
        }
    ],
}
RESULTS = [{"video_id": 4, "category_id": 2, "score": 0.5, "segmentations": [COMPRESSED, None, COMPRESSED]}]


def changed(document, path, value):
    """A copy of `document` with `value` at `path`; without a value, the place is removed."""
    document = copy.deepcopy(document)
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    if value is KeyError:
        del place[last]
    else:
        place[last] = value
    return document


def test_reads_both_files(tmp_path):
    (tmp_path / "truth.json").write_text(json.dumps(GROUND_TRUTH), encoding="utf-8")
    (tmp_path / "results.json").write_text(json.dumps(RESULTS), encoding="utf-8")
    truth = read_ground_truth(tmp_path / "truth.json")
    results = read_results(str(tmp_path / "results.json"), truth)
    assert truth.tracks[0].masks == results[0].masks == (RunLengths.from_mask(MASK), None, RunLengths.from_mask(MASK))
    assert truth.tracks[0].mean_area == results[0].mean_area == 12.0
    assert evaluate_youtube_vis(truth, results).stats[0] == pytest.approx(1.0)


def test_mean_area_leaves_out_frames_of_no_area():
    truth = parse_ground_truth(changed(GROUND_TRUTH, ("annotations", 0, "areas"), [10, 0, 5.5]))
    assert truth.tracks[0].mean_area == 7.75


def test_an_empty_list_of_results_is_a_result():
    truth = parse_ground_truth(GROUND_TRUTH)
    assert parse_results([], truth) == ()
    assert evaluate_youtube_vis(truth, parse_results([], truth)).stats[0] == 0.0


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("videos",), KeyError, r"the ground truth: has no 'videos'\. Add it"),
        (("categories",), {}, r"the ground truth: 'categories' is a JSON object, not an array"),
        (("videos", 0), 3, r"videos\[0\]: is a JSON number, not an object"),
        (("videos", 0, "length"), KeyError, r"videos\[0\]: has no 'length'"),
        (("videos", 0, "height"), 0, r"videos\[0\]: 'height' is 0\. Write the video's real size"),
        (("videos", 0, "id"), "4", r"videos\[0\]: 'id' is '4', not an integer"),
        (("annotations", 0, "id"), 0, r"annotations\[0\]: 'id' is 0\. Number from 1"),
        (("annotations", 0, "id"), True, r"annotations\[0\]: 'id' is True, not an integer"),
        (("annotations", 0, "iscrowd"), KeyError, r"annotations\[0\]: has no 'iscrowd'"),
        (("annotations", 0, "iscrowd"), "no", r"annotations\[0\]: 'iscrowd' is 'no'\. Write 0, or 1"),
        (("annotations", 0, "areas"), KeyError, r"annotations\[0\]: has no 'areas'"),
        (("annotations", 0, "areas", 1), "12", r"annotations\[0\]: 'areas'\[1\] is '12'"),
        (("annotations", 0, "areas"), [12], r"'areas' has 1 elements, but video 4 has 3 frames"),
        (("annotations", 0, "video_id"), 5, r"'video_id' 5 is not among .* videos\. Use one of 4"),
        (("annotations", 0, "category_id"), 1, r"'category_id' 1 is not among .* categories\. Use one of 2"),
        (
            ("annotations", 0, "segmentations", 0, "size"),
            [8, 6],
            r"\[0\]\.segmentations\[0\]: 'size' is \[8, 6\]",
        ),
        (("annotations", 0, "segmentations", 0, "counts"), [13, 3], r"cover 16 pixels.*has 48"),
        (("annotations", 0, "segmentations", 0), [[1, 2, 3, 4]], r"\[0\]: is a JSON array, not an object"),
    ],
)
def test_a_wrong_ground_truth_says_where_and_what_to_do(path, value, message):
    with pytest.raises(YoutubeVisFormatError, match=message):
        parse_ground_truth(changed(GROUND_TRUTH, path, value))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            (0, "video_id"),
            "4",
            r"results\[0\]: 'video_id' is '4', not an integer\. Write a whole number without",
        ),
        ((0, "video_id"), 7, r"results\[0\]: 'video_id' 7 is not among the ground truth's videos"),
        ((0, "category_id"), 3, r"results\[0\]: 'category_id' 3 is not among .*, or leave the entry out"),
        ((0, "score"), KeyError, r"results\[0\]: has no 'score'"),
        ((0, "score"), math.nan, r"results\[0\]: 'score' is nan, not a finite number"),
        (
            (0, "segmentations"),
            [COMPRESSED],
            r"results\[0\]: 'segmentations' has 1 elements, but video 4 has 3",
        ),
        (
            (0, "segmentations"),
            [None] * 4,
            r"results\[0\]: 'segmentations' has 4 elements, but video 4 has 3",
        ),
        (
            (0, "segmentations", 0, "size"),
            [12, 16],
            r"segmentations\[0\]: 'size' is \[12, 16\].*Resize the mask",
        ),
        (
            (0, "segmentations", 0, "counts"),
            COMPRESSED["counts"][:-1],
            r"segmentations\[0\]: .*Encode the mask again",
        ),
        ((0, "segmentations", 0, "counts"), 12, r"'counts' is neither a string nor a list of integers"),
        ((0,), None, r"results\[0\]: is a JSON null, not an object"),
    ],
)
def test_wrong_results_say_where_and_what_to_do(path, value, message):
    with pytest.raises(YoutubeVisFormatError, match=message):
        parse_results(changed(RESULTS, path, value), parse_ground_truth(GROUND_TRUTH))


def test_results_that_are_no_list_are_refused():
    with pytest.raises(YoutubeVisFormatError, match="JSON object, not an array"):
        parse_results({"annotations": RESULTS}, parse_ground_truth(GROUND_TRUTH))


@pytest.mark.parametrize("key", ["videos", "categories", "annotations"])
def test_an_id_used_twice_is_refused(key):
    repeated = changed(GROUND_TRUTH, (key,), GROUND_TRUTH[key] * 2)
    with pytest.raises(YoutubeVisFormatError, match=rf"{key}\[1\]: 'id' . is used twice"):
        parse_ground_truth(repeated)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(YoutubeVisFormatError, match=r"missing\.json cannot be read: No such file"):
        read_ground_truth(tmp_path / "missing.json")
    (tmp_path / "broken.json").write_text('{"videos": [', encoding="utf-8")
    with pytest.raises(YoutubeVisFormatError, match=r"broken\.json is not JSON"):
        read_ground_truth(tmp_path / "broken.json")
