"""A project of version 1, as `tests/data/make_project_v1.py` made it, opens as it was left."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, MaskOrigin, MaskState, Track
from mfvis_engine.annotation.verbs import ClearMask
from mfvis_engine.project import Project, ProjectDamagedError, migrations
from mfvis_engine.project.digests import database_damages

ARCHIVE = Path(__file__).parents[1] / "data" / "project_v1.zip"
RUN = "20261121-094629-7d62"

ANNOTATIONS = Annotations(
    (
        Track(1, "cell", (Keyframe(0, (0, 0, 3, 4)), Keyframe(3, (1.5, 0.25, 4.5, 4), occluded=True))),
        Track(2, "Zelle ü", (Keyframe(1, (3, 1, 6, 5)), Keyframe(3, (3, 1, 6, 6), outside=True))),
        Track(7, "cell", (Keyframe(0, (5, 0, 8, 4)), Keyframe(2, (5, 0, 8, 4)))),
    )
)
STATES = {
    MaskState(1, 0, MaskOrigin.PREDICTED, RUN),
    MaskState(7, 0, MaskOrigin.PREDICTED, RUN),
    MaskState(1, 1, MaskOrigin.PREDICTED, RUN, verified=True),  # verified with a run
    MaskState(2, 1, MaskOrigin.EDITED),
    MaskState(7, 1, MaskOrigin.PREDICTED, RUN),
    MaskState(1, 2, MaskOrigin.PREDICTED, RUN),
    MaskState(7, 2, MaskOrigin.PREDICTED, RUN),
    MaskState(2, 3, MaskOrigin.EDITED),  # pixels of which nothing was recorded
    MaskState(7, 3, MaskOrigin.EDITED, verified=True),  # verified without a run
}


@pytest.fixture
def old(tmp_path):
    shutil.unpack_archive(ARCHIVE, tmp_path)
    return tmp_path / "old.mfvis"


def version_of(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT format_version FROM meta").fetchone()[0]


def assert_is_what_was_left(project):
    assert project.annotations() == ANNOTATIONS
    assert set(project.mask_states()) == STATES
    for frame_index in range(project.length):
        np.testing.assert_array_equal(project.read_masks(frame_index), project.masks[frame_index])
    assert project.read_masks(3)[5].tolist() == [0, 0, 2, 2, 0, 0, 0, 0]
    assert [run.run_id for run in project.runs()] == [RUN]
    assert project.log() == ()


def test_an_old_project_is_migrated_when_it_is_opened_for_writing(old):
    before = (old / "annotations.sqlite").read_bytes()
    with Project.open(old) as project:
        assert_is_what_was_left(project)
        assert project.undo() is None
        project.do(ClearMask((2,), 0, 3))
        project.undo()
        assert_is_boxes_and_masks(project)
    assert version_of(old / "annotations.sqlite") == 2
    assert version_of(old / "annotations.sqlite.v1") == 1
    assert len((old / "annotations.sqlite.v1").read_bytes()) == len(before)
    assert database_damages(old / "annotations.sqlite") == ()
    with Project.open(old) as again:
        assert_is_boxes_and_masks(again)


def assert_is_boxes_and_masks(project):
    assert project.annotations() == ANNOTATIONS
    assert set(project.mask_states()) == STATES


def test_an_old_project_is_read_and_left_alone(old):
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    with Project.open(old, read_only=True) as project:
        assert_is_what_was_left(project)
    assert {path: path.read_bytes() for path in before} == before
    assert not list(old.glob("*.v1"))


def test_a_migration_that_is_interrupted_leaves_the_old_version(old, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "_record_frame", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Project.open(old)
    assert version_of(old / "annotations.sqlite") == 1
    with Project.open(old) as project:
        assert_is_what_was_left(project)


def test_a_frame_that_cannot_be_read_does_not_stop_the_migration(old):
    (old / "masks" / "c" / "1" / "0" / "0").write_bytes(b"rotten")
    with Project.open(old) as project:
        assert project.read_masks(0).any()
        with pytest.raises(ProjectDamagedError, match="frame 1"):
            project.read_masks(1)


def test_a_migrated_project_says_what_it_is_to_other_programs(old):
    with Project.open(old):
        pass
    with Project.open(old, read_only=True) as project:
        labels = project._group.attrs["ome"]["image-label"]["properties"]
    assert [one["label-value"] for one in labels] == [1, 2, 7]
