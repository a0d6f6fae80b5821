"""Whatever interrupts a change, it is finished or never happened; damage is named and stays where it is."""

import errno
import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from mfvis_engine.annotation import Keyframe, MaskOrigin, Track
from mfvis_engine.annotation.verbs import ClearMask, EditMask, ImportMasks, MergeTracks, NewTrack, SetBox, Verify
from mfvis_engine.project import Project, ProjectDamagedError, ProjectStorageError, store
from mfvis_engine.project.digests import database_damages
from mfvis_engine.project.mask_chunks import MaskChunks

from .conftest import HEIGHT, LENGTH, WIDTH

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def masked(project):
    """The project with masks of 1 in the left half and of 65535 in the right, in every frame."""
    labels = np.ones((HEIGHT, WIDTH), np.uint16)
    labels[:, WIDTH // 2 :] = 65535
    project.do(ImportMasks("a file", frames=((frame_index, labels) for frame_index in range(LENGTH))))
    return project


@pytest.fixture
def failing(monkeypatch):
    """A function after which writing the chunk that follows `count` good ones raises `error`."""

    def fail_after(count, error=FULL):
        # An interrupt comes to the main thread, never to the one in which zarr writes.
        place, name = (store, "write_durably") if isinstance(error, OSError) else (MaskChunks, "write")
        write, written = getattr(place, name), []

        def fail(*arguments):
            if len(written) == count:
                raise error
            written.append(arguments)
            write(*arguments)

        monkeypatch.setattr(place, name, fail)

    return fail_after


def labels_of(project):
    return np.stack([project.read_masks(frame_index) for frame_index in range(LENGTH)])


@pytest.mark.parametrize("good_chunks", range(LENGTH))
@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()], ids=["full", "interrupted"])
def test_a_change_whose_pixels_were_interrupted_is_finished_at_opening(
    masked, failing, monkeypatch, good_chunks, error
):
    failing(good_chunks, error)
    with pytest.raises((ProjectStorageError, KeyboardInterrupt)):
        masked.do(MergeTracks(65535, 1))
    assert masked.annotations().track_ids == (1, 7)  # what is in memory is what is on the disk
    assert (labels_of(masked) == 1).all()
    assert (masked.masks[good_chunks:] == 65535).any()
    with Project.open(masked.path, read_only=True) as reader:
        assert (labels_of(reader) == 1).all()  # a reader sees the change, though the arrays lag behind
        assert reader.repairs == ()
    masked._resources.close()  # as if killed: nothing more is written
    monkeypatch.undo()
    with Project.open(masked.path) as opened:
        frames = LENGTH - good_chunks
        assert opened.repairs == (f"finished an interrupted change: merge track 65535 into 1 ({frames} frames)",)
        assert (opened.masks[:] == 1).all()
        opened.undo()
        assert np.unique(opened.masks[:]).tolist() == [1, 65535]
    with Project.open(masked.path) as again:
        assert again.repairs == ()


def test_an_interrupted_undo_is_finished_at_opening(masked, failing, monkeypatch):
    masked.do(ClearMask((1,), 0, LENGTH - 1))
    failing(1)
    with pytest.raises(ProjectStorageError):
        masked.undo()
    masked._resources.close()
    monkeypatch.undo()
    with Project.open(masked.path) as opened:
        assert opened.repairs == (
            "finished an interrupted undoing: clear masks of track 1 in frames 0 to 3 (3 frames)",
        )
        assert (opened.masks[:, :, 0] == 1).all()
        assert opened.redo().frames.tolist() == [0, 1, 2, 3]
        assert not (opened.masks[:] == 1).any()


def test_a_full_disk_names_the_file_and_the_next_change_finishes_the_last(masked, failing, monkeypatch):
    failing(1)
    with pytest.raises(ProjectStorageError, match=r"frame 1 could not be written to .*masks.c.1.0.0 .*Nothing is lost"):
        masked.do(ClearMask((1,), 0, LENGTH - 1))
    with pytest.raises(ProjectStorageError, match="frame 1"):  # still full: the new verb does not begin
        masked.do(NewTrack(9, "cell"))
    assert 9 not in masked.annotations().track_ids
    monkeypatch.undo()
    masked.do(NewTrack(9, "cell"))
    assert not (masked.masks[:] == 1).any()
    assert not list(masked.path.rglob("*.partial"))


