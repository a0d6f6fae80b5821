import numpy as np
import pytest

from mfvis_engine.project import Project
from tests.cli.conftest import said


def test_a_backup_is_a_project_with_everything_in_it(run, masked_project, tmp_path):
    done = run("backup", masked_project, tmp_path / "disk" / "monday")
    assert done.exit_code == 0
    assert "monday.mfvis: 4 frames, checked." in said(done.stdout)
    with Project.open(masked_project) as source, Project.open(tmp_path / "disk" / "monday") as copy:
        assert copy.annotations() == source.annotations()
        np.testing.assert_array_equal(copy.masks[:], source.masks[:])
        assert copy.runs() == source.runs()
        assert copy.video().length == source.length


def test_nothing_is_overwritten(run, masked_project, tmp_path):
    (tmp_path / "monday.mfvis").mkdir()
    done = run("backup", masked_project, tmp_path / "monday")
    assert done.exit_code == 1
    assert "monday.mfvis exists already. Choose another name" in done.stderr


@pytest.mark.parametrize("out", ["", ".", ".."])
def test_a_backup_needs_a_name(run, masked_project, monkeypatch, tmp_path, out):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    before = sorted(tmp_path.rglob("*.mfvis"))
    done = run("backup", masked_project, out)
    assert done.exit_code == 1
    assert "is no name for a new folder" in done.stderr
    assert sorted(tmp_path.rglob("*.mfvis")) == before


def test_a_missing_video_is_a_warning(run, masked_project, video_path, tmp_path):
    video_path.rename(tmp_path / "moved")
    done = run("backup", masked_project, tmp_path / "monday")
    assert done.exit_code == 0
    assert "Warning: The video of" in done.stderr
