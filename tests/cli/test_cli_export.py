import json

import numpy as np
import pytest
from PIL import Image

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.annotation.verbs import EditMask, NewTrack, Verify
from mfvis_engine.formats import FileFormat, coco_vis, read_box_csv, read_cvat_video, read_davis
from mfvis_engine.formats.cell_table import read_cell_table
from mfvis_engine.project import Project
from tests.cli.conftest import HEIGHT, LENGTH, WIDTH, said, true_labels


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


@pytest.mark.parametrize(
    ("export_format", "written"),
    [
        ("csv", ["boxes.csv"]),
        ("mot", ["gt.txt", "labels.txt"]),
        ("cvat", ["annotations.xml"]),
        ("coco-vid", ["annotations.json"]),
        ("bdd100k", ["annotations.json"]),
        ("mots", ["gt.txt", "labels.txt"]),
    ],
)
def test_a_folder_gets_files_of_usual_names(run, masked_project, tmp_path, export_format, written):
    done = run("export", masked_project, tmp_path / "out", "--format", export_format)
    assert done.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == written
    assert all(f"Wrote {tmp_path / 'out' / name}" in done.stdout for name in written)


def test_names_of_classes_lie_beside_a_file_of_any_name(run, masked_project, tmp_path):
    assert run("export", masked_project, tmp_path / "walk.txt", "--format", "mot").exit_code == 0
    assert (tmp_path / "walk.labels.txt").read_text(encoding="utf-8") == "cell\negg\n"


def test_names_of_classes_that_are_there_are_not_replaced_either(run, masked_project, tmp_path):
    (tmp_path / "labels.txt").write_text("mine", encoding="utf-8")
    refused = run("export", masked_project, tmp_path, "--format", "mots")
    assert refused.exit_code == 1
    assert "labels.txt is there already" in refused.stderr
    assert not (tmp_path / "gt.txt").exists()
    assert run("export", masked_project, tmp_path, "--format", "mots", "--overwrite").exit_code == 0


@pytest.mark.parametrize("export_format", [known for known in FileFormat if not known.needs_masks])
def test_boxes_without_masks_can_be_exported(run, boxed_project, tmp_path, export_format):
    done = run("export", boxed_project, tmp_path / "out", "--format", export_format)
    assert done.exit_code == 0
    assert "2 tracks" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("export_format", FileFormat)
def test_an_empty_project_has_nothing_to_export(run, empty_project, tmp_path, export_format):
    done = run("export", empty_project, tmp_path / "out", "--format", export_format)
    assert done.exit_code == 1
    assert "so there is nothing to export" in said(done.stderr)
    assert not any((tmp_path / "out").glob("*"))


def test_tracks_without_a_box_are_named(run, boxed_project, boxes_path, tmp_path):
    with Project.open(boxed_project) as project:
        project.do(NewTrack(8, "cell"))
        project.do(NewTrack(9, "cell", (Keyframe(1, (1, 1, 5, 5), outside=True),)))
    for export_format, read in (("csv", read_box_csv), ("cvat", read_cvat_video)):
        out = tmp_path / f"out.{'xml' if export_format == 'cvat' else 'csv'}"
        done = run("export", boxed_project, out, "--format", export_format)
        assert "Left out, since they have no box in any frame: tracks 8, 9." in done.stderr
        assert read(out) == read_box_csv(boxes_path)


@pytest.fixture
def worked_on(masked_project):
    """The path of a project in which track 1 is edited in frame 0 and verified in frame 1; 3 is predicted."""
    with Project.open(masked_project) as project:
        project.do(EditMask(0, 40, 0, np.array([[1]])))
        project.do(Verify((1,), 1, 1))
    return masked_project


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["predicted"], {(1, 1), (2, 1), (3, 1), (1, 3), (2, 3), (3, 3)}),
        (["edited"], {(0, 1)}),
        (["verified"], {(1, 1)}),
        (["edited", "verified"], {(0, 1), (1, 1)}),
        ([], {(0, 1), (1, 1), (2, 1), (3, 1), (1, 3), (2, 3), (3, 3)}),
    ],
)
def test_only_masks_that_are_included_are_written(run, worked_on, tmp_path, kinds, expected):
    options = [word for kind in kinds for word in ("--include", kind)]
    assert run("export", worked_on, tmp_path / "out", "--format", "davis", *options).exit_code == 0
    found = {
        (frame_index, track_id)
        for frame_index, labels in enumerate(read_davis(tmp_path / "out"))
        for track_id in np.unique(labels[labels > 0]).tolist()
    }
    assert found == expected


@pytest.mark.parametrize("export_format", [known for known in FileFormat if known.needs_masks])
def test_without_a_mask_that_is_included_nothing_is_written(run, worked_on, tmp_path, export_format):
    done = run("export", worked_on, tmp_path / "out", "--format", export_format, "--include", "imported")
    assert done.exit_code == 1
    assert "has no mask that is imported" in said(done.stderr)
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


