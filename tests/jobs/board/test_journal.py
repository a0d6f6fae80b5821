"""Journals: every record comes back, whatever the disk does, and memory does not grow with them."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.jobs.board import journal as journal_module
from mfvis_engine.jobs.board.journal import Journal


def test_a_journal_without_records_has_nothing_to_read(tmp_path):
    journal = Journal(tmp_path / "journal")
    assert (len(journal), journal.read(0, 100), journal.frames_done()) == (0, [], ())


@settings(max_examples=50)
@given(records=st.lists(st.binary(max_size=30), max_size=12), after=st.integers(-1, 14), limit=st.integers(0, 200))
def test_what_is_read_is_what_was_written_from_a_number_on(tmp_path_factory, records, after, limit):
    journal = Journal(tmp_path_factory.mktemp("journal") / "journal")
    for record in records:
        journal.append(record)
    found = journal.read(after, limit)
    assert found == records[max(after, 0) :][: len(found)]
    assert bool(found) == (max(after, 0) < len(records))
    assert sum(map(len, found[1:])) <= limit


def test_batches_one_after_another_are_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "_MOST_RECORDS", 4)
    journal = Journal(tmp_path / "journal")
    records = [bytes([number]) * number for number in range(23)]
    for record in records:
        journal.append(record)
    found: list[bytes] = []
    while batch := journal.read(len(found), 25):
        assert len(batch) <= 4
        found += batch
    assert found == records


def test_frames_that_are_done_are_known_once_each(tmp_path):
    journal = Journal(tmp_path / "journal")
    for frame_index in (5, 2, 5):
        journal.append(b"masks", frame_done=frame_index)
    journal.append(b"progress")
    assert journal.frames_done() == (2, 5)
    assert journal.frame_count == 3


@pytest.mark.parametrize("refused", ["records", "frames", "ends"])
def test_a_record_the_disk_refuses_is_not_there_and_the_next_one_is(tmp_path, monkeypatch, refused):
    journal = Journal(tmp_path / "journal")
    journal.append(b"first")
    write_at = journal_module._write_at

    def refuse(path: Path, offset: int, data: bytes) -> None:
        write_at(path, offset, data[: len(data) // 2] if path.name == refused else data)
        if path.name == refused:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal_module, "_write_at", refuse)
    with pytest.raises(OSError, match="No space"):
        journal.append(b"a long second record", frame_done=7)
    assert journal.read(0, 1000) == [b"first"]
    monkeypatch.undo()
    journal.append(b"2nd")
    assert journal.read(0, 1000) == [b"first", b"2nd"]
    assert journal.frames_done() == ()


def test_the_last_word_is_heard_even_on_a_full_disk(tmp_path, monkeypatch):
    journal = Journal(tmp_path / "journal")
    journal.append(b"first")
    monkeypatch.setattr(journal_module, "_write_at", _full)
    journal.conclude(b"failed: disk full")
    assert len(journal) == 2
    assert journal.read(0, 1000) == [b"first", b"failed: disk full"]
    assert journal.read(1, 1000) == [b"failed: disk full"]
    assert journal.read(2, 1000) == []


def test_memory_is_flat_in_records(tmp_path):
    journal = Journal(tmp_path / "journal")
    record = bytes(10_000)
    journal.append(record, frame_done=0)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for frame_index in range(1, 500):
            journal.append(record, frame_done=frame_index)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 20_000
    assert journal.size_bytes == 500 * 10_000


def _full(path: Path, offset: int, data: bytes) -> None:
    raise OSError(28, "No space left on device")
