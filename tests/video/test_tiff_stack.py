import logging
import pickle
import random

import numpy as np
import pytest
import tifffile

from mfvis_engine.video import (
    FrameIndexError,
    Normalization,
    TiffStackVideo,
    TruncatedVideoError,
    TruncatedVideoWarning,
    UnreadableFrameError,
    VideoError,
    VideoSource,
    open_video,
)

from .clips import cut, picture

GREY8 = np.random.default_rng(0).integers(0, 256, (11, 24, 30), dtype=np.uint8)
GREY16 = np.random.default_rng(1).integers(90, 4000, (11, 24, 30), dtype=np.uint16)
RGB8 = np.stack([picture(index, 24, 30) for index in range(11)])

SETTINGS = {
    "plain": {},
    "no metadata": {"metadata": None},
    "named axes": {"metadata": {"axes": "TYX"}},
    "zlib": {"compression": "zlib"},
    "tiles": {"tile": (16, 16)},
    "ImageJ": {"imagej": True, "metadata": {"axes": "TYX"}},
    "ImageJ Z stack": {"imagej": True, "metadata": {"axes": "ZYX"}},
    "OME": {"ome": True, "metadata": {"axes": "TYX"}},
    "big-endian": {"byteorder": ">"},
    "BigTIFF": {"bigtiff": True},
    "single directory": {"truncate": True},
}


@pytest.fixture(autouse=True)
def _quiet_tifffile():
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("stack", [GREY8, GREY16], ids=["8-bit", "16-bit"])
def test_grey_stacks(tmp_path, name, stack):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, stack, photometric="minisblack", **SETTINGS[name])
    with open_video(path, cache_bytes=5 * 24 * 30 * 3) as video:
        assert isinstance(video, TiffStackVideo)
        assert isinstance(video, VideoSource)
        assert (video.length, video.height, video.width) == stack.shape
        assert (video.normalization is None) == (stack.dtype == np.uint8)
        expected = stack if video.normalization is None else video.normalization.apply(stack)
        for index in random.Random(0).sample(range(11), 11):
            np.testing.assert_array_equal(video.frame(index), np.repeat(expected[index][..., None], 3, -1))


@pytest.mark.parametrize(
    ("stack", "settings"),
    [
        (RGB8, {"photometric": "rgb"}),
        (RGB8, {"photometric": "rgb", "compression": "zlib"}),
        (np.moveaxis(RGB8, -1, 1), {"photometric": "rgb", "planarconfig": "separate"}),
        (np.moveaxis(RGB8, -1, 1), {"photometric": "minisblack", "metadata": {"axes": "TCYX"}}),
        (np.moveaxis(RGB8, -1, 1), {"imagej": True, "metadata": {"axes": "TCYX"}}),
        (np.moveaxis(RGB8, -1, 0), {"photometric": "minisblack", "metadata": {"axes": "CTYX"}}),
        (np.moveaxis(RGB8, -1, 1), {"photometric": "minisblack", "ome": True, "metadata": {"axes": "TCYX"}}),
    ],
)
def test_colour_stacks(tmp_path, stack, settings):
    tifffile.imwrite(tmp_path / "a.tif", stack, **settings)
    with TiffStackVideo(tmp_path / "a.tif") as video:
        np.testing.assert_array_equal(video.frames(0, video.length), RGB8)