@pytest.mark.parametrize("export_format", ["coco-vis", "coco-vid"])
def test_frames_lie_beside_the_file_that_names_them(run, masked_project, tmp_path, export_format):
    out = tmp_path / "dataset"
    done = run("export", masked_project, out, "--format", export_format, "--frames")
    assert done.exit_code == 0
    assert f"Wrote {out / 'JPEGImages' / 'walk'}." in done.stdout
    written = json.loads((out / "annotations.json").read_text(encoding="utf-8"))
    names = written["videos"][0].get("file_names") or [image["file_name"] for image in written["images"]]
    assert len(names) == LENGTH
    for name in names:
        with Image.open(out / "JPEGImages" / name) as picture:
            assert (picture.format, picture.size) == ("JPEG", (WIDTH, HEIGHT))


def test_frames_that_are_there_are_never_mixed_with_others(run, masked_project, tmp_path):
    (tmp_path / "JPEGImages" / "walk").mkdir(parents=True)
    assert run("export", masked_project, tmp_path / "a.json", "--frames").exit_code == 0
    refused = run("export", masked_project, tmp_path / "b.json", "--frames", "--overwrite")
    assert refused.exit_code == 1
    assert "walk is there already" in refused.stderr
    assert not (tmp_path / "b.json").exists()


def test_frames_of_a_video_that_is_gone_are_told_before_anything_is_written(run, masked_project, video_path, tmp_path):
    video_path.rename(tmp_path / "elsewhere")
    refused = run("export", masked_project, tmp_path / "a.json", "--frames")
    assert refused.exit_code == 1
    assert not (tmp_path / "a.json").exists()
    assert run("export", masked_project, tmp_path / "a.json").exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--format", "cvat", "--include", "verified"), "cvat holds no masks"),
        (("--format", "davis", "--frames"), "davis names no pictures"),
        (("--include", "good"), "'good' is not one of"),
    ],
)
def test_options_that_do_not_go_with_the_format_are_wrong_usage(run, masked_project, tmp_path, options, message):
    done = run("export", masked_project, tmp_path / "out", *options)
    assert done.exit_code == 2
    assert message in done.stderr


@pytest.mark.parametrize("export_format", ["davis", "ctc"])
def test_a_folder_in_the_project_is_refused(run, masked_project, export_format):
    done = run("export", masked_project, masked_project / "out", "--format", export_format)
    assert done.exit_code == 1
    assert "lies in the project" in said(done.stderr)


@pytest.mark.parametrize(("parent", "expected"), [("1", 1), ("3", 0), ("9", 0), ("mother", 0)])
def test_a_parent_is_written_where_it_ends_before_its_child(run, masked_project, tmp_path, parent, expected):
    with Project.open(masked_project) as project:
        attributes = (("parent", parent),)
        tracks = [*project.annotations().tracks, Track(4, "cell", (Keyframe(3, (0, 40, 5, 45)),), attributes)]
        project.replace_annotations(Annotations(tuple(tracks)))
        project.do(EditMask(3, 0, 0, np.where(true_labels(3) == 1, 0, true_labels(3))))
        project.do(EditMask(3, 40, 0, np.full((5, 5), 4)))
    assert run("export", masked_project, tmp_path / "cells", "--format", "ctc").exit_code == 0
    parents = {track.label: track.parent for track in read_cell_table(tmp_path / "cells" / "res_track.txt")}
    assert parents == {1: 0, 3: 0, 4: expected}


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("walk.csv", (), "walk.csv is no name for coco-vis. Give a file that ends in .json, or a folder"),
        ("walk.json", ("--format", "davis"), "Give the name of a folder"),
        ("clip.mp4", (), "is no name for coco-vis"),
        ("walk.xml", ("--format", "coco-vis-results"), "ends in .json or .zip"),
    ],
)
def test_a_name_of_another_kind_of_file_is_refused(run, masked_project, tmp_path, name, options, message):
    done = run("export", masked_project, tmp_path / name, *options)
    assert done.exit_code == 1
    assert message in said(done.stderr)
    assert not (tmp_path / name).exists()


def test_a_folder_may_be_named_like_a_file(run, masked_project, tmp_path):
    (tmp_path / "v1.csv").mkdir()
    assert run("export", masked_project, tmp_path / "v1.csv").exit_code == 0
    assert (tmp_path / "v1.csv" / "annotations.json").is_file()


def test_nothing_is_put_into_a_file(run, masked_project, boxes_path):
    done = run("export", masked_project, boxes_path / "sub" / "walk.json")
    assert done.exit_code == 1
    assert f"{boxes_path} is no folder" in said(done.stderr)
