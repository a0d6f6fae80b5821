import pytest

from mfvis_engine.video.truncation import is_truncated

from .clips import cut, write_clip

KINDS = {
    "a.mp4": {},
    "fast.mp4": {"container_options": {"movflags": "faststart"}},
    "pieces.mp4": {"container_options": {"movflags": "frag_keyframe+empty_moov"}},
    "a.mov": {},
    "a.mkv": {},
    "a.webm": {"codec": "libvpx", "options": {"deadline": "realtime"}},
    "a.avi": {"codec": "mpeg4"},
}


@pytest.mark.parametrize("name", KINDS)
def test_whole_and_cut_files(tmp_path, name):
    whole = write_clip(tmp_path / name, 20, **KINDS[name])
    assert not is_truncated(whole)
    for fraction in (0.5, 0.9, 0.999):
        assert is_truncated(cut(whole, tmp_path / "part", fraction))


def test_bytes_after_the_end_do_not_count(tmp_path):
    for name in ("a.mkv", "a.avi"):
        whole = write_clip(tmp_path / name, 5, codec="mpeg4")
        whole.write_bytes(whole.read_bytes() + b"\0" * 1000)
        assert not is_truncated(whole)


def test_live_recording_of_unknown_size(tmp_path):
    whole = write_clip(tmp_path / "a.mkv", 20, container_options={"live": "1"})
    assert not is_truncated(cut(whole, tmp_path / "part", 0.5))


@pytest.mark.parametrize("data", [b"", b"RIFF", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\x00", b"no video at all"])
def test_other_files(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    assert not is_truncated(tmp_path / "a")
