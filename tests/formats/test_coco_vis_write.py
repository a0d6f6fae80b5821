import dataclasses
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from mfvis_engine.formats import FormatError, Rle, coco_vis
from mfvis_engine.formats.coco_vis import (
    CocoVisCategory,
    CocoVisDataset,
    CocoVisFrame,
    CocoVisResult,
    CocoVisTrack,
    CocoVisVideo,
    DenseBox,
    DenseBoxOrigin,
)


def test_a_multi_object_clip_reads_back_equal(ground_truth, dataset):
    assert coco_vis.read_ground_truth(ground_truth) == dataset
    assert coco_vis.check_ground_truth(ground_truth) == []
    assert [path.name for path in ground_truth.parent.iterdir()] == ["gt.json"]


def test_the_file_has_the_fields_of_the_format(ground_truth):
    content = json.loads(ground_truth.read_text(encoding="utf-8"))
    assert content.keys() == {"info", "licenses", "videos", "categories", "annotations"}
    assert content["videos"][0] == {
        "id": 1,
        "width": 16,
        "height": 12,
        "length": 6,
        "file_names": [f"clip 川/0000{n}.jpg" for n in range(6)],
    }
    assert content["categories"][1] == {"id": 2, "name": "犬", "supercategory": "object"}
    track = content["annotations"][1]
    scalars = {name: value for name, value in track.items() if not isinstance(value, list)}
    assert scalars == {
        "id": 7,
        "track_id": 7,
        "video_id": 1,
        "category_id": 1,
        "iscrowd": 0,
        "width": 16,
        "height": 12,
        "length": 6,
    }
    assert track["segmentations"][5] == {"size": [12, 16], "counts": [140, 1, 51]}
    assert track["bboxes"] == [[8, 6, 3, 4], [9, 7, 3, 3], None, None, None, [11, 8, 1, 1]]
    assert track["areas"] == [12, 9, None, None, None, 1]
    assert track["bbox_origins"] == ["drawn", "interpolated", None, None, "drawn", "drawn"]
    assert track["dense_bboxes"][1] == [8.5, 6, 4, 4]
    assert track["occluded"] == [False, False, None, None, False, False]


def test_a_loader_that_wants_box_and_mask_sees_every_mask(ground_truth, label_masks):
    """What loaders of Mask2Former's family do: take a frame where a track has both box and mask."""
    content = json.loads(ground_truth.read_text(encoding="utf-8"))
    rebuilt = np.zeros_like(label_masks)
    for annotation in content["annotations"]:
        for frame_index in range(content["videos"][0]["length"]):
            box, code = annotation["bboxes"][frame_index], annotation["segmentations"][frame_index]
            if not (box and code):
                continue
            packed = coco_mask.frPyObjects(code, *code["size"])
            assert coco_mask.area(packed) == annotation["areas"][frame_index]
            assert coco_mask.toBbox(packed).tolist() == box
            rebuilt[frame_index][Rle(*code["size"], packed["counts"]).decode()] = annotation["id"]
    np.testing.assert_array_equal(rebuilt, label_masks)


def results_of(dataset):
    return [track.as_result(0.25 * track.track_id) for track in dataset.tracks]


@pytest.mark.parametrize("name", ["results.json", "upload.zip"])
def test_results_read_back_equal(tmp_path, dataset, name):
    coco_vis.write_results(tmp_path / name, results_of(dataset), dataset)
    assert coco_vis.read_results(tmp_path / name) == tuple(results_of(dataset))
    assert coco_vis.check_results(tmp_path / name, dataset) == []


def test_results_are_compressed_and_lie_at_the_root_of_the_zip(tmp_path, dataset):
    coco_vis.write_results(tmp_path / "upload.zip", results_of(dataset), dataset)
    with zipfile.ZipFile(tmp_path / "upload.zip") as archive:
        assert archive.namelist() == ["results.json"]
        content = json.loads(archive.read("results.json"))
    assert [entry.keys() for entry in content] == [{"video_id", "category_id", "score", "segmentations"}] * 2
    assert [entry["score"] for entry in content] == [0.5, 1.75]
    for entry, track in zip(content, dataset.tracks, strict=True):
        areas = [code and int(coco_mask.area(code)) for code in entry["segmentations"]]
        assert areas == [frame.area for frame in track.frames]


