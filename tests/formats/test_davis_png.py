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
    Image.fromarray(np.zeros((4, 4, 4), np.uint8)).save(tmp_path / "00000.png")
    with pytest.raises(FormatError, match=r"00000.png has the mode RGBA"):
        list(read_davis(tmp_path))
    (tmp_path / "00000.png").write_bytes(b"no image")
    with pytest.raises(FormatError, match=r"00000.png cannot be read as an image"):
        list(read_davis(tmp_path))


def test_mixed_sizes_are_refused(tmp_path):
    for index, size in enumerate([(4, 4), (4, 5)]):
        Image.fromarray(np.zeros(size, np.uint8)).save(tmp_path / f"{index:05d}.png")
    with pytest.raises(FormatError, match=re.escape("is (4, 5) (height, width), those before it (4, 4)")):
        list(read_davis(tmp_path))


def test_colour_files_of_the_palette_are_read(tmp_path, label_masks):
    for index, labels in enumerate(label_masks):
        Image.fromarray(davis_palette()[labels]).save(tmp_path / f"{index:05d}.png")
    frames = list(read_davis(tmp_path))
    assert {frame.dtype for frame in frames} == {np.dtype(np.uint16)}
    np.testing.assert_array_equal(frames, label_masks)


def test_colours_of_no_label_are_refused(tmp_path):
    colours = davis_palette()[np.full((4, 5), 3)]
    colours[2, 1] += 1
    Image.fromarray(colours).save(tmp_path / "00000.png")
    message = re.escape("00000.png: row 2, column 1 has the colour (129, 129, 1), which is none of DAVIS' palette")
    with pytest.raises(FormatError, match=message):
        list(read_davis(tmp_path))


def test_other_depths_are_read(tmp_path):
    deep = np.array([[0, 300], [65_535, 1]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "00000.png")
    Image.fromarray(deep == 300).save(tmp_path / "00001.png")
    Image.fromarray((deep == 300).astype(np.uint8) * 255).save(tmp_path / "00002.png")
    frames = list(read_davis(tmp_path))
    np.testing.assert_array_equal(frames, [deep, deep == 300, (deep == 300) * 255])


def test_frames_come_in_the_order_of_their_numbers(tmp_path):
    for number in range(9, 12):
        Image.fromarray(np.full((1, 1), number, np.uint8)).save(tmp_path / f"{number}.png")
    (tmp_path / "._9.png").write_bytes(b"what another system leaves behind")
    assert [int(frame[0, 0]) for frame in read_davis(tmp_path)] == [9, 10, 11]
    (tmp_path / "10.png").unlink()
    with pytest.raises(FormatError, match=r"9.png and 11.png are there, but none of the 1 between them"):
        list(read_davis(tmp_path))


def test_names_with_more_than_a_number_come_in_natural_order(tmp_path):
    for number in (2, 10, 1):
        Image.fromarray(np.full((1, 1), number, np.uint8)).save(tmp_path / f"frame{number}.png")
    assert [int(frame[0, 0]) for frame in read_davis(tmp_path)] == [1, 2, 10]


def test_pictures_beyond_any_mask_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("mfvis_engine.formats.label_images.MAX_MASK_PIXELS", 15)
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "00000.png")
    with pytest.raises(FormatError, match=r"00000.png is 4 x 4 \(height x width\): no mask above 15 pixels"):
        list(read_davis(tmp_path))


def test_negative_ids_are_refused(tmp_path):
    with pytest.raises(FormatError, match="frame 0 holds track id -1"):
        write_davis(tmp_path / "clip", [np.full((2, 2), -1)])


def test_the_number_of_the_first_frame_can_be_asked_for(tmp_path):
    for number in (10, 11):
        Image.fromarray(np.full((1, 1), number, np.uint8)).save(tmp_path / f"{number:05d}.png")
    assert [int(frame[0, 0]) for frame in read_davis(tmp_path, first_frame=10)] == [10, 11]
    with pytest.raises(FormatError, match=r"00010\.png, not number 0: .* or say that the first frame is number 10"):
        list(read_davis(tmp_path, first_frame=0))


def test_frames_of_several_sizes_are_not_written(tmp_path):
    with pytest.raises(FormatError, match=r"frame 1 is \(2, 3\) \(height, width\), those before it \(2, 2\)"):
        write_davis(tmp_path / "clip", [np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8)])
    assert not list(tmp_path.iterdir())
