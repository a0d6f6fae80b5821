"""What a check finds, and that it finds nothing where there is nothing."""

import json
import re
import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from mfvis_engine.annotation.verbs import EditMask, MergeTracks
from mfvis_engine.project import NotAProjectError, Project, ProjectStorageError, Severity, check_project, store

from .conftest import LENGTH
from .faults import full_project, held, work_goes_on


@pytest.fixture
def path(tmp_path, video_path):
    return full_project(tmp_path / "walk", video_path)


def chunk_of(path, frame_index):
    return path / "masks" / "c" / str(frame_index) / "0" / "0"


def change(path, statement):
    with closing(sqlite3.connect(path / "annotations.sqlite")) as connection:
        connection.execute(statement)
        connection.commit()


def only_finding(path):
    (finding,) = check_project(path).findings
    return finding


def snapshot(path):
    sides = ("annotations.sqlite-wal", "annotations.sqlite-shm")  # SQLite's own
    return {file: file.read_bytes() for file in path.rglob("*") if file.is_file() and file.name not in sides}


def test_a_sound_project_is_clean_and_left_alone(path):
    before = snapshot(path)
    seen = []
    report = check_project(path.with_suffix(""), lambda done, total: seen.append((done, total)))
    assert report.is_clean
    assert (report.path, report.frame_count, report.findings) == (path, LENGTH, ())
    assert seen == [(done, LENGTH) for done in range(1, LENGTH + 1)]
    assert snapshot(path) == before


def test_a_project_of_version_1_is_clean(tmp_path):
    shutil.unpack_archive(__file__.replace("project/test_check.py", "data/project_v1.zip"), tmp_path)
    assert check_project(tmp_path / "old.mfvis").is_clean


def test_a_project_that_is_open_is_checked(path):
    with Project.open(path) as project:
        work_goes_on(project)
        assert check_project(path).is_clean


def test_what_is_no_project_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    for name, message in (("folder", "is no project"), ("gone", "There is no")):
        with pytest.raises(NotAProjectError, match=message):
            check_project(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("cut", "The file of frame 1 cannot be read"),
        ("empty", "The file of frame 1 cannot be read"),
        ("flipped", "The file of frame 1 cannot be read"),
        ("another frame's", r"The file of frame 1 is not what was written: its CRC-32 is \d+, and \d+ was recorded"),
    ],
)
def test_a_damaged_frame_is_named_and_the_log_can_make_it_anew(path, name, what):
    with Project.open(path, read_only=True) as project:
        before = held(project)
    chunk = chunk_of(path, 1)
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {"cut": content[:-2], "empty": b"", "flipped": content}
    chunk.write_bytes(damaged.get(name) if name in damaged else chunk_of(path, 2).read_bytes())
    finding = only_finding(path)
    assert finding.severity is Severity.DAMAGE
    assert re.search(what, finding.what)
    assert finding.where == str(chunk)
    assert finding.remedy.startswith("Delete the file: the log has all")
    chunk.unlink()
    with Project.open(path) as project:
        assert held(project) == before


def test_a_frame_that_no_log_can_make_anew_is_to_be_restored(path):
    change(path, "DELETE FROM log_patch")
    chunk_of(path, 1).unlink()
    finding = only_finding(path)
    assert (finding.severity, finding.where) == (Severity.DAMAGE, str(chunk_of(path, 1)))
    assert "The file of frame 1 is missing" in finding.what
    assert finding.remedy == "Restore the file from a backup; all other frames can be used."


def test_a_missing_frame_that_the_log_has_is_a_warning(path):
    chunk_of(path, 1).unlink()
    finding = only_finding(path)
    assert finding.severity is Severity.WARNING
    assert finding.what == "The file of frame 1 is missing; the log has what it must hold."


def test_pixels_without_a_state_are_found(path):
    change(path, "DELETE FROM mask_state WHERE frame_index = 1 AND track_id = 7")
    found = check_project(path).findings
    assert [finding.what for finding in found] == [
        "The table mask_state is damaged: its rows are not those that were written.",
        "Frame 1 has pixels of the tracks 7, of which no state is recorded.",
    ]


@pytest.mark.parametrize("table", ["keyframe", "mask_state", "mask_frame"])
def test_rows_beyond_the_video_are_found(path, table):
    change(path, f"UPDATE {table} SET frame_index = 9 WHERE frame_index = 0")
    rows = "1" if table != "mask_state" else "2"
    whats = [finding.what for finding in check_project(path).findings]
    assert (
        f"The table {table} has {rows} rows of frames that the video does not have, up to frame 9; its last frame is 3."
        in whats
    )