def test_a_dataset_that_breaks_rules_is_not_written(tmp_path, dataset):
    wrong = dataclasses.replace(dataset.tracks[0], annotation_id=0)
    target = tmp_path / "gt.json"
    target.write_text("the last export")
    with pytest.raises(FormatError, match=r"(?s)gt.json was not written.*annotations\[0\].id is below 1"):
        coco_vis.write_ground_truth(target, dataclasses.replace(dataset, tracks=(wrong, dataset.tracks[1])))
    assert target.read_text() == "the last export"
    assert list(tmp_path.iterdir()) == [target]


def test_every_broken_rule_is_named_up_to_ten(tmp_path, dataset):
    crowd = tuple(dataclasses.replace(dataset.tracks[0], annotation_id=n, is_crowd=True) for n in range(1, 14))
    with pytest.raises(FormatError, match=r"(?s)annotations\[9\].iscrowd is set.*and 3 more$"):
        coco_vis.write_ground_truth(tmp_path / "gt.json", dataclasses.replace(dataset, tracks=crowd))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": float("nan")}, "has the score nan"),
        ({"video_id": 3}, r"\[0\].video_id is 3: there is no video"),
        ({"category_id": 0}, r"\[0\].category_id is 0: there is none"),
        ({"masks": ()}, r"\[0\].segmentations has 0 values, but the video has 6 frames"),
        ({"masks": (Rle.encode(np.eye(12, 15)),) * 6}, r"is 12 x 15, but the video is 12 x 16"),
    ],
)
def test_results_that_would_be_misread_are_not_written(tmp_path, dataset, change, message):
    wrong = dataclasses.replace(results_of(dataset)[0], **change)
    with pytest.raises(FormatError, match=message):
        coco_vis.write_results(tmp_path / "results.json", [wrong], dataset)
    assert not list(tmp_path.iterdir())


def test_no_results_are_not_written(tmp_path, dataset):
    with pytest.raises(FormatError, match="holds no result"):
        coco_vis.write_results(tmp_path / "results.json", [], dataset)


names = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="/\\:"), min_size=1)


@st.composite
def datasets(draw):
    height, width, length = (draw(st.integers(1, 9)) for _ in range(3))
    folders = draw(st.lists(names.filter(lambda name: name.strip(" .")), min_size=1, max_size=2, unique=True))
    videos = tuple(
        CocoVisVideo.of_size(number, folder, width=width, height=height, length=length)
        for number, folder in enumerate(folders, start=1)
    )
    labels = draw(st.lists(names.filter(str.strip), min_size=1, max_size=3, unique=True))
    categories = tuple(CocoVisCategory(number, name) for number, name in enumerate(labels, start=1))
    pixels = np.random.default_rng(draw(st.integers(0, 2**32)))
    tracks = tuple(
        CocoVisTrack(
            annotation_id=number,
            track_id=draw(st.integers(1, 65_535)),
            video_id=draw(st.integers(1, len(videos))),
            category_id=draw(st.integers(1, len(categories))),
            frames=frames(draw, pixels, height, width, length),
        )
        for number in range(1, draw(st.integers(0, 3)) + 1)
    )
    return CocoVisDataset(videos, categories, tracks)


def frames(draw, pixels, height, width, length):
    """Frames with gaps, at least one of them with a mask."""
    present = draw(st.lists(st.booleans(), min_size=length, max_size=length))
    present[draw(st.integers(0, length - 1))] = True
    box = DenseBox((0.1, -2.7, 1 / 3, 4.0), draw(st.sampled_from(DenseBoxOrigin)), draw(st.booleans()))
    made = []
    for is_present in present:
        mask = pixels.random((height, width)) < 0.5
        mask[pixels.integers(height), pixels.integers(width)] = True
        absent = CocoVisFrame(dense_box=draw(st.sampled_from([None, box])))
        made.append(CocoVisFrame.of_mask(Rle.encode(mask), absent.dense_box) if is_present else absent)
    return tuple(made)


@settings(max_examples=25)
@given(datasets())
def test_any_dataset_reads_back_equal(tmp_path_factory, dataset):
    folder = tmp_path_factory.getbasetemp()
    coco_vis.write_ground_truth(folder / "any.json", dataset)
    assert coco_vis.read_ground_truth(folder / "any.json") == dataset
    if dataset.tracks:
        results = tuple(track.as_result(1 / 3) for track in dataset.tracks)
        coco_vis.write_results(folder / "any.zip", results, dataset)
        assert coco_vis.read_results(folder / "any.zip") == results


def test_a_result_may_be_absent_throughout(tmp_path, dataset):
    nothing = CocoVisResult(1, 1, 0.5, (None,) * 6)
    coco_vis.write_results(tmp_path / "results.json", [nothing], dataset)
    assert coco_vis.read_results(tmp_path / "results.json") == (nothing,)
