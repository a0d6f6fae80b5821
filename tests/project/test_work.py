"""How long a person worked is kept, whatever is undone."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mfvis_engine.annotation import Work, WorkKind
from mfvis_engine.annotation.verbs import DeleteTrack
from mfvis_engine.project import Project, ProjectDamagedError, ReadOnlyProjectError
from mfvis_engine.project.digests import database_damages

NOON = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
WORK = (
    Work(NOON, WorkKind.BOX, 1, 0, 6.25),
    Work(NOON, WorkKind.MASK, 7, 3, 31.5),
    Work(NOON, WorkKind.REVIEW, 65535, 2, 0.0),
)


def test_work_reads_back_as_recorded_after_reopening(project):
    for one in WORK:
        project.record_work(one)
    project.close()
    with Project.open(project.path, read_only=True) as again:
        assert again.work() == WORK


def test_work_survives_undo_and_redo_and_what_it_was_spent_on(project):
    project.record_work(WORK[0])
    project.do(DeleteTrack(1))
    project.record_work(WORK[1])
    while project.undo():
        pass
    assert project.work() == WORK[:2]
    project.redo()
    project.do(DeleteTrack(7))
    assert project.work() == WORK[:2]
    assert [entry.verb for entry in project.log()] == ["replace_annotations", "delete_track"]


def test_times_of_other_zones_are_kept_as_utc(project):
    east = NOON.astimezone(timezone(timedelta(hours=9)))
    project.record_work(Work(east, WorkKind.BOX, 1, 0, 1.0))
    (work,) = project.work()
    assert work.began == NOON
    assert work.began.utcoffset() == timedelta(0)


def test_a_project_open_for_reading_records_nothing(project):
    project.close()
    with Project.open(project.path, read_only=True) as again, pytest.raises(ReadOnlyProjectError):
        again.record_work(WORK[0])


def test_a_row_that_was_changed_is_named_and_all_else_stays_usable(project):
    project.record_work(WORK[0])
    with closing(sqlite3.connect(project.path / "annotations.sqlite")) as connection, connection:
        connection.execute("UPDATE work SET active_seconds = 5.25")
    (damage,) = database_damages(project.path / "annotations.sqlite")
    assert "table work" in damage
    assert "track 1 in frame 0" in damage
    with pytest.raises(ProjectDamagedError, match="table work"):
        project.work()
    project.do(DeleteTrack(1))
    assert project.undo() is not None
