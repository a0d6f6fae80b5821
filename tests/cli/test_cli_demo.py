import json

import numpy as np
import pytest
from PIL import Image

from mfvis_engine.actions.box_import import BoxSource, import_boxes
from mfvis_engine.actions.demo import make_room, measure
from mfvis_engine.actions.errors import ForeignDemoError
from mfvis_engine.annotation.verbs import EditMask, ImportMasks, Verify
from mfvis_engine.project import Project
from tests.cli.conftest import format_of, said, true_labels

pytestmark = pytest.mark.usefixtures("sample")


@pytest.fixture
def demo(run, tmp_path, predicted_labels):
    """A function that runs the demo in a folder, with one step of training and a perfect prediction."""
    predicted_labels(true_labels)
    return lambda: run("demo", "--out", tmp_path / "out", "--steps", 1, "--device", "cpu")


@pytest.fixture
def project_path(tmp_path):
    return tmp_path / "out" / "demo.mfvis"


@pytest.fixture
def earlier_demo(project_path, sample):
    """A project as the demo leaves it."""
    with Project.create(project_path, sample.video_path, copy_video=True) as project:
        import_boxes(project, BoxSource(sample.boxes_path))
    return project_path


def test_the_demo_says_where_everything_is(demo, tmp_path, project_path):
    done = demo()
    assert done.exit_code == 0, done.stderr
    out = tmp_path / "out"
    assert f"{project_path / 'masks'}" in done.stdout
    assert f"{out / 'annotations.json'}" in done.stdout
    assert f"{out / 'contact-sheet.png'}" in done.stdout
    assert "replaced" not in done.stdout
    assert "3 │ egg │ 3 │ 1.000 │ 1.000" in said(done.stdout)
    assert json.loads((out / "annotations.json").read_text(encoding="utf-8"))["annotations"]
    assert format_of(out / "contact-sheet.png") == "PNG"
    with Project.open(project_path, read_only=True) as project:
        assert len(project.runs()) == 1


def test_a_second_demo_replaces_the_first_and_nothing_else(demo, tmp_path, project_path):
    demo()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    (project_path / "left by the first").write_text("")
    done = demo()
    assert done.exit_code == 0, done.stderr
    assert "The earlier demo in" in done.stdout
    assert not (project_path / "left by the first").exists()
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"mine.txt", "demo.mfvis", "annotations.json", "contact-sheet.png"}


def verify_a_mask(path):
    with Project.open(path) as project:
        project.do(Verify((1,), 0, 0))


def paint_a_pixel(path):
    with Project.open(path) as project:
        project.do(EditMask(0, 0, 0, np.array([[3]])))


def remove_a_track(path):
    with Project.open(path) as project:
        project.replace_annotations(project.annotations().without_track(3))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (verify_a_mask, "a person has edited or verified masks"),
        (paint_a_pixel, "a person has edited or verified masks"),
        (remove_a_track, "its boxes are not those of the sample clip"),
    ],
)
def test_a_project_a_person_worked_in_is_left_alone(earlier_demo, change, reason):
    change(earlier_demo)
    with pytest.raises(ForeignDemoError, match=rf"{reason}.* --out"):
        make_room(earlier_demo.parent)
    assert earlier_demo.exists()


def test_another_video_is_left_alone(tmp_path, project_path):
    frames = tmp_path / "other"
    frames.mkdir()
    Image.new("RGB", (8, 8)).save(frames / "0.png")
    Project.create(project_path, frames).close()
    with pytest.raises(ForeignDemoError, match="its video is not the sample clip"):
        make_room(project_path.parent)
    assert project_path.exists()


def test_a_file_of_the_same_name_is_left_alone(demo, tmp_path):
    (tmp_path / "out").mkdir()
    mine = tmp_path / "out" / "annotations.json"
    mine.write_text("mine", encoding="utf-8")
    refused = demo()
    assert refused.exit_code == 1
    assert "Nothing was changed" in refused.stderr
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_demo_that_was_interrupted_before_its_boxes_makes_room(project_path, sample):
    Project.create(project_path, sample.video_path, copy_video=True).close()
    assert make_room(project_path.parent)
    assert list(project_path.parent.iterdir()) == []


def test_an_empty_or_missing_folder_has_room(tmp_path):
    assert not make_room(tmp_path / "missing")
    assert not make_room(tmp_path)


def test_quality_is_measured_where_the_object_can_be_seen(boxed_project, sample):
    with Project.open(boxed_project) as project:
        frames = ((frame_index, true_labels(frame_index)) for frame_index in range(3))  # and nothing in frame 3
        project.do(ImportMasks("the truth", frames=frames))
        cell, egg = measure(project, sample)
    assert (cell.track_id, cell.category, cell.frame_count, egg.frame_count) == (1, "cell", 4, 3)
    assert (cell.mask_j, egg.mask_j) == pytest.approx((3 / 4, 2 / 3))
    assert (cell.box_j, egg.box_j) == pytest.approx((1, 1))
