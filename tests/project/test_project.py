import json
import os
import shutil
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import zarr

from mfvis_engine.annotation import Annotations, InvalidFrameError, Keyframe, Track
from mfvis_engine.annotation.verbs import EditMask, Verify
from mfvis_engine.project import (
    MaskOrigin,
    MaskState,
    NewerProjectError,
    NotAProjectError,
    Project,
    ProjectDamagedError,
    ProjectExistsError,
    ReadOnlyProjectError,
)
from mfvis_engine.project.database import Database
from mfvis_engine.video import VideoError

from .conftest import HEIGHT, LENGTH, WIDTH


def edit_header(project_folder: Path, **changes: object) -> None:
    path = project_folder / "zarr.json"
    metadata = json.loads(path.read_text())
    metadata["attributes"]["mfvis"].update(changes)
    path.write_text(json.dumps(metadata))


def test_create_then_open_knows_the_video(project, tmp_path):
    project.close()
    with Project.open(tmp_path / "walk") as opened:
        assert opened.path == tmp_path / "walk.mfvis"
        assert (opened.name, opened.length, opened.height, opened.width) == ("walk", LENGTH, HEIGHT, WIDTH)
        assert opened.frame_rate is None
        assert not opened.read_only
        assert not opened.read_masks(LENGTH - 1).any()


def test_masks_are_a_plain_zarr_v3_array_with_one_frame_a_chunk(project):
    masks = zarr.open_array(project.path / "masks", mode="r")
    assert (masks.shape, masks.chunks, masks.dtype) == (
        (LENGTH, HEIGHT, WIDTH),
        (1, HEIGHT, WIDTH),
        np.uint16,
    )
    assert masks.metadata.zarr_format == 3
    assert masks.metadata.dimension_names == ("t", "y", "x")
    assert masks.fill_value == 0


def test_a_dotted_name_keeps_its_dots(tmp_path, video_path):
    with Project.create(tmp_path / "day.2", video_path) as project:
        assert project.path.name == "day.2.mfvis"
        assert project.name == "day.2"


def test_annotations_round_trip_through_a_new_opening(project, annotations):
    project.close()
    with Project.open(project.path) as opened:
        assert opened.annotations() == annotations
        opened.replace_annotations(Annotations())
        assert opened.annotations() == Annotations()


def test_replacing_annotations_keeps_what_a_person_verified(project):
    project.do(Verify((7,), 1, 1))
    project.replace_annotations(Annotations((Track(1, "cell", ()),)))
    assert project.mask_states() == (MaskState(7, 1, MaskOrigin.NONE, verified=True),)


def test_keyframes_past_the_end_are_refused(project, annotations):
    late = Track(2, "cell", (Keyframe(LENGTH, (0, 0, 1, 1)),))
    with pytest.raises(InvalidFrameError, match=r"Track 2 .* frame 4; the last frame of the video is 3"):
        project.replace_annotations(annotations.with_track(late))
    assert project.annotations() == annotations


def test_create_refuses_an_existing_path(project, video_path):
    before = sorted(project.path.rglob("*"))
    with pytest.raises(ProjectExistsError, match=r"walk\.mfvis exists already. Choose another name"):
        Project.create(project.path, video_path)
    assert sorted(project.path.rglob("*")) == before


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_create_leaves_nothing(tmp_path, video_path, monkeypatch, interruption):
    def interrupted(path):
        raise interruption

    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr(Database, "create", interrupted)
    with pytest.raises((KeyboardInterrupt, OSError)):
        Project.create(tmp_path / "walk", video_path, copy_video=True)
    assert sorted(tmp_path.rglob("*")) == before


def test_create_without_a_video_leaves_nothing(tmp_path):
    with pytest.raises(VideoError):
        Project.create(tmp_path / "new" / "walk", tmp_path / "no.mp4")
    assert list(tmp_path.iterdir()) == []


