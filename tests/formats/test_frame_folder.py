import re

import numpy as np
import pytest
from PIL import Image

from mfvis_engine.formats import FormatError, VerificationError, coco_vis, frame_folder
from mfvis_engine.formats.frame_folder import PictureFormat, write_frames
from mfvis_engine.video import ArrayVideo, VideoError, open_video


@pytest.fixture
def frames():
    """(T, H, W, 3): a smooth picture that changes."""
    t, y, x = np.mgrid[:3, :20, :31]
    return np.stack([4 * x, 6 * y, 60 * t], axis=-1).astype(np.uint8)


def test_png_frames_are_the_videos_own(tmp_path, frames):
    video = write_frames(tmp_path, ArrayVideo(frames), "clip 川", PictureFormat.PNG, video_id=4)
    assert video == coco_vis.CocoVisVideo(4, 31, 20, tuple(f"clip 川/0000{n}.png" for n in range(3)))
    for frame, name in zip(frames, video.file_names, strict=True):
        with Image.open(tmp_path / "JPEGImages" / name) as image:
            np.testing.assert_array_equal(np.asarray(image), frame)


def test_jpeg_frames_are_close_and_in_order(tmp_path, frames):
    video = write_frames(tmp_path, ArrayVideo(frames), "clip")
    folder = tmp_path / "JPEGImages" / "clip"
    assert sorted(path.name for path in folder.iterdir()) == ["00000.jpg", "00001.jpg", "00002.jpg"]
    assert [name.split("/")[1] for name in video.file_names] == ["00000.jpg", "00001.jpg", "00002.jpg"]
    with open_video(folder) as again:
        np.testing.assert_allclose(again.frames(0, 3).astype(int), frames, atol=8)


def test_several_videos_lie_side_by_side(tmp_path, frames):
    for name in ("a", "b"):
        write_frames(tmp_path, ArrayVideo(frames), name)
    assert sorted(path.name for path in (tmp_path / "JPEGImages").iterdir()) == ["a", "b"]
    with pytest.raises(FormatError, match="is there already and not an empty folder"):
        write_frames(tmp_path, ArrayVideo(frames), "a")


@pytest.mark.parametrize("name", ["", "..", "a/b", "../a", r"..\a", "/a", "C:", "C:a", "a\n"])
def test_names_that_lead_elsewhere_are_refused(tmp_path, frames, name):
    with pytest.raises(FormatError, match="names no folder"):
        write_frames(tmp_path, ArrayVideo(frames), name)
    assert not list(tmp_path.iterdir())


def test_a_missing_root_is_refused(tmp_path, frames):
    with pytest.raises(FormatError, match=re.escape(f"the folder {tmp_path / 'nowhere'} does not exist")):
        write_frames(tmp_path / "nowhere", ArrayVideo(frames), "a")


def test_nothing_is_left_when_a_frame_cannot_be_read(tmp_path, frames):
    class Damaged(ArrayVideo):
        def frame(self, frame_index):
            if frame_index == 2:
                raise VideoError("damaged")
            return super().frame(frame_index)

    with pytest.raises(VideoError, match="damaged"):
        write_frames(tmp_path, Damaged(frames), "a")
    assert not list(tmp_path.iterdir())


def test_a_picture_that_does_not_read_back_is_refused(tmp_path, frames, monkeypatch):
    def cut_off(path, frame, picture_format):
        Image.fromarray(frame).save(path)
        path.write_bytes(path.read_bytes()[:-40])

    monkeypatch.setattr(frame_folder, "_write", cut_off)
    with pytest.raises(VerificationError, match=r"00000.png cannot be opened again"):
        write_frames(tmp_path, ArrayVideo(frames), "a", PictureFormat.PNG)
    assert not list(tmp_path.iterdir())
