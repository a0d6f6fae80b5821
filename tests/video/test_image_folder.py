import pickle
import random

import av
import numpy as np
import pytest
import tifffile
from PIL import Image

from mfvis_engine.video import (
    FrameIndexError,
    ImageFolder,
    Normalization,
    UnreadableFrameError,
    VideoError,
    VideoSource,
    open_video,
)
from mfvis_engine.video.image_folder import natural_key

from .clips import picture


def _fill(folder, names):
    for index, name in enumerate(names):
        Image.fromarray(picture(index)).save(folder / name)
    return folder


def test_frames_in_natural_order(tmp_path):
    _fill(tmp_path, [f"frame{number}.png" for number in range(1, 13)])
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "._frame1.png").write_bytes(b"macOS side file")
    (tmp_path / "deeper").mkdir()
    with open_video(tmp_path) as video:
        assert isinstance(video, VideoSource)
        assert (video.length, video.frame_rate, video.normalization) == (12, None, None)
        for index in random.Random(0).sample(range(12), 12):
            np.testing.assert_array_equal(video.frame(index), picture(index))
        with pytest.raises(ValueError, match="read-only"):
            video.frame(2)[:] = 0


def test_natural_key():
    names = ["b1.png", "a10.png", "a9.png", "A2.png", "7.png", "a.png", "10.png"]
    ordered = sorted(names, key=natural_key)
    assert ordered[ordered.index("A2.png") :][:3] == ["A2.png", "a9.png", "a10.png"]
    assert ordered.index("7.png") < ordered.index("10.png")
    assert ordered[-1] == "b1.png"


@pytest.mark.parametrize("suffix", [".png", ".PNG", ".tif", ".tiff", ".bmp", ".webp"])
def test_lossless_kinds(tmp_path, suffix):
    lossless = {"lossless": True} if suffix == ".webp" else {}
    Image.fromarray(picture(0)).save(tmp_path / f"a{suffix}", **lossless)
    with ImageFolder(tmp_path) as video:
        np.testing.assert_array_equal(video.frame(0), picture(0))


def test_jpeg(tmp_path):
    grey = np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))
    Image.fromarray(grey).save(tmp_path / "a.jpg", quality=98)
    with ImageFolder(tmp_path) as video:
        assert video.frame(0).shape == (48, 64, 3)
        assert np.abs(video.frame(0)[..., 1].astype(int) - grey).max() < 6


@pytest.mark.parametrize("mode", ["L", "RGBA", "LA", "P", "1"])
def test_modes_become_rgb(tmp_path, mode):
    image = Image.fromarray(picture(0)).convert(mode)
    image.save(tmp_path / "a.png")
    with ImageFolder(tmp_path) as video:
        np.testing.assert_array_equal(video.frame(0), np.asarray(image.convert("RGB")))


def test_exif_orientation(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # stands upright after a quarter turn clockwise
    Image.fromarray(picture(0)).save(tmp_path / "a.png", exif=exif)
    with ImageFolder(tmp_path) as video:
        assert (video.height, video.width) == (64, 48)
        np.testing.assert_array_equal(video.frame(0), np.rot90(picture(0), -1))


def test_16_bit_grey_is_normalised_once(tmp_path):
    deep = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) + 1000
    for index in range(3):
        Image.fromarray(deep + 500 * index).save(tmp_path / f"{index}.png")
    with ImageFolder(tmp_path) as video:
        normalization = video.normalization
        assert 1000 <= normalization.low < 1010
        assert 5060 < normalization.high <= 1000 + 48 * 64 - 1 + 1000
        np.testing.assert_array_equal(video.frame(2)[..., 0], normalization.apply(deep + 1000))
        with pickle.loads(pickle.dumps(video)) as copy:
            assert copy.normalization == normalization
    recorded = Normalization(0, 65535)
    with open_video(tmp_path, normalization=recorded) as video:
        assert video.normalization == recorded
        np.testing.assert_array_equal(video.frame(0)[..., 2], recorded.apply(deep))


def test_16_bit_colour_png_keeps_its_depth(tmp_path):
    deep = (np.arange(8 * 10 * 3, dtype=np.uint16) + 300).reshape(8, 10, 3)  # all within 1/256 of the range
    with av.open(str(tmp_path / "a.png"), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 10, 8, "rgb48be"
        frame = av.VideoFrame.from_ndarray(deep, format="rgb48le").reformat(format="rgb48be")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with ImageFolder(tmp_path) as video:
        np.testing.assert_array_equal(video.frame(0), video.normalization.apply(deep))
        assert len(np.unique(video.frame(0))) > 200


def test_16_bit_colour_tiff(tmp_path):
    deep = (np.arange(8 * 10 * 3, dtype=np.uint16) * 100).reshape(8, 10, 3)
    tifffile.imwrite(tmp_path / "a.tif", deep, photometric="rgb")
    with ImageFolder(tmp_path) as video:
        np.testing.assert_array_equal(video.frame(0), video.normalization.apply(deep))


def test_empty_folder(tmp_path):
    with pytest.raises(VideoError, match=r"holds no pictures.*bmp, jpeg, jpg, png"):
        open_video(tmp_path)


def test_no_such_folder(tmp_path):
    with pytest.raises(VideoError, match="no folder"):
        ImageFolder(tmp_path / "nowhere")


def test_mixed_sizes_are_named(tmp_path):
    _fill(tmp_path, ["a.png", "b.png", "d.png"])
    Image.fromarray(picture(0, 20, 30)).save(tmp_path / "c.png")
    with pytest.raises(VideoError, match=r"most are 64x48, 8-bit, as a\.png, but not c\.png \(30x20, 8-bit\)"):
        open_video(tmp_path)


def test_mixed_depths_are_named(tmp_path):
    _fill(tmp_path, ["a.png", "b.png"])
    Image.fromarray(np.zeros((48, 64), np.uint16)).save(tmp_path / "c.png")
    with pytest.raises(VideoError, match=r"c\.png \(64x48, deeper than 8-bit\)"):
        open_video(tmp_path)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_file_that_is_no_picture(tmp_path, suffix):
    _fill(tmp_path, ["a.png", "c.png"])
    (tmp_path / f"b{suffix}").write_bytes(b"not a picture at all")
    with pytest.raises(UnreadableFrameError, match=rf"Frame 1, .*b\{suffix}, cannot be read"):
        open_video(tmp_path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_unreadable_frame_is_named_and_the_others_are_read(tmp_path, suffix):
    _fill(tmp_path, [f"{index}{suffix}" for index in range(4)])
    damaged = tmp_path / f"2{suffix}"
    damaged.write_bytes(damaged.read_bytes()[: -damaged.stat().st_size // 2])
    if suffix == ".tif":  # Pillow writes the page directory first
        assert damaged.stat().st_size > 200
    with open_video(tmp_path) as video:
        assert video.frame(3).shape == video.frame(1).shape
        with pytest.raises(UnreadableFrameError, match=rf"Frame 2, .*2\{suffix}, cannot be read"):
            video.frame(2)


def test_stack_within_a_folder(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((5, 8, 8), np.uint8))
    with pytest.raises(VideoError, match="holds 5 pages"):
        open_video(tmp_path)


def test_index_outside(tmp_path):
    with (
        open_video(_fill(tmp_path, ["a.png", "b.png"])) as video,
        pytest.raises(FrameIndexError, match=r"0\.\.1"),
    ):
        video.frame(2)