def test_a_keyframe_without_its_track_is_found(path):
    change(path, "DELETE FROM track WHERE track_id = 1")
    whats = [finding.what for finding in check_project(path).findings]
    assert "The table keyframe has keyframes of track 1, which is not there." in whats
    assert "The table track is damaged: its rows are not those that were written." in whats


def test_a_changed_constraint_is_found(path):
    change(path, "DROP INDEX mask_state_by_track")
    assert only_finding(path).what == "The tables are not made as the program makes them."


def test_a_pending_change_is_a_warning_and_gone_when_it_is_finished(path, monkeypatch):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    project = Project.open(path)
    with monkeypatch.context() as patch:
        patch.setattr(store, "write_durably", fail)
        with pytest.raises(ProjectStorageError):
            project.do(MergeTracks(7, 1))
    project._resources.close()
    finding = only_finding(path)
    assert finding.severity is Severity.WARNING
    assert finding.what.endswith("are still to be written, in up to 3 of the 4 frames.")
    Project.open(path).close()
    assert check_project(path).is_clean


def test_leftovers_are_warnings(path):
    for name in ("masks/c/1/0/0.12.partial", "runs/.x.partial"):
        (path / name).write_bytes(b"x")
    (path / "masks" / "c" / "17").mkdir()
    found = check_project(path).findings
    assert {finding.severity for finding in found} == {Severity.WARNING}
    assert sorted(finding.where for finding in found) == sorted(
        str(path / name) for name in ("masks/c/1/0/0.12.partial", "runs/.x.partial", "masks/c/17")
    )


def test_a_video_that_is_gone_or_another_is_a_warning(path):
    (picture,) = (path / "video").glob("*/000.png")
    picture.write_bytes(picture.read_bytes() + b"x")
    assert "is not the video" in only_finding(path).what
    shutil.rmtree(path / "video")
    finding = only_finding(path)
    assert (finding.severity, finding.where) == (Severity.WARNING, "video/clip")
    assert "The video of" in finding.what


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("zarr.json", "The project's header cannot be read"),
        ("masks/zarr.json", "The array of masks cannot be read"),
        ("annotations.sqlite", "cannot be read"),
    ],
)
@pytest.mark.parametrize("content", [b"", b"{", b'{"zarr_format": 3}', None], ids=["empty", "cut", "poor", "missing"])
def test_everything_else_is_checked_where_a_piece_is_unreadable(path, name, what, content):
    if content is None:
        (path / name).unlink()
    else:
        (path / name).write_bytes(content)
    (run,) = (path / "runs").glob("2*")
    (run / "masks" / "c" / "1" / "0" / "0").write_bytes(b"rotten")
    whats = [finding.what for finding in check_project(path).findings]
    assert any(what in one or "missing" in one for one in whats)
    assert any(f"Frame 1 of run {run.name} cannot be read" in one for one in whats)


def test_damages_of_runs_are_warnings(path):
    (run,) = (path / "runs").glob("2*")
    metadata = json.loads((run / "zarr.json").read_text(encoding="utf-8"))
    metadata["attributes"]["mfvis_run"]["settings"]["steps"] = 4
    (run / "zarr.json").write_text(json.dumps(metadata), encoding="utf-8")
    finding = only_finding(path)
    assert finding.what == f"What run {run.name} says of itself is not as the program wrote it."
    assert finding.severity is Severity.WARNING
    (run / "scores" / "zarr.json").unlink()
    assert only_finding(path).what.startswith(f"Run {run.name} cannot be read: ")


def test_a_header_that_was_changed_is_a_warning(path):
    text = (path / "zarr.json").read_text(encoding="utf-8")
    assert '"frame_rate": null' in text
    (path / "zarr.json").write_text(text.replace('"frame_rate": null', '"frame_rate": 25.0'), encoding="utf-8")
    assert only_finding(path).what == "The project's header is not as the program wrote it."


def test_the_report_as_json(path):
    chunk_of(path, 1).write_bytes(b"")
    report = check_project(path)
    told = json.loads(json.dumps(report.to_json()))
    assert told["findings"][0]["severity"] == "damage"
    assert not told["clean"]
    assert str(report.findings[0]).startswith(f"damage: {chunk_of(path, 1)}: The file of frame 1 ")


def test_a_busy_writer_leaves_nothing_to_find(path):
    """A writer between the looks at a frame; the hot one is written between reading its chunk and its row."""
    with Project.open(path) as project:
        turns = iter(range(10**6))

        def work(done, total):
            project.do(EditMask(next(turns) % LENGTH, 0, 0, np.full((1, 1 + next(turns) % 3), 1 + 6 * (done % 2))))
            if done % 2:
                project.undo()

        assert check_project(path, work).is_clean