def test_open_refuses_what_is_no_project(tmp_path):
    with pytest.raises(NotAProjectError, match=r"There is no .*nowhere\.mfvis. Make a project: mfvis new"):
        Project.open(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    with pytest.raises(NotAProjectError, match=r"folder is no project: it has no zarr\.json"):
        Project.open(tmp_path / "folder")
    zarr.create_group(tmp_path / "other.zarr")
    with pytest.raises(NotAProjectError, match=r"other\.zarr is no project: .* no attribute 'mfvis'"):
        Project.open(tmp_path / "other.zarr")


def test_open_refuses_a_newer_folder(project):
    project.close()
    edit_header(project.path, format_version=2, created_by="mfvis-napari 9.0")
    with pytest.raises(NewerProjectError, match=r"version 2 \(made by mfvis-napari 9\.0\).* up to 1. Upgrade"):
        Project.open(project.path)


def test_open_refuses_a_newer_database(project):
    project._database._connection.execute("UPDATE meta SET format_version = 5")
    project._database._connection.commit()
    project.close()
    with pytest.raises(NewerProjectError, match="format version 5"):
        Project.open(project.path)


@pytest.mark.parametrize("piece", ["masks", "runs", "annotations.sqlite"])
def test_open_names_a_missing_piece(project, piece):
    project.close()
    lost = project.path / piece
    shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
    with pytest.raises(ProjectDamagedError, match=f"lacks {piece}.*Restore it from a backup"):
        Project.open(project.path)


def test_open_names_a_wrong_value_of_the_header(project):
    project.close()
    edit_header(project.path, video={"length": "many"})
    with pytest.raises(ProjectDamagedError, match=r"mfvis\.video\.\w+ is .*, expected"):
        Project.open(project.path)


def test_open_refuses_masks_of_another_shape(project):
    project.close()
    shutil.rmtree(project.path / "masks")
    zarr.create_array(project.path / "masks", shape=(2, HEIGHT, WIDTH), dtype="uint16")
    with pytest.raises(ProjectDamagedError, match=r"shape \(2, 6, 8\), the video \(4, 6, 8\)"):
        Project.open(project.path)


@pytest.mark.parametrize("content", ["{ torn", "[]"])
def test_open_refuses_torn_metadata(project, content):
    project.close()
    (project.path / "zarr.json").write_text(content)
    with pytest.raises(ProjectDamagedError, match="cannot be read"):
        Project.open(project.path)


def test_open_refuses_a_broken_database(project):
    project.close()
    (project.path / "annotations.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(ProjectDamagedError, match="the masks are not affected"):
        Project.open(project.path)


def test_a_project_open_for_reading_reads_and_refuses_changes(project, annotations, video_path):
    project.do(EditMask(2, 0, 0, np.full((HEIGHT, WIDTH), 7)))
    run = project.create_run({}, [1])
    project.close()
    with Project.open(project.path, read_only=True) as opened:
        assert opened.annotations() == annotations
        assert (opened.read_masks(2) == 7).all()
        assert opened.run(run.run_id).info.track_ids == (1,)
        changes = [
            lambda: opened.replace_annotations(annotations),
            lambda: opened.do(Verify((1,), 0, 0)),
            opened.undo,
            opened.redo,
            lambda: opened.create_run({}, [1]),
            lambda: opened.merge_run(run.run_id),
            lambda: opened.relink_video(video_path),
        ]
        for change in changes:
            with pytest.raises(ReadOnlyProjectError, match="Open it for writing"):
                change()
        with pytest.raises(ValueError, match="read-only"):
            opened.masks[0] = 1


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a folder this user cannot write")
def test_a_project_in_an_unwritable_folder_opens_for_reading(project, annotations):
    project.close()
    project.path.chmod(0o555)
    try:
        with Project.open(project.path, read_only=True) as opened:
            assert opened.annotations() == annotations
    finally:
        project.path.chmod(0o755)


def test_masks_outside_the_video_are_refused(project):
    with pytest.raises(InvalidFrameError, match="Frame -1 is outside the frames 0 to 3"):
        project.read_masks(-1)
    with pytest.raises(InvalidFrameError, match="Frame 4"):
        project.read_masks(LENGTH)


def test_a_reader_beside_the_writer_sees_its_changes(project):
    with closing(Project.open(project.path, read_only=True)) as reader:
        project.do(EditMask(0, 0, 0, np.ones((2, WIDTH), np.uint16)))
        assert (reader.read_masks(0)[:2] == 1).all()
        assert not project.masks[0, 2:].any()


def test_a_folder_of_pictures_beside_its_project_is_not_taken_for_it(project, tmp_path):
    (tmp_path / "walk").mkdir()
    project.close()
    with Project.open(tmp_path / "walk") as opened:
        assert opened.path == tmp_path / "walk.mfvis"
