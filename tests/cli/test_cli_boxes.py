import pytest

from mfvis_engine.annotation import Keyframe, KeyframeOrigin
from mfvis_engine.formats import read_box_csv
from mfvis_engine.project import Project
from tests.cli.conftest import said

MOT = "1,1,4,4,16,16,1,-1,-1,-1\n4,1,10,4,16,16,1,-1,-1,-1\n"


def annotations(path):
    with Project.open(path, read_only=True) as project:
        return project.annotations()


def test_boxes_of_a_csv_file_are_in_the_project(run, empty_project, boxes_path):
    done = run("boxes", "import", empty_project, boxes_path)
    assert done.exit_code == 0
    assert "as csv: 4 boxes; tracks: 2 added." in done.stdout
    assert "mfvis segment" in done.stdout
    assert annotations(empty_project) == read_box_csv(boxes_path)


def test_importing_the_same_file_again_changes_nothing(run, boxed_project, boxes_path):
    done = run("boxes", "import", boxed_project, boxes_path)
    assert done.exit_code == 0
    assert "2 there already" in done.stdout
    assert annotations(boxed_project) == read_box_csv(boxes_path)


def test_tracks_with_new_ids_are_added(run, boxed_project, tmp_path):
    more = tmp_path / "more.csv"
    more.write_text("track_id,frame,x0,y0,x1,y1\n8,0,1,1,5,5\n", encoding="utf-8")
    assert "1 added" in run("boxes", "import", boxed_project, more).stdout
    assert annotations(boxed_project).track_ids == (1, 3, 8)


def test_tracks_that_are_there_give_way_only_when_asked(run, boxed_project, boxes_path, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("track_id,frame,x0,y0,x1,y1\n3,0,1,1,5,5\n9,0,1,1,5,5\n", encoding="utf-8")
    refused = run("boxes", "import", boxed_project, other)
    assert refused.exit_code == 1
    assert "has track 3 already" in said(refused.stderr)
    assert "--replace" in refused.stderr
    assert annotations(boxed_project) == read_box_csv(boxes_path)

    done = run("boxes", "import", boxed_project, other, "--replace")
    assert "1 added, 1 replaced" in done.stdout
    assert annotations(boxed_project).track_ids == (1, 3, 9)
    imported = Keyframe(0, (1, 1, 5, 5), origin=KeyframeOrigin.IMPORTED)
    assert annotations(boxed_project).track(3).keyframes == (imported,)
    assert annotations(boxed_project).track(1) == read_box_csv(boxes_path).track(1)


def test_mot_rows_are_bridged_and_named_as_asked(run, empty_project, tmp_path):
    path = tmp_path / "gt.txt"
    path.write_text(MOT, encoding="utf-8")
    done = run("boxes", "import", empty_project, path, "--category", "crab", "--bridge-gaps")
    assert "as mot: 2 boxes" in done.stdout
    track = annotations(empty_project).track(1)
    assert track.category == "crab"
    assert [key.frame_index for key in track.keyframes] == [0, 3]


def test_boxes_come_back_from_an_export(run, masked_project, video_path, tmp_path):
    run("export", masked_project, tmp_path / "walk.json")
    run("new", tmp_path / "second", video_path)
    done = run("boxes", "import", tmp_path / "second", tmp_path / "walk.json", "--video", "walk")
    assert done.exit_code == 0
    assert annotations(tmp_path / "second.mfvis") == annotations(masked_project)


def test_a_format_that_is_named_is_taken(run, empty_project, tmp_path):
    path = tmp_path / "boxes.csv"
    path.write_text(MOT, encoding="utf-8")
    assert "as mot" in run("boxes", "import", empty_project, path, "--format", "mot").stdout


def test_names_of_classes_beside_a_mot_file_are_taken(run, empty_project, tmp_path):
    (tmp_path / "gt.txt").write_text("1,1,4,4,16,16,1,2,1\n", encoding="utf-8")
    (tmp_path / "labels.txt").write_text("egg\ncrab\n", encoding="utf-8")
    assert run("boxes", "import", empty_project, tmp_path / "gt.txt").exit_code == 0
    assert annotations(empty_project).track(1).category == "crab"


def test_a_file_that_names_no_classes_leaves_the_categories_that_are_there(run, boxed_project, tmp_path):
    path = tmp_path / "gt.txt"
    path.write_text(MOT, encoding="utf-8")
    assert "1 replaced" in run("boxes", "import", boxed_project, path, "--replace").stdout
    assert annotations(boxed_project).track(1).category == "cell"
    assert "there already" in run("boxes", "import", boxed_project, path).stdout
    run("boxes", "import", boxed_project, path, "--replace", "--category", "crab")
    assert annotations(boxed_project).track(1).category == "crab"


@pytest.mark.parametrize(
    ("rows", "doubt"),
    [
        ("1,0,70,0,80,9\n1,1,1,1,5,5", "1 of 2 boxes lie wholly outside the 64 x 48 picture"),
        ("1,0,0.1,0.2,0.3,0.4", "All boxes lie between 0 and 1"),
    ],
)
def test_boxes_of_another_picture_are_doubted(run, empty_project, tmp_path, rows, doubt):
    path = tmp_path / "odd.csv"
    path.write_text(f"track_id,frame,x0,y0,x1,y1\n{rows}\n", encoding="utf-8")
    done = run("boxes", "import", empty_project, path)
    assert done.exit_code == 0
    assert doubt in said(done.stderr)


def test_boxes_past_the_end_of_the_video_are_refused(run, empty_project, tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("track_id,frame,x0,y0,x1,y1\n1,4,1,1,5,5\n", encoding="utf-8")
    done = run("boxes", "import", empty_project, path)
    assert done.exit_code == 1
    assert "keyframe in frame 4; the last frame of the video is 3" in said(done.stderr)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("bad.csv", "track_id,frame,x0,y0,x1,y1\n1,0,5,1,1,5\n", "bad.csv line 2: x1 1.0 is not right of x0 5.0"),
        ("bad.json", '{"videos": [', "bad.json line 1"),
        ("gone.csv", None, "cannot be read"),
        ("gone.txt", None, "cannot be read"),
    ],
)
def test_a_bad_file_is_told_with_its_place(run, empty_project, tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    done = run("boxes", "import", empty_project, tmp_path / name)
    assert done.exit_code == 1
    assert message in said(done.stderr)
