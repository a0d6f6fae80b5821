import numpy as np
import pytest
from PIL import Image

from mfvis_engine.annotation.palette import track_color
from mfvis_engine.video import open_video
from tests.cli.conftest import format_of, said


@pytest.mark.parametrize("name", ["out.png", "deep/er/out.PNG"])
def test_a_sheet_shows_masks_in_the_colors_of_their_tracks(run, masked_project, tmp_path, name):
    done = run("preview", masked_project, tmp_path / name)
    assert done.exit_code == 0
    assert "4 frames" in done.stdout
    with Image.open(tmp_path / name) as picture:
        pixels = np.asarray(picture)
    for track_id in (1, 3):
        assert (pixels == track_color(track_id)).all(axis=-1).sum() > 100


def test_a_project_without_masks_shows_its_boxes(run, boxed_project, tmp_path):
    assert run("preview", boxed_project, tmp_path / "out.jpg").exit_code == 0
    assert format_of(tmp_path / "out.jpg") == "JPEG"


def test_a_video_has_every_frame_asked_for_and_is_large_enough_to_see(run, masked_project, tmp_path):
    assert run("preview", masked_project, tmp_path / "out.mp4", "--every", 2).exit_code == 0
    with open_video(tmp_path / "out.mp4") as video:
        assert (video.length, video.width, video.height) == (2, 512, 384)
        red, green, blue = video.frame(1)[384 * 2 // 3, 512 * 3 // 4].astype(int)
    assert green > max(red, 60)  # the egg is green, and its track's colour pink
    assert blue > 60


def test_an_existing_file_is_replaced_only_when_asked(run, masked_project, tmp_path):
    out = tmp_path / "out.png"
    out.write_text("mine")
    refused = run("preview", masked_project, out)
    assert refused.exit_code == 1
    assert "--overwrite" in refused.stderr
    assert out.read_text() == "mine"
    assert run("preview", masked_project, out, "--overwrite").exit_code == 0
    assert format_of(out) == "PNG"


def test_a_suffix_that_says_nothing_is_refused(run, masked_project, tmp_path):
    done = run("preview", masked_project, tmp_path / "out.gif")
    assert done.exit_code == 1
    assert "out.gif does not tell what to make" in said(done.stderr)


def test_a_sheet_of_too_many_frames_is_refused(run, masked_project, tmp_path, monkeypatch):
    monkeypatch.setattr("mfvis_engine.actions.preview.MAX_TILES", 3)
    done = run("preview", masked_project, tmp_path / "out.png", "--every", 1)
    assert done.exit_code == 1
    assert "Every 1 of 4 frames are 4 pictures, and a sheet holds 3. Give --every 2" in said(done.stderr)


def test_a_missing_video_is_told(run, masked_project, video_path, tmp_path):
    video_path.rename(tmp_path / "moved")
    done = run("preview", masked_project, tmp_path / "out.png")
    assert done.exit_code == 1
    assert "clip" in done.stderr
    assert not (tmp_path / "out.png").exists()


def test_the_video_and_the_project_are_never_written_into(run, masked_project, video_path):
    files = sorted(video_path.iterdir())
    for out in (video_path / "000.png", video_path / "sheet.png", masked_project / "sheet.png"):
        refused = run("preview", masked_project, out, "--overwrite")
        assert refused.exit_code == 1
        assert "Choose another place" in refused.stderr
    assert sorted(video_path.iterdir()) == files
    assert not (masked_project / "sheet.png").exists()


def test_a_video_file_is_not_replaced_by_its_preview(run, tmp_path, video_path, masked_project):
    own = tmp_path / "own.mp4"
    run("preview", masked_project, own)
    run("new", tmp_path / "second", own)
    content = own.read_bytes()
    refused = run("preview", tmp_path / "second", own, "--overwrite")
    assert refused.exit_code == 1
    assert "would change the video" in said(refused.stderr)
    assert own.read_bytes() == content
