import shutil

from PIL import Image

from mfvis_engine.project import Project
from tests.cli.conftest import HEIGHT, LENGTH, WIDTH, said


def test_a_moved_video_is_found_again(run, boxed_project, video_path, tmp_path):
    moved = tmp_path / "elsewhere" / "clip"
    shutil.copytree(video_path, moved)
    shutil.rmtree(video_path)
    refused = run("preview", boxed_project, tmp_path / "out.png")
    assert refused.exit_code == 1
    assert f"mfvis relink {boxed_project} VIDEO" in said(refused.stderr)
    done = run("relink", boxed_project, moved)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"{boxed_project} now refers to {moved}." in done.stdout
    assert run("preview", boxed_project, tmp_path / "out.png").exit_code == 0


def test_another_file_with_the_same_frames_is_taken_with_a_warning(run, boxed_project, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for index in range(LENGTH):
        Image.new("RGB", (WIDTH, HEIGHT), (index, 0, 0)).save(other / f"{index:03}.png")
    done = run("relink", boxed_project, other)
    assert done.exit_code == 0
    assert "not the file that the project was made for" in done.stderr


def test_a_video_with_other_frames_is_refused(run, boxed_project, video_path, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(video_path, other)
    (other / "000.png").unlink()
    done = run("relink", boxed_project, other)
    assert done.exit_code == 1
    assert "Give the video it was made for" in done.stderr
    with Project.open(boxed_project, read_only=True) as project:
        project.video().close()
