"""Labels layers written for other tools read back as they were."""

import numpy as np
import pytest
from napari.layers import Labels

from mfvis_engine.annotation import InvalidTrackIdError
from mfvis_engine.formats import FormatError, coco_vis, read_davis
from mfvis_napari.contributions.readers import coco_vis_reader
from mfvis_napari.contributions.writers import LayerRefusedError, write_coco_vis, write_davis


@pytest.fixture
def layer():
    labels = np.zeros((4, 20, 30), np.int32)
    labels[:, 2:8, 3:9] = 7
    labels[2, 10:15, 10:20] = 300
    features = {"index": [0, 7, 300], "category": ["background", "cat", "dog"]}
    return Labels(labels, name="pets", features=features)


def write(writer, path, layer):
    data, attributes, _ = layer.as_layer_data_tuple()
    return writer(str(path), data, attributes)


def test_coco_vis_keeps_labels_frames_and_categories(tmp_path, layer):
    path = tmp_path / "pets.json"

    assert write(write_coco_vis, path, layer) == [str(path)]

    dataset = coco_vis.read_ground_truth(path)
    assert [(track.track_id, track.category_id) for track in dataset.tracks] == [(7, 1), (300, 2)]
    assert [category.name for category in dataset.categories] == ["cat", "dog"]
    ((data, settings, _),) = coco_vis_reader(str(path))(str(path))
    assert np.array_equal(data[:], layer.data)
    assert settings["features"]["category"] == ["background", "cat", "dog"]


def test_what_was_read_and_painted_is_written_again(tmp_path, layer):
    write(write_coco_vis, tmp_path / "pets.json", layer)
    ((data, settings, _),) = coco_vis_reader(str(tmp_path / "pets.json"))("")
    data[1, :3, :3] = 9

    write_coco_vis(str(tmp_path / "more.json"), data, settings)

    ((again, found, _),) = coco_vis_reader(str(tmp_path / "more.json"))("")
    assert np.array_equal(again[:], data[:])
    assert found["features"] == {"index": [0, 7, 9, 300], "category": ["background", "cat", "object", "dog"]}


def test_one_picture_is_one_frame(tmp_path, layer):
    picture = layer.data[2]
    write_coco_vis(str(tmp_path / "one.json"), picture, {})
    ((data, _, _),) = coco_vis_reader(str(tmp_path / "one.json"))("")
    assert np.array_equal(data[:], picture[None])


def test_davis_is_a_folder_of_pictures(tmp_path, layer):
    labels = np.minimum(layer.data, 200)
    assert write_davis(str(tmp_path / "pets"), labels, {}) == [str(tmp_path / "pets")]
    assert np.array_equal(list(read_davis(tmp_path / "pets")), labels)


def test_davis_refuses_labels_that_it_cannot_hold(tmp_path, layer):
    with pytest.raises(FormatError, match="300"):
        write(write_davis, tmp_path / "pets", layer)
    assert not (tmp_path / "pets").exists()


@pytest.mark.parametrize("writer", [write_coco_vis, write_davis])
def test_other_dimensions_are_refused(tmp_path, writer):
    with pytest.raises(LayerRefusedError, match="frames, height, width"):
        writer(str(tmp_path / "a.json"), np.zeros((2, 3, 4, 5), int), {})
    assert not any(tmp_path.iterdir())


def test_negative_labels_are_refused(tmp_path):
    with pytest.raises(InvalidTrackIdError, match="-1"):
        write_coco_vis(str(tmp_path / "a.json"), np.full((1, 4, 4), -1), {})


def test_a_layer_without_labels_is_refused(tmp_path):
    with pytest.raises(LayerRefusedError, match="nothing"):
        write_coco_vis(str(tmp_path / "a.json"), np.zeros((1, 4, 4), int), {})


def test_napari_s_own_writer_stays_the_usual_one(npe2pm, layer, tmp_path):
    from tests.gui.contributions.test_manifest import MANIFEST

    with npe2pm.tmp_plugin(package="napari"), npe2pm.tmp_plugin(manifest=str(MANIFEST)):
        chosen = {name: npe2pm.get_writer(str(tmp_path / name), ["labels"])[0] for name in ("a", "a.tif", "a.json")}
        davis, path = npe2pm.get_writer(str(tmp_path / "b"), ["labels"], "mfvis-napari.write_davis")

    assert {name: writer.command for name, writer in chosen.items()} == {
        "a": "napari.write_labels",
        "a.tif": "napari.write_labels",
        "a.json": "mfvis-napari.write_coco_vis",
    }
    assert (davis.command, path) == ("mfvis-napari.write_davis", str(tmp_path / "b"))
