import json
import re
import tracemalloc
import zipfile

import numpy as np
import pytest

from mfvis_engine.formats import FormatError, Rle, coco_vis, json_stream


def test_missing_boxes_and_areas_are_the_masks(ground_truth, changed_json, dataset):
    def change(content):
        for track in content["annotations"]:
            del track["bboxes"], track["areas"]

    assert coco_vis.read_ground_truth(changed_json(ground_truth, change)) == dataset


def test_compressed_masks_are_read_too(ground_truth, changed_json, dataset):
    def change(content):
        for annotation, track in zip(content["annotations"], dataset.tracks, strict=True):
            for code, frame in zip(annotation["segmentations"], track.frames, strict=True):
                if code:
                    code["counts"] = frame.mask.compressed_counts()

    assert coco_vis.read_ground_truth(changed_json(ground_truth, change)) == dataset


def test_files_of_others_have_no_extra_fields(ground_truth, changed_json, dataset):
    def change(content):
        for track in content["annotations"]:
            del track["track_id"], track["dense_bboxes"], track["bbox_origins"], track["occluded"]

    track = coco_vis.read_ground_truth(changed_json(ground_truth, change)).tracks[1]
    assert track.track_id == track.annotation_id == 7
    assert [frame.mask for frame in track.frames] == [frame.mask for frame in dataset.tracks[1].frames]
    assert {frame.dense_box for frame in track.frames} == {None}


def test_empty_masks_and_boxes_are_absent_objects(ground_truth, changed_json):
    def change(content):
        track = content["annotations"][0]
        del track["dense_bboxes"]
        track["segmentations"][0] = {"size": [12, 16], "counts": [192]}
        track["bboxes"][0], track["areas"][0] = [0, 0, 0, 0], 0

    frames = coco_vis.read_ground_truth(changed_json(ground_truth, change)).tracks[0].frames
    assert frames[0] == coco_vis.CocoVisFrame()


def test_crowds_are_read_as_crowds(ground_truth, changed_json):
    path = changed_json(ground_truth, lambda content: content["annotations"][0].update(iscrowd=1))
    assert [track.is_crowd for track in coco_vis.read_ground_truth(path).tracks] == [True, False]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("bboxes", [1, 2, 3], "bboxes[2] is [1, 2, 3]: a box is [x, y, width, height]"),
        (
            "bboxes",
            [1, 2, -3, 4],
            "bboxes[2] is [1, 2, -3, 4]: width and height must be above 0",
        ),
        ("bboxes", [1, 2, "3", 4], 'bboxes[2][2] is "3": it must be a number'),
        ("segmentations", {"size": [12, 16]}, "segmentations[2] has no 'counts'"),
        (
            "segmentations",
            {"size": [3, 4], "counts": [5, 7]},
            "segmentations[2] has the size 3 x 4, but",
        ),
        ("segmentations", {"size": [12, 16], "counts": "?"}, "segmentations[2] is no mask"),
        ("bbox_origins", "guessed", 'bbox_origins[2] is "guessed": it must be one of drawn'),
        ("bbox_origins", None, "dense_bboxes[2] has no origin"),
    ],
)
def test_errors_name_file_place_and_value(ground_truth, changed_json, name, value, message):
    def change(content):
        content["annotations"][0][name][2] = value

    with pytest.raises(FormatError, match=re.escape(f"changed.json: annotations[0].{message}")):
        coco_vis.read_ground_truth(changed_json(ground_truth, change))


def test_numbers_that_are_not_finite_are_refused(ground_truth, changed_json):
    def change(content):
        content["annotations"][0]["areas"][0] = float("nan")

    path = changed_json(ground_truth, change)
    with pytest.raises(FormatError, match=r"annotations\[0\].areas\[0\] is nan: it must be finite"):
        coco_vis.read_ground_truth(path)


def test_a_zip_with_a_folder_is_refused(tmp_path):
    path = tmp_path / "upload.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("out/results.json", json.dumps([]))
    with pytest.raises(FormatError, match=r"upload.zip holds out/results.json: results.json must be in it"):
        coco_vis.read_results(path)


def test_annotations_may_come_before_what_they_speak_of(ground_truth, tmp_path, dataset):
    content = json.loads(ground_truth.read_text(encoding="utf-8"))
    path = tmp_path / "backwards.json"
    path.write_text(json.dumps(dict(reversed(content.items()))), encoding="utf-8")
    assert path.read_text(encoding="utf-8").startswith('{"annotations"')
    assert coco_vis.read_ground_truth(path) == dataset


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("videos"), "the file has no 'videos': it is needed"),
        (lambda content: content.pop("categories"), "the file has no 'categories': it is needed"),
        (lambda content: content.update(categories=None), "categories is null: it must be a list"),
        (lambda content: content.update(annotations={}), "annotations is {}: it must be a list"),
        (lambda content: content["videos"].append(content["videos"][0]), "videos[1].id is 1 a second time"),
        (lambda content: content["categories"].append(content["categories"][0]), "categories[2].id is 1 a second time"),
    ],
)
def test_lists_are_there_and_their_ids_unique(ground_truth, changed_json, change, message):
    with pytest.raises(FormatError, match=re.escape(f"changed.json: {message}")):
        coco_vis.read_ground_truth(changed_json(ground_truth, change))


def test_no_more_than_a_track_is_in_memory_beside_the_codes(tmp_path, monkeypatch):
    monkeypatch.setattr(json_stream, "CHUNK_CHARACTERS", 2**14)
    noise = Rle.encode(np.random.default_rng(0).random((64, 64)) < 0.5)
    video = coco_vis.CocoVisVideo.of_size(1, "a", width=64, height=64, length=20)
    frames = (coco_vis.CocoVisFrame.of_mask(noise),) * 20
    tracks = tuple(coco_vis.CocoVisTrack(number, number, 1, 1, frames) for number in range(1, 21))
    noisy = coco_vis.CocoVisDataset((video,), coco_vis.categories_of(["a"]), tracks)
    path = tmp_path / "a.json"
    coco_vis.write_ground_truth(path, noisy)
    tracemalloc.start()
    read = coco_vis.read_ground_truth(path)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == noisy
    assert peak_bytes < 0.75 * path.stat().st_size