def test_a_full_disk_in_the_transaction_changes_nothing(masked):
    before = masked.annotations(), masked.mask_states(), labels_of(masked), masked.log()
    connection = masked._database._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    many = tuple(Keyframe(frame, (0, 0, 1, 1), attributes=(("note", "x" * 20000),)) for frame in range(LENGTH))
    with pytest.raises(
        ProjectStorageError, match=r"could not be read or written .*Nothing was changed\. Free some space"
    ):
        masked.do(NewTrack(9, "cell", many))
    assert masked.annotations() == before[0]
    assert (masked.mask_states(), masked.log()) == (before[1], before[3])
    np.testing.assert_array_equal(labels_of(masked), before[2])
    connection.execute("PRAGMA max_page_count = 100000")
    masked.do(NewTrack(9, "cell", many))
    assert masked.annotations().track(9).keyframes == many


def test_an_exception_in_the_middle_of_the_frames_changes_nothing(masked):
    def frames():
        yield 0, np.full((HEIGHT, WIDTH), 7, np.uint16)
        raise KeyboardInterrupt

    before = labels_of(masked), masked.mask_states(), masked.log()
    with pytest.raises(KeyboardInterrupt):
        masked.do(ImportMasks("b", replace=True, frames=frames()))
    np.testing.assert_array_equal(labels_of(masked), before[0])
    assert (masked.mask_states(), masked.log()) == before[1:]
    assert database_damages(masked.path / "annotations.sqlite") == ()


