import gc
import pickle
import random
import threading

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.video import (
    ContainerVideo,
    FrameIndexError,
    TruncatedVideoError,
    TruncatedVideoWarning,
    UnreadableFrameError,
    VideoError,
    VideoSource,
    open_video,
)
from mfvis_engine.video.packet_index import build_index

from .clips import HEIGHT, WIDTH, cut, decode_in_order, remux, write_clip

B_FRAMES = {"bf": "3", "g": "12", "b-pyramid": "normal", "sc_threshold": "0"}
FEW_B_FRAMES = {"bf": "2", "g": "12", "sc_threshold": "1000000000"}
UNEVEN_MS = [int(ms) for ms in np.cumsum(np.random.default_rng(0).integers(5, 120, 60))]
EDIT_LIST = {"avoid_negative_ts": "disabled", "use_editlist": "1"}


def _vp9(path):
    options = {"lag-in-frames": "16", "auto-alt-ref": "1", "g": "20", "deadline": "realtime"}
    return write_clip(path, codec="libvpx-vp9", options=options)


def _vp8(path):
    options = {"lag-in-frames": "16", "auto-alt-ref": "1", "g": "20", "deadline": "realtime"}
    return write_clip(path, codec="libvpx", options=options)


def _edited(path):
    # The edit begins 17 pictures in, in the middle of a group: what comes before is decoded but not shown.
    return remux(write_clip(path.with_name("whole.mp4"), options=B_FRAMES), path, shift=-17 * 512, options=EDIT_LIST)


def _late(path):
    return remux(write_clip(path.with_name("whole.mp4"), options=B_FRAMES), path, shift=50 * 512)


def _starts_open(path):
    # Cut without re-encoding at a keyframe of an open group: its leading pictures have lost their reference.
    options = {"bf": "3", "g": "12", "keyint_min": "12", "x264-params": "open-gop=1:scenecut=0"}
    whole = write_clip(path.with_name("whole.mkv"), options=options)
    with av.open(str(whole)) as container:
        keys = [at for at, packet in enumerate(container.demux(video=0)) if packet.size and packet.is_keyframe]
    return remux(whole, path, first_packet=keys[1])


def _hevc(path):
    parameters = "log-level=none:open-gop=1:bframes=3:keyint=12:min-keyint=12:scenecut=0:pools=1"
    return write_clip(path, codec="libx265", options={"x265-params": parameters, "preset": "ultrafast"})


CLIPS = {
    "mp4 with B-frames": ("a.mp4", lambda p: write_clip(p, options=B_FRAMES)),
    "mp4 with one long group": (
        "a.mp4",
        lambda p: write_clip(p, 260, options={"g": "250", "bf": "2", "sc_threshold": "0"}),
    ),
    "mp4, all keyframes": ("a.mp4", lambda p: write_clip(p, options={"g": "1"})),
    "mp4 with open groups": (
        "a.mp4",
        lambda p: write_clip(p, options={"bf": "3", "g": "12", "x264-params": "open-gop=1:scenecut=0"}),
    ),
    "mp4 with intra refresh": (
        "a.mp4",
        lambda p: write_clip(p, options={"g": "15", "x264-params": "intra-refresh=1"}),
    ),
    "mp4, variable frame rate": ("a.mp4", lambda p: write_clip(p, options=B_FRAMES, times_ms=UNEVEN_MS)),
    "mp4 in fragments": (
        "a.mp4",
        lambda p: write_clip(p, options=B_FRAMES, container_options={"movflags": "frag_keyframe+empty_moov"}),
    ),
    "mov whose edit list skips": ("a.mov", _edited),
    "mp4 whose edit list skips": ("a.mp4", _edited),
    "mp4 that starts late": ("a.mp4", _late),
    "mkv that starts late": ("a.mkv", _late),
    "mkv, variable frame rate": ("a.mkv", lambda p: write_clip(p, options=B_FRAMES, times_ms=UNEVEN_MS)),
    "mkv that starts in an open group": ("a.mkv", _starts_open),
    "mkv, H.265 with open groups": ("a.mkv", _hevc),
    "mkv, lossless": ("a.mkv", lambda p: write_clip(p, codec="ffv1", pix_fmt="bgr0")),
    "avi, MPEG-4 with B-frames": (
        "a.avi",
        lambda p: write_clip(p, codec="mpeg4", options=FEW_B_FRAMES),
    ),
    "avi, H.264 with B-frames": ("a.avi", lambda p: write_clip(p, options=FEW_B_FRAMES | {"sc_threshold": "0"})),
    "avi, motion JPEG": ("a.avi", lambda p: write_clip(p, codec="mjpeg", pix_fmt="yuvj420p")),
    "webm, VP9": ("a.webm", _vp9),
    "webm, VP8": ("a.webm", _vp8),
}


