import json

import numpy as np
import pytest
from PIL import Image

from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.formats import (
    FileFormat,
    FileSource,
    FormatError,
    coco_vis,
    read_content,
    write_bdd100k,
    write_cell_tracking,
    write_davis,
    write_mot,
    write_mot_labels,
    write_mots,
)
from mfvis_engine.formats.class_names import class_names_path, read_class_names
from mfvis_engine.formats.coco_vis import CocoVisResult, CocoVisVideo
from mfvis_engine.formats.json_stream import stream_json
from mfvis_engine.formats.rle import Rle
from tests.formats.conftest import HEIGHT, LENGTH, WIDTH

SHAPE = LENGTH, HEIGHT, WIDTH
VIDEO = CocoVisVideo.of_size(1, "clip", width=WIDTH, height=HEIGHT, length=LENGTH)


def categories(content):
    return {track.track_id: track.category for track in content.annotations.tracks}


def read(path, **options):
    return read_content(FileSource(path, **options), SHAPE)


def test_masks_can_be_walked_through_again_and_again(ground_truth, label_masks):
    content = read(ground_truth)
    for _ in range(2):
        np.testing.assert_array_equal([*content.masks()], label_masks)
    assert content.survey.frame_count == LENGTH


def test_masks_are_left_alone_where_only_boxes_are_wanted(ground_truth, annotations, changed_json):
    def shrink(content):
        content["annotations"][0]["segmentations"] = content["annotations"][0]["segmentations"][::-1]

    content = read_content(FileSource(changed_json(ground_truth, shrink)), SHAPE, with_masks=False)
    assert (content.masks, content.survey) == (None, None)
    assert content.annotations.track_ids == (2, 7)


def test_boxes_of_a_file_without_masks(ground_truth, changed_json):
    def remove(content):
        for annotation in content["annotations"]:
            del annotation["segmentations"]

    content = read(changed_json(ground_truth, remove))
    assert content.masks is None
    assert content.annotations.track_ids == (2, 7)


def test_a_coco_vis_video_of_another_size_is_refused_before_a_mask_is_painted(ground_truth):
    with pytest.raises(FormatError, match=r"gt\.json has masks of 12 x 16 .* but the video is 12 x 17"):
        read_content(FileSource(ground_truth), (LENGTH, HEIGHT, WIDTH + 1))


def test_a_longer_video_is_refused(ground_truth):
    with pytest.raises(FormatError, match=r"gt\.json has masks for more frames than the video's 5"):
        read_content(FileSource(ground_truth), (LENGTH - 1, HEIGHT, WIDTH))


def test_bdd100k_may_have_boxes_alone_and_no_size(tmp_path, annotations):
    path = tmp_path / "a.json"
    write_bdd100k(path, annotations, VIDEO)
    frames = json.loads(path.read_text(encoding="utf-8"))
    for frame in frames:
        del frame["size"]
    path.write_text(json.dumps(frames), encoding="utf-8")
    content = read(path)
    assert content.masks is None
    assert content.annotations.track_ids == (2, 7, 9)


def test_one_video_of_a_bdd100k_file_may_have_masks_and_another_none(tmp_path, annotations, label_masks):
    path = tmp_path / "a.json"
    write_bdd100k(path, annotations, VIDEO, label_masks)
    frames = json.loads(path.read_text(encoding="utf-8"))
    boxed = [{**frame, "videoName": "boxed", "labels": []} for frame in frames]
    path.write_text(json.dumps([*frames, *boxed]), encoding="utf-8")
    np.testing.assert_array_equal([*read(path, video="clip").masks()], label_masks)
    assert read(path, video="boxed").masks is None


def test_classes_of_mot_are_named_by_the_file_beside_it(tmp_path, annotations):
    path = tmp_path / "walk.txt"
    names = write_mot(path, annotations, length=LENGTH)
    assert set(categories(read(path)).values()) == {"object"}
    assert set(categories(read(path, category="cell")).values()) == {"cell"}
    assert not read(path).has_own_categories
    write_mot_labels(class_names_path(path), names)
    assert categories(read(path)) == {2: "Zelle", 7: "Zelle", 9: "犬"}
    assert read(path).has_own_categories


@pytest.mark.parametrize(
    ("names_file", "file"), [("labels.txt", "gt.txt"), ("walk.labels.txt", "walk.txt"), ("labels.txt", "walk.txt")]
)
def test_names_of_classes_lie_beside_the_file(tmp_path, names_file, file):
    (tmp_path / names_file).write_text("cell\n", encoding="utf-8")
    assert read_class_names(tmp_path / file) == ("cell",)


def test_a_file_of_names_has_no_names(tmp_path):
    (tmp_path / "labels.txt").write_text("cell\n", encoding="utf-8")
    assert read_class_names(tmp_path / "labels.txt") == ()


@pytest.fixture
def mots(tmp_path, annotations, label_masks):
    """MOTS text of the tracks 1002 (Zelle), 1007 (Zelle), and 2009 (dog)."""
    label_masks[3, 8:11, 1:4] = 9
    path = tmp_path / "gt.txt"
    write_mots(path, label_masks, annotations)
    return path


def test_classes_of_mots_without_names_are_told_apart(mots):
    assert categories(read(mots)) == {1002: "object 1", 1007: "object 1", 2009: "object 2"}


