"""What napari opens as plain layers: lazily, rightly, and nothing that is not ours."""

import json

import numpy as np
import pytest
from napari.components import ViewerModel

from mfvis_engine.annotation import MAX_TRACK_ID
from mfvis_engine.annotation.verbs import EditMask
from mfvis_engine.formats import FormatError, coco_vis
from mfvis_engine.project import Project
from mfvis_engine.sample import sample_clip
from mfvis_napari.contributions import readers
from mfvis_napari.contributions.readers import MAX_VIDEOS, coco_vis_reader, project_reader, video_reader
from tests.gui.clip import HEIGHT, LENGTH, WIDTH, paint_truth


@pytest.fixture
def masks():
    labels = np.zeros((LENGTH, HEIGHT, WIDTH), np.uint16)
    for frame_index in range(LENGTH):
        paint_truth(labels[frame_index], frame_index)
    return labels


@pytest.fixture
def masked_project(project_path, masks):
    with Project.open(project_path) as project:
        project.do(EditMask(3, 0, 0, masks[3]))
    return project_path


def write_file(path, masks, names=("walk",)):
    """A COCO-VIS file of the same masks for each video."""
    frames = [[coco_vis.CocoVisFrame() for _ in masks] for _ in (1, 2)]
    for frame_index, labels in enumerate(masks):
        for row in (0, 1):
            frames[row][frame_index] = coco_vis.CocoVisFrame.of_mask(coco_mask(labels == row + 1))
    size = {"width": WIDTH, "height": HEIGHT, "length": len(masks)}
    videos = tuple(coco_vis.CocoVisVideo.of_size(number, name, **size) for number, name in enumerate(names, 1))
    tracks = tuple(
        coco_vis.CocoVisTrack(2 * video.video_id + row, row + 1, video.video_id, row + 1, tuple(frames[row]))
        for video in videos
        for row in (0, 1)
    )
    coco_vis.write_ground_truth(path, coco_vis.CocoVisDataset(videos, coco_vis.categories_of(["cell", "dish"]), tracks))
    return path


def coco_mask(mask):
    from mfvis_engine.formats import Rle

    return Rle.encode(mask)


def test_a_project_is_its_video_and_masks(masked_project, masks):
    video, labels = project_reader(str(masked_project))(str(masked_project))

    assert video[2] == "image"
    assert video[0].shape == (LENGTH, HEIGHT, WIDTH, 3)
    assert tuple(video[0][0][10, 10]) == (220, 60, 60)
    assert labels[2] == "labels"
    assert np.array_equal(labels[0][3], masks[3])
    assert not labels[0][4].any()
    assert video[1]["metadata"] == labels[1]["metadata"] == {"mfvis_project": str(masked_project)}


def test_painting_on_the_masks_of_a_project_leaves_the_project(masked_project):
    _, labels = project_reader(str(masked_project))(str(masked_project))
    labels[0][5, :4, :4] = 9

    assert labels[0][5][0, 0] == 9
    with Project.open(masked_project, read_only=True) as project:
        assert not project.read_masks(5).any()


def test_a_project_without_its_video_is_its_masks(masked_project, monkeypatch):
    told = []
    monkeypatch.setattr("napari.utils.notifications.show_warning", told.append)
    (masked_project.parent / "clip").rename(masked_project.parent / "elsewhere")

    (labels,) = project_reader(str(masked_project))(str(masked_project))

    assert labels[2] == "labels"
    assert "clip" in told[0]


def test_a_viewer_shows_what_readers_give(masked_project):
    viewer = ViewerModel()
    for data, settings, kind in project_reader(str(masked_project))(""):
        getattr(viewer, f"add_{kind}")(data, **settings)

    viewer.dims.set_current_step(0, 3)
    assert viewer.layers["walk masks"].get_value((3, 10, 25)) == 1
    assert "cell" in viewer.layers["walk masks"].get_status((3, 10, 25))["value"]


def test_a_coco_vis_file_is_a_labels_layer_a_video(tmp_path, masks):
    path = write_file(tmp_path / "walks.json", masks, ["walk", "run"])

    layers = coco_vis_reader(str(path))(str(path))

    assert [settings["name"] for _, settings, _ in layers] == ["walk", "run"]
    for data, settings, kind in layers:
        assert kind == "labels"
        assert np.array_equal(data[:], masks)
        assert settings["features"] == {"index": [0, 1, 2], "category": ["background", "cell", "dish"]}


def test_of_a_great_many_videos_the_first_are_opened(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr("napari.utils.notifications.show_warning", told.append)
    masks = np.zeros((1, HEIGHT, WIDTH), np.uint16)
    masks[0, :2, :2], masks[0, 4:6, :2] = 1, 2
    path = write_file(tmp_path / "many.json", masks, [f"clip{number}" for number in range(MAX_VIDEOS + 1)])

    assert len(coco_vis_reader(str(path))(str(path))) == MAX_VIDEOS
    assert str(MAX_VIDEOS + 1) in told[0]


def test_a_track_id_that_no_label_can_be_is_refused(tmp_path):
    masks = np.zeros((1, HEIGHT, WIDTH), np.uint16)
    masks[0, :2, :2], masks[0, 4:6, :2] = 1, 2
    path = write_file(tmp_path / "walk.json", masks)
    content = json.loads(path.read_text())
    content["annotations"][1]["track_id"] = MAX_TRACK_ID + 1
    path.write_text(json.dumps(content))

    with pytest.raises(FormatError, match="65536"):
        coco_vis_reader(str(path))(str(path))


def test_a_video_is_an_image():
    path = str(sample_clip().video_path)
    ((data, settings, kind),) = video_reader(path)(path)

    assert (kind, settings["rgb"], settings["metadata"]) == ("image", True, {"mfvis_video": path})
    assert data[0].shape == data.shape[1:]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("settings.json", '{"a": [1, 2]}'),
        ("list.json", "[1, 2]"),
        ("images.json", '{"images": [{"id": 1}], "annotations": [{"id": 1, "image_id": 1}]}'),
        ("labels.json", '{"annotations": {"a": 1}, "x": 2}'),
        ("cut.json", '{"videos": ['),
        ("empty.json", ""),
        ("notes.json", "no JSON with videos"),
    ],
)
def test_other_json_is_left_to_others(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert coco_vis_reader(str(tmp_path / name)) is None


def test_what_is_not_there_is_left_to_others(tmp_path):
    missing = str(tmp_path / "missing")
    assert [ask(missing) for ask in (project_reader, coco_vis_reader, video_reader)] == [None] * 3


def test_folders_and_stacks_of_files_are_left_to_others(tmp_path, project_path):
    assert project_reader(str(project_path.parent / "clip")) is None
    assert project_reader([str(project_path)]) is None
    assert video_reader(str(project_path.parent / "clip")) is None
    assert coco_vis_reader([]) is None


def test_a_large_foreign_file_is_known_from_its_first_bytes(tmp_path, monkeypatch):
    path = tmp_path / "map.json"
    path.write_text('{"type": "FeatureCollection", "features": [' + ",".join(["[0.5, 1.5]"] * 200_000) + "]}")
    monkeypatch.setattr(readers, "_is_detected", lambda _: pytest.fail("read on"))
    assert coco_vis_reader(str(path)) is None
