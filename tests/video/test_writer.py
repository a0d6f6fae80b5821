import av
import numpy as np
import pytest

from mfvis_engine.video import VideoError, open_video, write_video, writer

SMOOTH = np.stack(np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 48)), -1)


def _frames(length, height=48, width=64):
    for index in range(length):
        blue = np.full((48, 64, 1), 20 * index)
        yield np.concatenate([SMOOTH, blue], -1).astype(np.uint8)[:height, :width]


@pytest.mark.parametrize("encoder", ["libx264", "mpeg4"])
def test_round_trip(tmp_path, monkeypatch, encoder):
    monkeypatch.setattr(writer, "ENCODERS", (encoder,))
    write_video(tmp_path / "a.mp4", _frames(10), 12.5)
    with open_video(tmp_path / "a.mp4") as video:
        assert (video.length, video.height, video.width, video.frame_rate) == (10, 48, 64, 12.5)
        for index, frame in enumerate(_frames(10)):
            assert np.abs(video.frame(index).astype(int) - frame).mean() < 4
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_any_player_shows_it(tmp_path):
    write_video(tmp_path / "a.mp4", _frames(3), 30000 / 1001)
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate.limit_denominator(1001) * 1001 == 30000


def test_odd_sizes_gain_a_copy_of_the_last_row_and_column(tmp_path):
    write_video(tmp_path / "a.mp4", _frames(3, 47, 63), 10)
    with open_video(tmp_path / "a.mp4") as video:
        assert (video.height, video.width) == (48, 64)
        expected = np.pad(next(_frames(1, 47, 63)), ((0, 1), (0, 1), (0, 0)), mode="edge")
        assert np.abs(video.frame(0).astype(int) - expected).mean() < 4


def test_falls_back_to_an_encoder_that_is_there(monkeypatch):
    monkeypatch.setattr(writer, "ENCODERS", ("no_such_encoder", "mpeg4"))
    assert writer.available_encoder() == "mpeg4"
    monkeypatch.setattr(writer, "ENCODERS", ("no_such_encoder",))
    with pytest.raises(VideoError, match="no_such_encoder"):
        writer.available_encoder()


@pytest.mark.parametrize(
    ("frames", "frame_rate", "message"),
    [
        ([], 10, "there are no frames"),
        ([np.zeros((4, 4, 3), np.uint8)], 0, "positive frame rate"),
        ([np.zeros((4, 4), np.uint8)], 10, r"Frame 0 is \(4, 4\) uint8"),
        ([np.zeros((4, 4, 3))], 10, r"Frame 0 is \(4, 4, 3\) float64"),
        ([np.zeros((4, 4, 3), np.uint8), np.zeros((6, 4, 3), np.uint8)], 10, "Frame 1 has the shape"),
    ],
)
def test_what_cannot_be_written_leaves_nothing_behind(tmp_path, frames, frame_rate, message):
    with pytest.raises(VideoError, match=message):
        write_video(tmp_path / "a.mp4", frames, frame_rate)
    assert list(tmp_path.iterdir()) == []


def test_failure_keeps_the_old_file(tmp_path):
    write_video(tmp_path / "a.mp4", _frames(3), 10)
    before = (tmp_path / "a.mp4").read_bytes()
    with pytest.raises(VideoError):
        write_video(tmp_path / "a.mp4", [*_frames(2), np.zeros((2, 2, 3), np.uint8)], 10)
    assert (tmp_path / "a.mp4").read_bytes() == before


def test_folder_that_is_not_there(tmp_path):
    with pytest.raises(VideoError, match="cannot be written"):
        write_video(tmp_path / "nowhere" / "a.mp4", _frames(2), 10)
