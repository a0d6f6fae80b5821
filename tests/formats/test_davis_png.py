import re

import numpy as np
import pytest
from PIL import Image

from mfvis_engine.formats import FormatError, davis_palette, read_davis, write_davis


@pytest.fixture
def label_masks():
    return np.random.default_rng(0).integers(0, 255, (4, 6, 9)).astype(np.uint16)


def test_the_palette_is_that_of_davis():
    known = {0: (0, 0, 0), 1: (128, 0, 0), 2: (0, 128, 0), 3: (128, 128, 0), 4: (0, 0, 128), 8: (64, 0, 0)}
    known |= {15: (192, 128, 128), 20: (0, 64, 128), 255: (224, 224, 192)}
    palette = davis_palette()
    assert {label: tuple(palette[label].tolist()) for label in known} == known


def test_what_is_written_reads_back(tmp_path, label_masks):
    assert write_davis(tmp_path / "clip", iter(label_masks)) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip"]
    frames = list(read_davis(tmp_path / "clip"))
    assert {frame.dtype for frame in frames} == {np.dtype(np.uint16)}
    np.testing.assert_array_equal(frames, label_masks)


def test_other_tools_see_indices_and_colours(tmp_path, label_masks):
    write_davis(tmp_path / "clip", label_masks)
    with Image.open(tmp_path / "clip" / "00002.png") as image:
        assert image.mode == "P"
        np.testing.assert_array_equal(np.asarray(image), label_masks[2])
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), davis_palette()[label_masks[2]])


@pytest.mark.parametrize("track_id", [255, 256, 40_000])
def test_ids_that_do_not_fit_are_refused_and_nothing_is_left(tmp_path, label_masks, track_id):
    label_masks[3, 0, 0] = track_id
    message = f"frame 3 holds track id {track_id}, but a DAVIS mask holds ids up to 254"
    with pytest.raises(FormatError, match=message):
        write_davis(tmp_path / "clip", label_masks)
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_is_left_alone(tmp_path, label_masks):
    write_davis(tmp_path / "clip", label_masks)
    with pytest.raises(FormatError, match="is there already and not an empty folder"):
        write_davis(tmp_path / "clip", label_masks[:1])
    assert len(list(read_davis(tmp_path / "clip"))) == 4


def test_an_empty_folder_is_taken(tmp_path, label_masks):
    (tmp_path / "clip").mkdir()
    write_davis(tmp_path / "clip", label_masks)
    assert len(list((tmp_path / "clip").iterdir())) == 4


def test_folders_that_are_no_masks(tmp_path):
    with pytest.raises(FormatError, match="holds no PNG"):
        list(read_davis(tmp_path))
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "00000.png")
    with pytest.raises(FormatError, match=r"00000.png has the mode RGB"):
        list(read_davis(tmp_path))
    (tmp_path / "00000.png").write_bytes(b"no image")
    with pytest.raises(FormatError, match=r"00000.png cannot be read as an image"):
        list(read_davis(tmp_path))


def test_mixed_sizes_are_refused(tmp_path):
    for index, size in enumerate([(4, 4), (4, 5)]):
        Image.fromarray(np.zeros(size, np.uint8)).save(tmp_path / f"{index:05d}.png")
    with pytest.raises(FormatError, match=re.escape("is (4, 5) (height, width), those before it (4, 4)")):
        list(read_davis(tmp_path))
