import os

import pytest

from mfvis_engine.project.fingerprint import fingerprint

MIB = 2**20


@pytest.mark.parametrize("position", [0, MIB - 1, 10 * MIB - 1, 9 * MIB])  # the ends are read wholly
def test_a_changed_byte_at_the_ends_is_seen(tmp_path, position):
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(10 * MIB))
    before = fingerprint(path)
    with path.open("r+b") as file:
        file.seek(position)
        file.write(b"x")
    assert fingerprint(path).size_bytes == before.size_bytes == 10 * MIB
    assert fingerprint(path) != before


@pytest.mark.parametrize("size", [0, 1, 3 * MIB, 3 * MIB + MIB // 4 - 1])
def test_small_files_are_read_whole(tmp_path, size):
    path = tmp_path / "clip.mp4"
    content = bytearray(os.urandom(size))
    path.write_bytes(content)
    before = fingerprint(path)
    if size:
        content[size // 3] ^= 1
    path.write_bytes(content)
    assert (fingerprint(path) != before) == (size > 0)


def test_reading_a_large_file_is_bounded(tmp_path):
    path = tmp_path / "clip.mp4"
    with path.open("wb") as file:
        file.truncate(10 * 2**30)  # sparse
    assert fingerprint(path).size_bytes == 10 * 2**30  # would take half a minute if read whole


def test_a_folder_is_known_by_its_files(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"12")
    before = fingerprint(tmp_path)
    (tmp_path / "._a.png").write_bytes(b"hidden")
    (tmp_path / "tracks.json").write_bytes(b"{}")
    assert fingerprint(tmp_path) == before
    (tmp_path / "b.png").rename(tmp_path / "c.png")
    assert fingerprint(tmp_path) != before


def test_a_zarr_folder_is_known_by_its_chunks(tmp_path):
    (tmp_path / "zarr.json").write_text("{}")
    (tmp_path / "c" / "0").mkdir(parents=True)
    chunk = tmp_path / "c" / "0" / "0"
    chunk.write_bytes(b"12")
    before = fingerprint(tmp_path)
    chunk.write_bytes(b"123")
    assert fingerprint(tmp_path) != before
