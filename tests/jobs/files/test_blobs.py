"""The shelves of an engine: whole entries or none, nothing outside of them, and no more than they may hold."""

import hashlib
import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.files import shelf as shelf_module
from mfvis_engine.jobs.files.blobs import BLOB_NAME, finish_blob, locate_blob, sha256_of
from mfvis_engine.jobs.files.shelf import Shelf
from mfvis_engine.jobs.wire.messages import Piece
from mfvis_engine.jobs.wire.pieces import PIECE_BYTES, offsets, pack, read_piece, unpack


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "shelf", limit_bytes=100)


def test_a_blob_is_there_once_it_is_whole_and_right(shelf):
    sha256 = _keep(shelf, b"weights", finish=False)
    assert locate_blob(sha256, shelf) is None
    kept = finish_blob(sha256, shelf, set())
    assert kept.read_bytes() == b"weights"
    assert locate_blob(sha256, shelf) == kept
    assert sha256_of(kept) == sha256


def test_pieces_come_in_any_order_and_again(shelf):
    sha256 = hashlib.sha256(b"abcdef").hexdigest()
    for offset, piece in ((4, b"ef"), (0, b"abc"), (2, b"cd"), (4, b"ef")):
        shelf.write(sha256, BLOB_NAME, offset, piece)
    assert finish_blob(sha256, shelf, set()).read_bytes() == b"abcdef"
    shelf.write(sha256, BLOB_NAME, 0, b"XXX")
    assert finish_blob(sha256, shelf, set()).read_bytes() == b"abcdef"


def test_a_blob_of_other_content_is_refused_and_removed(shelf):
    sha256 = hashlib.sha256(b"right").hexdigest()
    shelf.write(sha256, BLOB_NAME, 0, b"wrong")
    with pytest.raises(EngineError, match="arrived damaged"):
        finish_blob(sha256, shelf, set())
    assert not shelf.incoming(sha256).exists()
    with pytest.raises(EngineError, match="arrived damaged"):
        finish_blob(hashlib.sha256(b"never sent").hexdigest(), shelf, set())


def test_what_was_used_longest_ago_goes_first(shelf):
    keys = [_keep(shelf, bytes([letter]) * 40) for letter in b"ab"]
    _age(shelf, keys)
    assert shelf.find(keys[0]) is not None
    third = _keep(shelf, b"c" * 40)
    assert [shelf.find(key) is not None for key in (*keys, third)] == [True, False, True]


def test_what_jobs_need_stays_even_where_nothing_more_fits(shelf):
    keys = [_keep(shelf, bytes([letter]) * 40) for letter in b"ab"]
    wanted = _keep(shelf, b"c" * 40, finish=False)
    with pytest.raises(EngineError, match=r"all but 20; 40 more are wanted"):
        finish_blob(wanted, shelf, set(keys))
    assert all(shelf.find(key) for key in keys)


def test_nothing_larger_than_the_shelf_is_taken(shelf):
    with pytest.raises(EngineError, match="more than 100 bytes"):
        shelf.write("a1", "file", 90, bytes(11))
    with pytest.raises(EngineError, match="more than 100 bytes"):
        shelf.write("a1", "file", -1, b"x")


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/etc/passwd", "C:\\x", "c:x", "..\\x", "", ".", "a//b", "a/ /b", "a\0b", "\\\\host\\x"],
)
def test_names_that_lead_out_are_refused(shelf, tmp_path, name):
    with pytest.raises(EngineError, match="is no name for a file"):
        shelf.write("a1", name, 0, b"evil")
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


@settings(max_examples=50)
@given(name=st.text(st.sampled_from("ab./\\: ~"), max_size=8))
def test_no_name_writes_outside_of_the_entry(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("shelf")
    shelf = Shelf(folder / "shelf", 100)
    try:
        shelf.write("a1", name, 0, b"x")
    except EngineError:
        return
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].resolve().is_relative_to(shelf.incoming("a1").resolve())


@pytest.mark.parametrize("key", ["", "..", "incoming", "A1", "a/b", "a b"])
def test_keys_are_hexadecimal(shelf, key):
    with pytest.raises(EngineError, match="is no key"):
        shelf.find(key)


def test_a_full_disk_is_named_and_leaves_nothing(shelf, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    shelf.write("a1", "first", 0, b"x")
    monkeypatch.setattr("pathlib.Path.open", full)
    with pytest.raises(EngineError, match="No space left on device"):
        shelf.write("a1", "second", 0, b"x")
    monkeypatch.undo()
    assert not shelf.incoming("a1").exists()


def test_uploads_given_up_long_ago_are_removed(shelf, monkeypatch):
    shelf.write("a1", "file", 0, b"x")
    monkeypatch.setattr(shelf_module, "_ABANDONED_AFTER_S", -1.0)
    _keep(shelf, b"other")
    assert not shelf.incoming("a1").exists()


@settings(max_examples=50)
@given(data=st.binary(max_size=300) | st.integers(0, 5000).map(bytes))
def test_pieces_come_back(data):
    assert unpack(pack(data)) == data


def test_pieces_are_compressed_where_that_helps():
    assert pack(bytes(10_000)).packed
    assert not pack(os.urandom(10_000)).packed


@pytest.mark.parametrize(
    "piece",
    [
        Piece(b"abc", 4, packed=False),
        Piece(b"junk", 4, packed=True),
        Piece(pack(bytes(1000)).sent, 999, packed=True),
        Piece(b"", -1, packed=False),
        Piece(pack(bytes(1000)).sent, PIECE_BYTES + 1, packed=True),
    ],
)
def test_damaged_pieces_are_refused(piece):
    with pytest.raises(EngineError, match="piece"):
        unpack(piece)


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1])
def test_pieces_cover_a_file(tmp_path, size):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    assert b"".join(unpack(read_piece(path, offset)) for offset in offsets(size)) == path.read_bytes()


def _keep(shelf: Shelf, content: bytes, *, finish: bool = True) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    shelf.write(sha256, BLOB_NAME, 0, content)
    if finish:
        finish_blob(sha256, shelf, set())
    return sha256


def _age(shelf: Shelf, keys: list[str]) -> None:
    """Lets entries have been used in their order, all of them a while ago."""
    for position, key in enumerate(keys):
        entry = shelf.find(key)
        assert entry is not None
        long_ago = time.time() - 1000 + position
        os.utime(entry, (long_ago, long_ago))
