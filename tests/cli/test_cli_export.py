import json

import numpy as np
import pytest

from mfvis_engine.annotation.verbs import EditMask, Verify
from mfvis_engine.formats import coco_vis, read_davis
from mfvis_engine.project import Project
from tests.cli.conftest import LENGTH, said, true_labels


@pytest.mark.parametrize(("out", "written"), [("walk.json", "walk.json"), ("folder", "folder/annotations.json")])
def test_ground_truth_holds_the_masks_under_their_track_ids(run, masked_project, tmp_path, out, written):
    done = run("export", masked_project, tmp_path / out)
    assert done.exit_code == 0
    assert "2 tracks, 4 frames" in done.stdout
    dataset = coco_vis.read_ground_truth(tmp_path / written)
    assert dataset.video().name == "walk"
    for track in dataset.tracks:
        for frame_index, frame in enumerate(track.frames):
            truth = true_labels(frame_index) == track.annotation_id
            assert np.array_equal(frame.mask.decode() if frame.mask else np.zeros_like(truth), truth)


@pytest.mark.parametrize(
    ("out", "written"), [("r.json", "r.json"), ("r.zip", "r.zip"), ("folder", "folder/results.zip")]
)
def test_results_have_the_mean_score_of_the_frames_with_a_mask(run, masked_project, tmp_path, out, written):
    assert run("export", masked_project, tmp_path / out, "--format", "coco-vis-results").exit_code == 0
    results = coco_vis.read_results(tmp_path / written)
    assert [round(result.score, 6) for result in results] == [0.5, 0.9]


def test_a_persons_masks_score_1(run, masked_project, tmp_path):
    with Project.open(masked_project) as project:
        for frame_index in range(LENGTH):
            project.do(EditMask(frame_index, 0, 0, np.array([[1]])))
        project.do(Verify((3,), 3, 3))
    run("export", masked_project, tmp_path / "r.json", "--format", "coco-vis-results")
    scores = [result.score for result in coco_vis.read_results(tmp_path / "r.json")]
    assert scores == pytest.approx([1.0, (0.9 + 0.9 + 1) / 3])


def test_davis_is_one_indexed_picture_a_frame(run, masked_project, tmp_path):
    assert run("export", masked_project, tmp_path / "davis", "--format", "davis").exit_code == 0
    for frame_index, labels in enumerate(read_davis(tmp_path / "davis")):
        assert np.array_equal(labels, true_labels(frame_index))


def test_without_masks_there_is_nothing_to_export(run, boxed_project, tmp_path):
    done = run("export", boxed_project, tmp_path / "walk.json")
    assert done.exit_code == 1
    assert "has no masks yet" in said(done.stderr)
    assert "mfvis segment" in done.stderr
    assert not (tmp_path / "walk.json").exists()


def test_an_export_may_lie_beside_the_pictures_of_the_video(run, masked_project, video_path):
    assert run("export", masked_project, video_path / "walk.json").exit_code == 0
    assert run("preview", masked_project, video_path.parent / "still.png").exit_code == 0


def test_tracks_without_a_mask_are_named(run, masked_project, tmp_path):
    more = tmp_path / "more.csv"
    more.write_text("8,0,1,1,5,5", encoding="utf-8")
    run("boxes", "import", masked_project, more)
    done = run("export", masked_project, tmp_path / "walk.json")
    assert done.exit_code == 0
    assert "Left out, since they have no mask in any frame: tracks 8." in done.stderr


@pytest.mark.parametrize("export_format", ["coco-vis", "coco-vis-results"])
def test_an_existing_file_is_replaced_only_when_asked(run, masked_project, tmp_path, export_format):
    out = tmp_path / "out.json"
    out.write_text("mine", encoding="utf-8")
    refused = run("export", masked_project, out, "--format", export_format)
    assert refused.exit_code == 1
    assert "is there already" in refused.stderr
    assert out.read_text(encoding="utf-8") == "mine"
    assert run("export", masked_project, out, "--format", export_format, "--overwrite").exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8"))


def test_a_davis_folder_in_use_is_left_alone_even_then(run, masked_project, tmp_path):
    (tmp_path / "davis").mkdir()
    (tmp_path / "davis" / "mine.txt").write_text("mine")
    done = run("export", masked_project, tmp_path / "davis", "--format", "davis", "--overwrite")
    assert done.exit_code == 1
    assert [path.name for path in (tmp_path / "davis").iterdir()] == ["mine.txt"]
