import pickle

import numpy as np
import pytest
import zarr

from mfvis_engine.video import (
    ArrayVideo,
    FrameIndexError,
    Normalization,
    UnreadableFrameError,
    VideoError,
    VideoSource,
    open_video,
    open_zarr,
)

from .clips import picture

RGB = np.stack([picture(index, 24, 30) for index in range(9)])
GREY16 = np.random.default_rng(1).integers(90, 4000, (9, 24, 30), dtype=np.uint16)


def test_colour_array():
    with ArrayVideo(RGB, frame_rate=12.5) as video:
        assert isinstance(video, VideoSource)
        assert (video.length, video.height, video.width, video.frame_rate) == (9, 24, 30, 12.5)
        np.testing.assert_array_equal(video.frames(0, 9), RGB)
        with pytest.raises(ValueError, match="read-only"):
            video.frame(0)[:] = 0


def test_grey_and_boolean_arrays():
    grey = RGB[..., 0]
    np.testing.assert_array_equal(ArrayVideo(grey).frame(3), np.repeat(grey[3][..., None], 3, -1))
    np.testing.assert_array_equal(ArrayVideo(grey > 99).frame(3)[..., 0], np.where(grey[3] > 99, 255, 0))


def test_deep_array_is_normalised_once():
    video = ArrayVideo(GREY16)
    np.testing.assert_array_equal(video.frame(5)[..., 2], video.normalization.apply(GREY16[5]))
    assert ArrayVideo(GREY16, normalization=Normalization(1, 2)).normalization == Normalization(1, 2)


def test_axes_given():
    np.testing.assert_array_equal(ArrayVideo(np.moveaxis(RGB, -1, 1), axes="TCYX").frame(8), RGB[8])


def test_pickled():
    copy = pickle.loads(pickle.dumps(ArrayVideo(GREY16, 3.0)))
    assert copy.frame_rate == 3.0
    np.testing.assert_array_equal(copy.frame(2), ArrayVideo(GREY16).frame(2))


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.zeros((5, 6), np.uint8), r"shape \(5, 6\)"),
        (np.zeros((2, 5, 6, 2), np.uint8), r"shape \(2, 5, 6, 2\)"),
        (np.zeros((0, 5, 6), np.uint8), "is empty"),
        (np.zeros((2, 5, 6), np.complex64), "complex64"),
        (np.zeros((2, 5, 6), object), "object"),
    ],
)
def test_arrays_that_are_no_video(frames, message):
    with pytest.raises(VideoError, match=message):
        ArrayVideo(frames)


@pytest.mark.parametrize("index", [-1, 9])
def test_index_outside(index):
    with pytest.raises(FrameIndexError, match=r"0\.\.8"):
        ArrayVideo(RGB).frame(index)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_zarr_array(tmp_path, zarr_format):
    array = zarr.create_array(
        tmp_path / "a.zarr", shape=RGB.shape, dtype="u1", chunks=(1, 24, 30, 3), zarr_format=zarr_format
    )
    array[:] = RGB
    with open_video(tmp_path / "a.zarr", cache_bytes=3 * RGB[0].nbytes) as video:
        np.testing.assert_array_equal(video.frames(0, 9), RGB)
        assert video._cache.held_bytes == 3 * RGB[0].nbytes
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(video)).frame(4), RGB[4])


def _ome(path, *, zarr_format, axes, values):
    group = zarr.open_group(path, mode="w", zarr_format=zarr_format)
    array = group.create_array("0", shape=values.shape, dtype=values.dtype)
    array[:] = values
    group.create_array("1", shape=(1, 1), dtype="u1")
    image = {"axes": axes, "datasets": [{"path": "0"}, {"path": "1"}]}
    group.attrs.update({"ome": {"multiscales": [image]}} if zarr_format == 3 else {"multiscales": [image]})
    return path


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_ome_zarr(tmp_path, zarr_format):
    axes = [{"name": name} for name in "tczyx"]
    path = _ome(tmp_path / "a.zarr", zarr_format=zarr_format, axes=axes, values=GREY16[:, None, None])
    with open_zarr(path) as video:
        assert video.length == 9
        np.testing.assert_array_equal(video.frame(4)[..., 0], video.normalization.apply(GREY16[4]))


def test_ome_zarr_in_colour(tmp_path):
    values = np.moveaxis(RGB, -1, 1)[:, :, None]
    path = _ome(tmp_path / "a.zarr", zarr_format=3, axes=list("tczyx"), values=values)
    with open_zarr(path) as video:
        np.testing.assert_array_equal(video.frames(0, 9), RGB)


def test_ome_zarr_of_volumes(tmp_path):
    values = GREY16.reshape(3, 1, 3, 24, 30)
    path = _ome(tmp_path / "a.zarr", zarr_format=3, axes=list("tczyx"), values=values)
    with pytest.raises(VideoError, match="T=3, C=1, Z=3, Y=24, X=30"):
        open_zarr(path)


def test_group_with_one_array_or_several(tmp_path):
    group = zarr.open_group(tmp_path / "a.zarr", mode="w")
    group.create_array("only", shape=RGB.shape, dtype="u1")[:] = RGB
    with open_video(tmp_path / "a.zarr") as video:
        np.testing.assert_array_equal(video.frame(1), RGB[1])
    group.create_array("another", shape=(2, 2), dtype="u1")
    with pytest.raises(VideoError, match="another, only"):
        open_video(tmp_path / "a.zarr")


def test_damaged_chunk(tmp_path):
    array = zarr.create_array(tmp_path / "a.zarr", shape=RGB.shape, dtype="u1", chunks=(1, 24, 30, 3))
    array[:] = RGB
    (tmp_path / "a.zarr" / "c" / "3" / "0" / "0" / "0").write_bytes(b"damage")
    with open_video(tmp_path / "a.zarr") as video:
        np.testing.assert_array_equal(video.frame(4), RGB[4])
        with pytest.raises(UnreadableFrameError, match="Frame 3 of"):
            video.frame(3)


def test_npy(tmp_path):
    np.save(tmp_path / "a.npy", RGB)
    with open_video(tmp_path / "a.npy") as video:
        np.testing.assert_array_equal(video.frame(8), RGB[8])
    (tmp_path / "b.npy").write_bytes(b"no numbers")
    with pytest.raises(VideoError, match="cannot be opened as a numpy array"):
        open_video(tmp_path / "b.npy")


def test_nothing_there(tmp_path):
    with pytest.raises(VideoError, match="no file or folder"):
        open_video(tmp_path / "nowhere.mp4")