def rot(path):
    """Flips a bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-3])


def empty(path):
    path.write_bytes(b"")


def swap_with_the_next(path):
    path.write_bytes((path.parents[2] / "3" / "0" / "0").read_bytes())


@pytest.mark.parametrize("damage", [rot, cut, empty, swap_with_the_next])
def test_a_damaged_chunk_is_named_and_everything_else_stays_usable(masked, damage):
    masked.do(EditMask(3, 0, 0, np.full((1, 1), 7)))
    damage(masked.path / "masks" / "c" / "2" / "0" / "0")
    named = r"masks of frame 2 in .*masks.c.2.0.0 .*all other frames are usable. What to do says: mfvis check"
    with pytest.raises(ProjectDamagedError, match=named):
        masked.read_masks(2)
    before = masked.annotations(), masked.mask_states()
    with pytest.raises(ProjectDamagedError, match=named):
        masked.do(ClearMask((1,), 0, LENGTH - 1))
    assert (masked.annotations(), masked.mask_states()) == before
    masked.do(ClearMask((1,), 3, 3))
    masked.do(SetBox(1, 2, (0, 0, 2, 2)))
    masked.do(Verify((1,), 0, LENGTH - 1))
    for _ in range(3):
        masked.undo()
    assert masked.read_masks(3)[0, 1] == 1
    masked.close()
    with Project.open(masked.path) as opened:
        assert opened.read_masks(1).any()


def test_a_chunk_that_was_lost_is_made_again_from_the_log(masked):
    (masked.path / "masks" / "c" / "2" / "0" / "0").unlink()  # such as by a power cut that took the renaming back
    assert np.unique(masked.read_masks(2)).tolist() == [1, 65535]
    masked.do(ClearMask((1,), 2, 2))
    assert np.unique(masked.masks[2]).tolist() == [0, 65535]


def test_a_chunk_that_lags_several_changes_behind_is_brought_forward(masked):
    chunk = masked.path / "masks" / "c" / "2" / "0" / "0"
    old = chunk.read_bytes()
    masked.do(EditMask(2, 0, 0, np.full((1, 2), 7)))
    masked.do(ClearMask((1,), 2, 2))
    masked.do(EditMask(2, 0, 0, np.full((1, 3), 7)))
    expected = masked.read_masks(2)
    chunk.write_bytes(old)
    np.testing.assert_array_equal(masked.read_masks(2), expected)
    masked.undo()
    masked.redo()
    np.testing.assert_array_equal(masked.masks[2], expected)


def test_undo_of_a_change_with_a_damaged_frame_says_so_and_leaves_it_alone(masked):
    masked.do(ClearMask((1,), 0, LENGTH - 1))
    chunk = masked.path / "masks" / "c" / "2" / "0" / "0"
    rot(chunk)
    damaged = chunk.read_bytes()
    with pytest.raises(
        ProjectDamagedError, match=r"The change is recorded \(clear masks of track 1.* left alone: .*frame 2"
    ):
        masked.undo()
    assert chunk.read_bytes() == damaged
    assert (masked.masks[3, :, 0] == 1).all()
    assert masked.do(NewTrack(9, "cell")).log_id  # and work goes on


def test_a_damaged_frame_is_told_when_an_interrupted_change_is_finished(masked, failing, monkeypatch):
    failing(0)
    with pytest.raises(ProjectStorageError):
        masked.do(ClearMask((1,), 0, LENGTH - 1))
    masked._resources.close()
    monkeypatch.undo()
    rot(masked.path / "masks" / "c" / "1" / "0" / "0")
    with Project.open(masked.path) as opened:
        finished, damage = opened.repairs
        assert finished == "finished an interrupted change: clear masks of track 1 in frames 0 to 3 (3 frames)"
        assert "frame 1" in damage


def test_every_flipped_byte_of_a_table_is_found_and_its_table_named(masked):
    masked.do(SetBox(1, 2, (0, 0, 2, 2)))
    masked.close()
    path = masked.path / "annotations.sqlite"
    assert database_damages(path) == ()
    changes = {
        "track": "UPDATE track SET category = 'cellar' WHERE track_id = 1",
        "keyframe": "UPDATE keyframe SET x0 = x0 + 0.0001 WHERE track_id = 1 AND frame_index = 2",
        "mask_state": "UPDATE mask_state SET verified = 1 WHERE frame_index = 1",
        "mask_frame": "DELETE FROM mask_frame WHERE frame_index = 3",
        "meta": "UPDATE meta SET position = 1",
        "Change 2 of the log": "UPDATE log SET summary = 'x' WHERE log_id = 2",
        "Frame 1 of change 2": "UPDATE log_patch SET pixels = zeroblob(9) WHERE log_id = 2 AND frame_index = 1",
    }
    good = path.read_bytes()
    for name, change in changes.items():
        path.write_bytes(good)
        connection = sqlite3.connect(path)
        connection.execute(change)
        connection.commit()
        connection.close()
        (damage,) = database_damages(path)
        assert name in damage


def test_a_damaged_entry_of_the_log_is_not_replayed(masked):
    masked._database._connection.execute("UPDATE log SET diff = replace(diff, '{', '{ ') WHERE log_id = 2")
    with pytest.raises(ProjectDamagedError, match=r"Change 2 of the log \(import masks of a file\) is damaged"):
        masked.undo()
    assert masked.read_masks(0).any()


def test_rows_that_are_not_as_the_log_says_are_not_overwritten(masked):
    masked.do(SetBox(1, 0, (1, 1, 2, 2)))
    masked._database._connection.execute("UPDATE keyframe SET x0 = 0.5 WHERE track_id = 1 AND frame_index = 0")
    with pytest.raises(ProjectDamagedError, match="The table keyframe lacks 1 of the 1 rows"):
        masked.undo()


KILLED_WRITER = """
import itertools, sys
import numpy as np
from mfvis_engine.annotation.verbs import EditMask, SwapTracks
from mfvis_engine.project import Project

project = Project.open(sys.argv[1])
print("open", flush=True)
for count in itertools.count():
    project.do(SwapTracks(1, 65535, 0))
    print(count, flush=True)
"""


def test_a_process_killed_at_work_leaves_a_sound_project(masked):
    """A few kills; the long test of many is elsewhere."""
    masked.close()
    for kill in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED_WRITER, str(masked.path)], stdout=subprocess.PIPE, text=True
        )
        with process:
            for _ in range(2 + kill):
                assert process.stdout.readline()
            process.kill()
        with Project.open(masked.path) as opened:
            assert database_damages(opened.path / "annotations.sqlite") == ()
            labels = labels_of(opened)
            np.testing.assert_array_equal(labels, opened.masks[:])
            assert len({frame.tobytes() for frame in labels}) == 1  # all frames are of one side of a swap
            swaps = sum(entry.verb == "swap_tracks" for entry in opened.log())
            assert labels[0, 0, 0] == (65535 if swaps % 2 else 1)
            assert bool(opened.annotations().track(1).keyframes) == (swaps % 2 == 0)


def test_what_is_imported_is_recorded_so(masked):
    assert {state.origin for state in masked.mask_states()} == {MaskOrigin.IMPORTED}
    assert masked.annotations().track(65535) == Track(65535, "cell")