@pytest.fixture(params=CLIPS)
def clip(request, tmp_path):
    name, make = CLIPS[request.param]
    return make(tmp_path / name)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("small") / "small.mp4", options=B_FRAMES)


def test_every_frame_in_any_order_is_that_of_decoding_in_order(clip):
    expected = decode_in_order(clip)
    order = list(range(len(expected)))
    random.Random(1).shuffle(order)
    frame_bytes = 3 * HEIGHT * WIDTH
    for cache_bytes in (0, 5 * frame_bytes):
        with ContainerVideo(clip, cache_bytes=cache_bytes) as video:
            assert (video.length, video.height, video.width) == (len(expected), HEIGHT, WIDTH)
            for index in (*order[:60], *reversed(range(20)), *range(len(expected)), len(expected) - 1, 0):
                np.testing.assert_array_equal(video.frame(index), expected[index], err_msg=f"frame {index}")


def test_metadata(small):
    with open_video(small) as video:
        assert isinstance(video, VideoSource)
        assert video.frame_rate == 25.0
        assert video.normalization is None
        assert video.truncation is None


def test_edit_list_hides_pictures(tmp_path):
    edited = _edited(tmp_path / "edited.mov")
    # Of the very file that was cut: the encoder gives other pixels now and then.
    expected = decode_in_order(tmp_path / "whole.mp4")[17:]
    with ContainerVideo(edited) as video:
        np.testing.assert_array_equal(video.frames(0, video.length), expected)


@settings(max_examples=25)
@given(
    accesses=st.lists(st.integers(0, 59), min_size=1, max_size=25),
    kept_frames=st.integers(0, 8),
)
def test_any_access_pattern(small, accesses, kept_frames):
    expected = decode_in_order(small)
    with ContainerVideo(small, cache_bytes=kept_frames * 3 * HEIGHT * WIDTH) as video:
        for index in accesses:
            np.testing.assert_array_equal(video.frame(index), expected[index])
            assert video._cache.held_bytes <= kept_frames * 3 * HEIGHT * WIDTH


def test_reading_in_order_never_seeks(small):
    with ContainerVideo(small, cache_bytes=0) as video:
        starts = []
        start = video._decoder.start
        video._decoder.start = lambda packet: (starts.append(packet), start(packet))
        for index in range(video.length):
            video.frame(index)
    assert starts == [0]


def test_frames_on_the_way_are_cached(small):
    with ContainerVideo(small) as video:
        video.frame(10)
        assert all(index in video._cache for index in range(11))