def test_classes_of_mots_have_the_names_beside_the_file(mots):
    write_mot_labels(mots.with_name("labels.txt"), ["Zelle", "犬"])
    content = read(mots)
    assert categories(content) == {1002: "Zelle", 1007: "Zelle", 2009: "犬"}
    assert not content.has_own_boxes


def test_a_class_without_a_name_is_refused(mots):
    write_mot_labels(mots.with_name("labels.txt"), ["Zelle"])
    with pytest.raises(FormatError, match=r"gt\.txt has class 2, but there are 1 names"):
        read(mots)


def test_pngs_of_mots(tmp_path, label_masks):
    folder = tmp_path / "pngs"
    folder.mkdir()
    for frame_index, labels in enumerate(label_masks):
        Image.fromarray(np.where(labels == 7, 10_000, np.where(labels == 2, 1002, 0)).astype(np.uint16)).save(
            folder / f"{frame_index:06d}.png"
        )
    content = read(folder)
    assert content.file_format is FileFormat.MOTS
    assert categories(content) == {1002: "object"}
    np.testing.assert_array_equal([*content.masks()], np.where(label_masks == 2, 1002, 0))


@pytest.mark.parametrize("value", [1, 1002], ids=["davis", "mots"])
def test_pictures_stand_for_the_frames_of_their_numbers(tmp_path, value):
    labels = np.full((HEIGHT, WIDTH), value, np.uint8 if value < 256 else np.uint16)
    for number in (1, 2):
        Image.fromarray(labels).save(tmp_path / f"{number:05d}.png")
    with pytest.raises(FormatError, match=r"the first file is 00001\.png, not number 0"):
        read(tmp_path)
    assert read(tmp_path, first_frame=1).survey.frames.tolist() == [0, 1]


@pytest.mark.parametrize(("video", "video_id"), [("2", 2), ("0", 0), ("0002", "0002"), ("a2", "a2"), (None, None)])
def test_a_number_with_zeros_before_it_is_a_name(tmp_path, video, video_id):
    assert FileSource(tmp_path, video=video).video_id == video_id


def test_a_coco_vis_file_is_parsed_once(ground_truth, monkeypatch):
    opened = []
    monkeypatch.setattr(
        "mfvis_engine.formats.coco_vis.read.stream_json",
        lambda path, *rest, **options: opened.append(path) or stream_json(path, *rest, **options),
    )
    content = read(ground_truth)
    assert len([*content.masks()]) == LENGTH
    assert opened == [ground_truth]


def test_a_davis_folder_may_hold_the_first_frame_alone(tmp_path, label_masks):
    write_davis(tmp_path / "a", label_masks[:1])
    content = read(tmp_path / "a", category="cell")
    assert content.survey.frame_count == 1
    assert categories(content) == {2: "cell", 7: "cell"}
    assert content.has_own_categories


def test_a_divided_cell_is_the_parent_of_its_children(tmp_path):
    masks = np.zeros((LENGTH, HEIGHT, WIDTH), np.uint16)
    masks[:2, 2:9, 2:9] = 1
    masks[2:, 2:5, 2:9] = 2
    masks[2:4, 6:9, 2:9] = 3
    masks[5, 6:9, 2:9] = 3  # after a gap
    write_cell_tracking(tmp_path / "a", masks, (1, 2, 3), parents={2: 1, 3: 1})
    content = read(tmp_path / "a")
    attributes = {track.track_id: track.attributes for track in content.annotations.tracks}
    assert attributes == {1: (), 2: (("parent", "1"),), 3: (("parent", "1"),)}
    assert interpolate(content.annotations, LENGTH).present[2].tolist() == [False, False, True, True, False, True]


@pytest.fixture
def results(tmp_path, dataset):
    """Results of two tracks whose masks overlap, the surer one first."""
    masks = [np.zeros((HEIGHT, WIDTH), bool) for _ in range(2)]
    masks[0][:5], masks[1][:, :5] = True, True
    absent = (None,) * (LENGTH - 1)
    found = [
        CocoVisResult(1, number, score, (Rle.encode(mask), *absent))
        for number, score, mask in zip((1, 2), (0.9, 0.3), masks, strict=True)
    ]
    path = tmp_path / "results.json"
    coco_vis.write_results(path, found, dataset)
    return path


def test_the_surer_of_two_results_lies_on_top(results):
    content = read(results)
    first = next(iter(content.masks()))
    assert (first[:5] == 1).all()
    assert (first[5:, :5] == 2).all()
    assert categories(content) == {1: "object 1", 2: "object 2"}


def test_results_of_another_video_are_not_taken(results):
    with pytest.raises(FormatError, match=r"results\.json has results for the videos 1: choose one"):
        read(results, video="2")


def test_more_results_than_a_mask_can_hold_are_refused(results, monkeypatch):
    monkeypatch.setattr("mfvis_engine.formats.content.MAX_TRACK_ID", 1)
    with pytest.raises(FormatError, match=r"results\.json has 2 results for video 1, but a mask holds 1 tracks"):
        read(results)


def test_results_of_another_size_are_refused(results):
    with pytest.raises(FormatError, match=r"results\.json has masks of 12 x 16"):
        read_content(FileSource(results), (LENGTH, 13, 16))


def test_a_track_of_one_frame(tmp_path):
    path = tmp_path / "a.json"
    write_bdd100k(path, Annotations((Track(5, "a", (Keyframe(3, (1, 1, 4, 4)),)),)), VIDEO)
    assert [key.frame_index for key in read(path).annotations.track(5).keyframes] == [3]