def test_pages_appended_one_by_one(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for page in GREY8:
            writer.write(page, contiguous=False)
    with TiffStackVideo(tmp_path / "a.tif") as video:
        np.testing.assert_array_equal(video.frames(0, 11)[..., 0], GREY8)


def test_single_page(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY8[0])
    with TiffStackVideo(tmp_path / "a.tif") as video:
        assert video.length == 1


def test_palette_and_inverted_grey(tmp_path):
    palette = np.random.default_rng(2).integers(0, 65536, (3, 256), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "p.tif", GREY8, photometric="palette", colormap=palette)
    tifffile.imwrite(tmp_path / "w.tif", GREY8, photometric="miniswhite")
    with TiffStackVideo(tmp_path / "p.tif") as video:
        np.testing.assert_array_equal(video.frame(4), np.moveaxis(palette[:, GREY8[4]] >> 8, 0, -1))
    with TiffStackVideo(tmp_path / "w.tif") as video:
        np.testing.assert_array_equal(video.frame(4)[..., 1], 255 - GREY8[4])


def test_float_stack(tmp_path):
    stack = np.random.default_rng(0).normal(size=(40, 24, 30)).astype(np.float32)
    stack[0, 0, 0] = np.nan
    tifffile.imwrite(tmp_path / "a.tif", stack)
    with TiffStackVideo(tmp_path / "a.tif") as video:
        low, high = video.normalization.low, video.normalization.high
        assert -3.6 < low < -2.8
        assert 2.8 < high < 3.6
        assert video.frame(0)[0, 0, 0] == 0
        np.testing.assert_array_equal(video.frame(9)[..., 0], video.normalization.apply(stack[9]))


def test_recorded_normalization_is_used_again(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY16)
    recorded = Normalization(0.0, 65535.0)
    with open_video(tmp_path / "a.tif", normalization=recorded) as video:
        assert video.normalization == recorded
        with pickle.loads(pickle.dumps(video)) as copy:
            assert copy.normalization == recorded
            np.testing.assert_array_equal(copy.frame(1), video.frame(1))


def test_frame_rate_of_imagej(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY8, imagej=True, metadata={"axes": "TYX", "finterval": 0.5})
    with TiffStackVideo(tmp_path / "a.tif") as video:
        assert video.frame_rate == 2.0


@pytest.mark.parametrize(
    ("settings", "declared", "readable"),
    [({}, 11, 7), ({"compression": "zlib"}, None, 6), ({"imagej": True, "metadata": {"axes": "TYX"}}, 11, 1)],
)
def test_cut_off_stack_gives_its_first_frames_and_says_so(tmp_path, settings, declared, readable):
    tifffile.imwrite(tmp_path / "a.tif", GREY8, **settings)
    part = cut(tmp_path / "a.tif", tmp_path / "part.tif", 0.6)
    with pytest.warns(TruncatedVideoWarning, match=f"first unreadable one is frame {readable}"):
        video = TiffStackVideo(part)
    with video:
        assert video.truncation.declared == declared
        np.testing.assert_array_equal(video.frames(0, video.length)[..., 0], GREY8[:readable])
        with pytest.raises(TruncatedVideoError, match=rf"No frame {readable}: .* is cut off: {readable} frames"):
            video.frame(readable)


def test_damaged_page_is_named_and_the_others_are_read(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREY8, compression="zlib")
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[5].dataoffsets[0]
    data = bytearray(path.read_bytes())
    data[offset : offset + 40] = bytes(40)
    path.write_bytes(data)
    with TiffStackVideo(path) as video:
        np.testing.assert_array_equal(video.frame(6)[..., 0], GREY8[6])
        with pytest.raises(UnreadableFrameError, match=r"Frame 5 of .* cannot be read"):
            video.frame(5)


def test_pages_of_different_sizes_are_named(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for page in (GREY8[0], GREY8[1], GREY8[2, :10]):
            writer.write(page, contiguous=False)
    with pytest.raises(VideoError, match=r"page 0 30x24 uint8, page 2 30x10 uint8"):
        TiffStackVideo(tmp_path / "a.tif")


def test_two_counting_axes(tmp_path):
    stack = GREY8[:6].reshape(2, 3, 24, 30)
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="minisblack", metadata={"axes": "TZYX"})
    with pytest.raises(VideoError, match="T=2, Z=3, Y=24, X=30"):
        TiffStackVideo(tmp_path / "a.tif")


@pytest.mark.parametrize("data", [b"", b"II*\0", b"not a tiff file"])
def test_not_a_tiff(tmp_path, data):
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(VideoError, match="cannot be read as TIFF"):
        open_video(tmp_path / "a.tif")


def test_index_outside(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY8)
    with TiffStackVideo(tmp_path / "a.tif") as video, pytest.raises(FrameIndexError, match=r"0\.\.10"):
        video.frame(11)