def test_neither_frames_nor_blocks_reach_the_cache(small):
    with ContainerVideo(small) as video:
        frame = video.frame(4)
        with pytest.raises(ValueError, match="read-only"):
            frame[0, 0] = 0
        block = video.frames(2, 6)
        before = frame.copy()
        block[:] = 0
        np.testing.assert_array_equal(video.frame(4), before)
        assert video.frames(3, 3).shape == (0, HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("index", [-1, 60, 10**6])
def test_index_outside(small, index):
    with ContainerVideo(small) as video, pytest.raises(FrameIndexError, match=rf"No frame {index} .*0\.\.59"):
        video.frame(index)


def test_block_outside(small):
    with ContainerVideo(small) as video:
        with pytest.raises(FrameIndexError, match="60"):
            video.frames(50, 61)
        with pytest.raises(FrameIndexError, match="start must not lie past stop"):
            video.frames(5, 4)


def test_closed(small):
    video = ContainerVideo(small)
    video.frame(3)
    video.close()
    video.close()
    with pytest.raises(VideoError, match="has been closed"):
        video.frame(3)


def test_pickled_source_reads_the_same(small):
    with ContainerVideo(small, cache_bytes=1000) as video, pickle.loads(pickle.dumps(video)) as copy:
        np.testing.assert_array_equal(copy.frame(33), video.frame(33))


def test_threads_share_a_source(small):
    expected = decode_in_order(small)
    wrong = []

    def read(seed):
        indices = random.Random(seed).choices(range(60), k=40)
        wrong.extend(index for index in indices if not np.array_equal(video.frame(index), expected[index]))

    with ContainerVideo(small, cache_bytes=4 * 3 * HEIGHT * WIDTH) as video:
        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


# iPhone's portrait matrix (a quarter turn clockwise), half a turn, and a quarter counter-clockwise.
@pytest.mark.parametrize(("matrix", "quarter_turns"), [((0, 1, -1, 0), 3), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 1)])
def test_display_rotation_is_applied(tmp_path, small, matrix, quarter_turns):
    data = bytearray(small.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    for row, (first, second) in enumerate((matrix[:2], matrix[2:])):
        data[at + 12 * row : at + 12 * row + 8] = b"".join(
            (value * 0x10000).to_bytes(4, "big", signed=True) for value in (first, second)
        )
    turned = tmp_path / "turned.mp4"
    turned.write_bytes(data)
    with ContainerVideo(turned) as video:
        expected = np.rot90(decode_in_order(small)[7], quarter_turns)
        assert (video.height, video.width) == expected.shape[:2]
        np.testing.assert_array_equal(video.frame(7), expected)


FASTSTART = {"movflags": "faststart"}


@pytest.mark.parametrize(
    ("name", "kwargs", "declares"),
    [
        ("a.mp4", {"options": B_FRAMES, "container_options": FASTSTART}, True),
        ("a.mkv", {"options": B_FRAMES}, False),
        ("a.avi", {"codec": "mpeg4", "options": FEW_B_FRAMES}, True),
        ("b.avi", {"codec": "mjpeg", "pix_fmt": "yuvj420p"}, True),
    ],
)
@pytest.mark.parametrize("fraction", [0.52, 0.77])
def test_cut_off_file_gives_its_first_frames_and_says_so(tmp_path, name, kwargs, declares, fraction):
    whole = write_clip(tmp_path / name, **kwargs)
    expected = decode_in_order(whole)
    part = cut(whole, tmp_path / f"part_{name}", fraction)
    with av.open(str(whole)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        held = sum(packet.pos + packet.size <= part.stat().st_size for packet in packets)
    with pytest.warns(TruncatedVideoWarning, match="first unreadable one is frame"):
        video = ContainerVideo(part, cache_bytes=0)
    with video:
        assert held - 4 <= video.length <= held  # the decoder holds back what it may have to reorder
        assert video.truncation.declared == (60 if declares else None)
        for index in random.Random(0).sample(range(video.length), video.length):
            np.testing.assert_array_equal(video.frame(index), expected[index], err_msg=f"frame {index}")
        with pytest.raises(TruncatedVideoError, match=rf"first unreadable one is frame {video.length}\b"):
            video.frame(video.length)


def test_cut_off_before_the_table_of_contents(tmp_path):
    part = cut(write_clip(tmp_path / "a.mp4"), tmp_path / "part.mp4", 0.6)
    with pytest.raises(VideoError, match=r"cut off.*0 frames"):
        ContainerVideo(part)


@pytest.mark.filterwarnings("ignore::mfvis_engine.video.TruncatedVideoWarning")
@settings(max_examples=30)
@given(fraction=st.floats(0, 1))
def test_wherever_a_file_is_cut_the_frames_left_are_right(tmp_path_factory, small_faststart, fraction):
    expected, whole = small_faststart
    part = cut(whole, tmp_path_factory.mktemp("cut") / "part.mp4", fraction)
    try:
        video = ContainerVideo(part)
    except VideoError:
        return
    with video:
        np.testing.assert_array_equal(video.frames(0, video.length), expected[: video.length])


@pytest.fixture(scope="module")
def small_faststart(tmp_path_factory):
    path = tmp_path_factory.mktemp("fast") / "fast.mp4"
    write_clip(path, 20, options=B_FRAMES, container_options=FASTSTART)
    return decode_in_order(path), path


def test_damaged_frame_is_named_and_the_others_are_read(tmp_path):
    path = write_clip(tmp_path / "a.mkv", codec="mjpeg", pix_fmt="yuvj420p")
    expected = decode_in_order(path)
    with av.open(str(path)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][40]
        start = path.read_bytes().index(bytes(packet))
        size = packet.size
    data = bytearray(path.read_bytes())
    data[start : start + size] = bytes(size)
    path.write_bytes(data)
    with ContainerVideo(path, cache_bytes=0) as video:
        assert video.length == 60
        with pytest.raises(UnreadableFrameError, match=r"Frame 40 .*damaged"):
            video.frame(40)
        for index in (39, 41, 59, 0):
            np.testing.assert_array_equal(video.frame(index), expected[index])


@pytest.mark.parametrize(
    ("name", "old", "new"), [("a.mkv", b"V_MPEG4/ISO/AVC", b"V_XXXX4/ISO/AVC"), ("a.mp4", b"avc1", b"zzz1")]
)
def test_unknown_codec(tmp_path, name, old, new):
    path = write_clip(tmp_path / name, 5)
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(VideoError, match="cannot be decoded here"):
        ContainerVideo(path)


def test_sound_only(tmp_path):
    path = tmp_path / "sound.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(VideoError, match="has no video in it, only: audio"):
        ContainerVideo(path)


def test_no_frames(tmp_path):
    path = tmp_path / "none.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        container.start_encoding()
    with pytest.raises(VideoError, match="0 frames"):
        ContainerVideo(path)


@pytest.mark.parametrize(
    ("data", "message"), [(b"", "is empty"), (b"no video at all" * 100, "not a video that can be read")]
)
def test_not_a_video(tmp_path, data, message):
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(VideoError, match=message):
        open_video(path)


def test_sound_beside_the_picture_changes_nothing(tmp_path, small):
    path = tmp_path / "both.mkv"
    with av.open(str(small)) as old, av.open(str(path), "w") as new:
        picture_stream = new.add_stream_from_template(old.streams.video[0])
        sound = new.add_stream("pcm_s16le", rate=8000)
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = picture_stream
                new.mux(packet)
                frame = av.AudioFrame.from_ndarray(np.zeros((1, 400), np.int16), format="s16", layout="mono")
                frame.sample_rate = 8000
                new.mux(sound.encode(frame))
    expected = decode_in_order(small)
    with ContainerVideo(path, cache_bytes=0) as video:
        for index in (59, 3, 31, 32, 0):
            np.testing.assert_array_equal(video.frame(index), expected[index])


def test_trusted_files_are_listed_without_decoding_all(tmp_path, monkeypatch):
    path = write_clip(tmp_path / "a.mp4", 200, options={"g": "12"})
    decoded = []
    decode = av.video.stream.VideoStream.decode

    monkeypatch.setattr(
        "mfvis_engine.video.packet_index._decoded",
        lambda stream, packet: decoded.append(packet) or [(f.pts, f) for f in decode(stream, packet)],
    )
    assert build_index(path).frame_format.length == 200
    assert len(decoded) < 100


def test_files_are_let_go(tmp_path):
    path = write_clip(tmp_path / "a.mp4", 5)
    with ContainerVideo(path) as video:
        video.frame(4)
    gc.collect()
    path.rename(tmp_path / "moved.mp4")  # Windows refuses to rename an open file
