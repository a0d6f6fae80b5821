import numpy as np
import pytest

from mfvis_engine.annotation import VerbRefusedError
from mfvis_engine.annotation.verbs import AcceptRun, DeleteTrack, EditMask, NewTrack, RenameCategory, Verify
from mfvis_engine.project import Project, ProjectStorageError, ReadOnlyProjectError
from mfvis_napari.session import Session
from tests.gui.clip import HEIGHT, WIDTH, paint_truth

LABELS = paint_truth(np.zeros((HEIGHT, WIDTH), np.uint16), 0)


@pytest.fixture
def told(session):
    """What `changed` tells, and what could be seen of it then."""
    seen = []
    session.changed.connect(lambda done: seen.append((done.summary, session.masks.codes(1)[0], session.view.track_ids)))
    return seen


def test_a_change_is_told_when_all_is_up_to_date(session, told):
    session.masks.codes(1)
    session.view.select([2, 1])
    session.do(EditMask(0, 0, 0, LABELS))
    session.do(DeleteTrack(2))
    assert told == [("edit masks of frame 0", 2, (2, 1)), ("delete track 2", 2, (1,))]


def test_what_changes_nothing_is_not_told(session, told):
    assert session.do(RenameCategory(1, "cell")).log_id is None
    with pytest.raises(VerbRefusedError):
        session.do(NewTrack(1, "cell"))
    assert told == []


def test_what_was_begun_is_handed_in_before_every_change_and_the_end(session):
    calls = []
    session.before_changes(lambda: calls.append("flush"))
    session.do(Verify((1,), 0, 0))
    list(session.undo())
    list(session.redo())
    assert len(calls) == 3
    session.close()
    assert len(calls) == 4


def test_a_machines_change_hands_nothing_in_and_is_no_work(session, told):
    session.before_changes(pytest.fail)
    writer = session.project.create_run({}, [1, 2])
    writer.write_frame(0, LABELS, [0.5, 0.5])
    session.accept(AcceptRun(writer.run_id, frames=(0,), is_part=True))
    assert len(told) == 1
    assert session.project.work() == ()
    session._flushes.clear()


def test_pieces_of_a_run_are_undone_and_done_again_as_one(session, told):
    writer = session.project.create_run({}, [1, 2])
    for frame_index in range(3):
        writer.write_frame(frame_index, LABELS, [0.5, 0.5])
        session.accept(AcceptRun(writer.run_id, frames=(frame_index,), is_part=True))
    assert [int(session.read_masks(done.frames[0]).max()) for done in session.undo()] == [0, 0, 0]
    assert session.masks.codes(1).max() == 0
    assert [int(session.read_masks(done.frames[0]).max()) for done in session.redo()] == [2, 2, 2]
    assert len(told) == 9


def test_frames_that_a_person_paints_in_are_held(session):
    assert session.held_frames() == frozenset()
    session.hold(lambda: frozenset({3}))
    session.hold(lambda: frozenset({3, 5}))
    assert session.held_frames() == {3, 5}


def test_time_is_kept_with_the_change_it_led_to(session):
    session.do(Verify((1,), 2, 4))
    (work,) = session.project.work()
    assert (work.track_id, work.frame_index) == (1, 2)


def test_a_full_disk_costs_the_time_not_the_change(session, monkeypatch):
    def full(work):
        raise ProjectStorageError("The disk is full.")

    monkeypatch.setattr(session.project, "record_work", full)
    assert session.do(Verify((1,), 2, 4)).log_id is not None


def test_a_project_open_for_reading_refuses_in_words(project_path):
    project = Project.open(project_path, read_only=True)
    session = Session(project, project.video())
    assert session.read_only
    with pytest.raises(ReadOnlyProjectError, match="open for reading only"):
        session.do(Verify((1,), 0, 0))
    session.close()


def test_both_are_closed_whatever_cannot_be_handed_in(project_path):
    project = Project.open(project_path)
    session = Session(project, project.video())

    def full():
        raise ProjectStorageError("The disk is full.")

    session.before_changes(full)
    with pytest.raises(ProjectStorageError):
        session.close()
    Project.open(project_path).close()  # the lock was given back
