import numpy as np

from mfvis_engine.annotation.verbs import EditMask, Verify
from mfvis_engine.project import Project
from tests.cli.conftest import said


def test_an_empty_project_asks_for_boxes(run, empty_project):
    done = run("info", empty_project)
    assert done.exit_code == 0
    assert "4 frames of 64 x 48, frame rate not known" in done.stdout
    assert "mfvis boxes import" in done.stdout


def test_tracks_are_listed_with_keyframes_and_frames(run, boxed_project, video_path):
    text = said(run("info", boxed_project).stdout)
    assert str(video_path.resolve()) in text
    assert "1 │ cell │ 2 │ 4" in text
    assert "3 │ egg │ 2 │ 3" in text
    assert "mfvis segment" in text


def test_runs_and_mask_states_are_counted(run, masked_project):
    with Project.open(masked_project) as project:
        project.create_run({}, [1]).fail("the lamp went out")
        project.do(Verify((1,), 0, 0))
        project.do(EditMask(1, 0, 0, np.ones((2, 2), np.uint16)))
    text = said(run("info", masked_project).stdout)
    assert "6 predicted, 1 edited, 0 imported; 1 verified" in text
    assert "finished │ 2 │ 4" in text
    assert "failed │ 1 │ 0 │ the lamp went out" in text
    assert "mfvis export" in text


def test_a_missing_video_is_a_warning(run, boxed_project, video_path, tmp_path):
    video_path.rename(tmp_path / "moved")
    done = run("info", boxed_project)
    assert done.exit_code == 0
    assert str(video_path) in said(done.stdout)
    assert "Warning: The video of" in done.stderr
