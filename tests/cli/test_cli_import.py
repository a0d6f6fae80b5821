"""`mfvis import`: what it takes, what it leaves alone, and what it refuses."""

import json
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from mfvis_engine.actions.mask_kind import MaskKind
from mfvis_engine.annotation import KeyframeOrigin, MaskOrigin
from mfvis_engine.annotation.verbs import EditMask, Verify
from mfvis_engine.cli.file_formats import FormatName, FormatToRead
from mfvis_engine.formats import FileFormat, read_box_csv, write_davis
from mfvis_engine.project import Project
from tests.cli.conftest import HEIGHT, LENGTH, WIDTH, said, true_labels


def content(path):
    """All that an import could change: tracks, masks, where these are from, and the log."""
    with Project.open(path, read_only=True) as project:
        masks = np.stack([project.read_masks(frame_index) for frame_index in range(LENGTH)])
        return project.annotations(), masks.tobytes(), project.mask_states(), len(project.log())


def masks_of(path):
    with Project.open(path, read_only=True) as project:
        return np.stack([project.read_masks(frame_index) for frame_index in range(LENGTH)])


def annotations(path):
    with Project.open(path, read_only=True) as project:
        return project.annotations()


TRUTH = np.stack([true_labels(frame_index) for frame_index in range(LENGTH)])


@pytest.fixture
def davis(tmp_path):
    """The exact masks, as PNGs."""
    write_davis(tmp_path / "masks", TRUTH)
    return tmp_path / "masks"


@pytest.fixture
def moved(tmp_path):
    """Other masks for track 1, a row further down."""
    write_davis(tmp_path / "moved", np.where(np.roll(TRUTH, 1, axis=1) == 1, 1, 0))
    return tmp_path / "moved"


def test_names_of_formats_and_masks_are_those_of_the_engine():
    assert get_args(FormatName) == tuple(FileFormat)
    assert get_args(FormatToRead) == ("auto", *FileFormat)
    assert {*MaskKind} == {"verified", *MaskOrigin} - {"none"}


def test_help_shows_examples_and_what_comes_next(run):
    done = run("import", "--help")
    assert done.exit_code == 0
    assert "Examples mfvis import" in said(done.stdout)
    assert "Then look at it: mfvis preview" in said(done.stdout)
    assert all(known in done.stdout for known in FileFormat)


def test_new_tracks_get_masks_and_boxes_around_them(run, empty_project, davis):
    done = run("import", empty_project, davis, "--category", "blob")
    assert done.exit_code == 0
    assert "as davis: 7 masks, 4 boxes around them as keyframes; tracks: 2 added." in done.stdout
    assert "Took 7 masks" in done.stdout
    assert "mfvis undo" in done.stdout
    np.testing.assert_array_equal(masks_of(empty_project), TRUTH)
    track = annotations(empty_project).track(1)
    assert track.category == "blob"
    assert [(key.frame_index, key.box_xyxy, key.origin) for key in track.keyframes] == [
        (0, (4, 4, 20, 20), KeyframeOrigin.IMPORTED),
        (3, (10, 4, 26, 20), KeyframeOrigin.IMPORTED),
    ]


def test_one_undo_takes_an_import_back_boxes_and_masks(run, boxed_project, moved):
    before = content(boxed_project)[:3]
    assert "mfvis undo" in run("import", boxed_project, moved, "--replace").stdout
    after = content(boxed_project)[:3]
    assert all(now != then for now, then in zip(after, before, strict=True))
    with Project.open(boxed_project) as project:
        project.undo()
    assert content(boxed_project)[:3] == before
    with Project.open(boxed_project) as project:
        project.redo()
    assert content(boxed_project)[:3] == after


def test_a_file_of_masks_alone_leaves_boxes_that_are_there(run, boxed_project, boxes_path, moved):
    done = run("import", boxed_project, moved)
    assert "as davis: 4 masks; tracks: 1 there already, whose boxes were kept." in done.stdout
    assert annotations(boxed_project) == read_box_csv(boxes_path)
    np.testing.assert_array_equal(masks_of(boxed_project), np.where(np.roll(TRUTH, 1, axis=1) == 1, 1, 0))


def test_boxes_around_masks_replace_others_when_asked_in_their_category(run, boxed_project, moved):
    assert "1 replaced" in run("import", boxed_project, moved, "--replace").stdout
    track = annotations(boxed_project).track(1)
    assert (track.category, track.keyframes[0].box_xyxy) == ("cell", (4, 5, 20, 21))


def test_predicted_masks_give_way(run, masked_project, moved):
    done = run("import", masked_project, moved)
    assert "Took 4 masks" in done.stdout
    assert ((masks_of(masked_project) == 1) == (np.roll(TRUTH, 1, axis=1) == 1)).all()


@pytest.mark.parametrize("options", [(), ("--replace",), ("--keep-boxes",)])
def test_edited_and_verified_masks_are_never_overwritten(run, masked_project, moved, options):
    with Project.open(masked_project) as project:
        project.do(EditMask(0, 40, 0, np.array([[1, 1]])))
        project.do(EditMask(1, 0, 0, np.zeros((HEIGHT, WIDTH), np.uint16)))  # erased, which is work too
        project.do(Verify((1,), 2, 2))
        project.do(EditMask(3, 20, 0, np.full((1, WIDTH), 3)))  # another track, in the way of the last mask
    before = masks_of(masked_project)
    done = run("import", masked_project, moved, *options)
    assert done.exit_code == 0
    assert "Took 1 mask" in done.stdout
    assert "Kept 3 masks" in done.stdout
    after = masks_of(masked_project)
    np.testing.assert_array_equal(after[:3], before[:3])
    np.testing.assert_array_equal(after[3] == 3, before[3] == 3)
    assert (after[3, 5:20] == 1).any()


def test_imported_masks_give_way_only_when_asked(run, boxed_project, boxes_path, davis, moved):
    run("import", boxed_project, davis)
    done = run("import", boxed_project, moved)
    assert "Took 0 masks" in done.stdout
    assert "Kept 4 masks" in done.stdout
    assert "give way to --replace --keep-boxes" in done.stdout
    np.testing.assert_array_equal(masks_of(boxed_project), TRUTH)

    done = run("import", boxed_project, moved, "--replace", "--keep-boxes")
    assert "Took 4 masks" in done.stdout
    assert annotations(boxed_project) == read_box_csv(boxes_path)
    after = masks_of(boxed_project)
    np.testing.assert_array_equal(after == 1, np.roll(TRUTH, 1, axis=1) == 1)
    np.testing.assert_array_equal(after == 3, TRUTH == 3)


def test_imported_masks_of_tracks_that_are_not_in_the_file_keep_their_pixels(run, boxed_project, davis, tmp_path):
    run("import", boxed_project, davis)
    everything = np.full((LENGTH, HEIGHT, WIDTH), 1)
    write_davis(tmp_path / "all", everything)
    run("import", boxed_project, tmp_path / "all", "--replace")
    np.testing.assert_array_equal(masks_of(boxed_project) == 3, TRUTH == 3)


def test_tracks_that_are_there_give_way_only_when_asked(run, masked_project, tmp_path):
    run("export", masked_project, tmp_path / "a.json", "--format", "coco-vid")
    before = content(masked_project)
    refused = run("import", masked_project, tmp_path / "a.json")
    assert refused.exit_code == 1
    assert "has tracks 1, 3 already" in said(refused.stderr)
    assert "--keep-boxes" in refused.stderr
    assert content(masked_project) == before

    kept = run("import", masked_project, tmp_path / "a.json", "--keep-boxes")
    assert "2 there already, whose boxes were kept" in kept.stdout
    assert annotations(masked_project) == before[0]
    assert "2 replaced" in run("import", masked_project, tmp_path / "a.json", "--replace").stdout
    assert len(annotations(masked_project).track(1).keyframes) == LENGTH


def test_boxes_alone_are_taken_by_the_other_command(run, empty_project, davis):
    done = run("boxes", "import", empty_project, davis)
    assert "2 added" in done.stdout
    assert not masks_of(empty_project).any()
    assert annotations(empty_project).track_ids == (1, 3)


def test_masks_for_the_first_frames_alone_are_taken_with_a_word(run, empty_project, tmp_path):
    write_davis(tmp_path / "first", TRUTH[:1])
    done = run("import", empty_project, tmp_path / "first")
    assert done.exit_code == 0
    assert "first has masks for 1 frames, the video has 4: they were taken for its first" in said(done.stderr)
    assert (masks_of(empty_project)[0] == TRUTH[0]).all()


def test_frames_that_count_from_1_can_be_said_to(run, masked_project, tmp_path):
    path = tmp_path / "gt.txt"
    run("export", masked_project, path, "--format", "mots")
    rows = [line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(f"{int(frame) + 1} {rest}\n" for frame, rest in rows), encoding="utf-8")
    refused = run("import", masked_project, path)
    assert (refused.exit_code, "frame 4 from 0, but the video has 4" in said(refused.stderr)) == (1, True)
    assert run("import", masked_project, path, "--first-frame", "1").exit_code == 0
    masks = masks_of(masked_project)
    np.testing.assert_array_equal((masks == 1) | (masks == 1001), TRUTH == 1)


def json_file(value):
    return json.dumps(value).encode()


COCO_VIDEO = {"id": 1, "width": WIDTH, "height": HEIGHT, "length": 1, "file_names": ["../../a.jpg"]}
CATEGORIES = [{"id": 1, "name": "cell"}]
BDD_LABEL = {"id": "1", "category": "cell", "box2d": {"x1": 9, "y1": 1, "x2": 3, "y2": 5}}
BOMB = {"size": [10**9, 10**9], "counts": "1"}
LAUGHS = b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n<annotations>&b;</annotations>'
HUGE_IMAGE = {"id": 1, "video_id": 1, "frame_id": 0, "file_name": "a.jpg", "height": 10**9, "width": 10**9}

HOSTILE = {
    "csv": ("a.csv", b"track_id,frame,x0,y0,x1,y1\n1,0,1,1,5,5\n1,2,1,nan,5,5\n", "a.csv line 3: box (1.0, nan"),
    "mot": ("a.txt", b"1,1,4,4,16,16,1\n2,1,4,4,-16,16,1\n", "a.txt line 2: width -16.0"),
    "cvat": ("a.xml", LAUGHS, "a.xml line 2: <!DOCTYPE"),
    "coco-vis": (
        "a.json",
        json_file({"videos": [COCO_VIDEO], "categories": CATEGORIES, "annotations": []}),
        'a.json: videos[0].file_names[0] is "../../a.jpg": it must lie below',
    ),
    "coco-vis-results": (
        "a.json",
        json_file([{"video_id": 1, "category_id": 1, "score": 1, "segmentations": [BOMB]}]),
        "a.json: [0].segmentations[0] is no mask",
    ),
    "coco-vid": (
        "a.json",
        json_file({"videos": [{"id": 1}], "images": [HUGE_IMAGE], "categories": CATEGORIES, "annotations": []}),
        "a.json: images[0].height and width are 1000000000 x 1000000000",
    ),
    "bdd100k": (
        "a.json",
        json_file([{"name": "a.jpg", "videoName": "a", "frameIndex": 0, "labels": [BDD_LABEL]}]),
        "a.json: [0].labels[0].box2d",
    ),
    "mots": ("a.txt", b"0 1001 1 48 64 \\_1\n", "a.txt line 1: id 1001 in frame 0 has no mask"),
    "davis": ("00000.png", b"\x89PNG\r\n\x1a\n", "00000.png cannot be read as an image"),
    "ctc": ("res_track.txt", b"1 0 3 0\n2 5 3 0\n", "res_track.txt line 2: label 2 is there from frame 5 to 3"),
}


@pytest.mark.parametrize("name", FileFormat)
def test_hostile_files_are_refused_with_their_place(run, masked_project, tmp_path, name):
    file_name, hostile, message = HOSTILE[name]
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / file_name).write_bytes(hostile)
    path = folder if name.is_folder else folder / file_name
    before = content(masked_project)
    done = run("import", masked_project, path)
    assert done.exit_code == 1
    assert message in said(done.stderr)
    assert "Traceback" not in done.stderr
    assert content(masked_project) == before
    assert sorted(folder.iterdir()) == [folder / file_name]


@pytest.mark.parametrize("name", [known for known in FileFormat if known.has_masks])
def test_masks_of_another_size_change_nothing(run, masked_project, tmp_path, name):
    """The boxes of these files are sound, so an import must look at the masks before it takes them."""
    Project.create(tmp_path / "small", small_video(tmp_path)).close()
    write_davis(tmp_path / "small-masks", TRUTH[:, ::2, ::2])
    run("import", tmp_path / "small", tmp_path / "small-masks")
    out = tmp_path / "out"
    assert run("export", tmp_path / "small", out, "--format", name).exit_code == 0
    path = out if name.is_folder else next(path for path in out.iterdir() if path.name != "labels.txt")
    before = content(masked_project)
    done = run("import", masked_project, path, "--replace")
    assert done.exit_code == 1
    assert "24 x 32" in said(done.stderr)
    assert "48 x 64" in said(done.stderr)
    assert content(masked_project) == before


def small_video(folder):
    (folder / "small-clip").mkdir()
    for frame_index in range(LENGTH):
        Image.fromarray(np.zeros((HEIGHT // 2, WIDTH // 2), np.uint8)).save(
            folder / "small-clip" / f"{frame_index}.png"
        )
    return folder / "small-clip"


@pytest.mark.parametrize("options", [(), ("--format", "davis"), ("--format", "ctc"), ("--format", "mots")])
def test_what_is_not_there_is_told(run, empty_project, tmp_path, options):
    done = run("import", empty_project, tmp_path / "gone", *options)
    assert done.exit_code == 1
    assert "gone cannot be read (there is no such file or folder)" in said(done.stderr)


def test_what_is_no_format_is_told_with_a_list_of_formats(run, empty_project, tmp_path):
    (tmp_path / "notes.txt").write_text("Dear diary", encoding="utf-8")
    done = run("import", empty_project, tmp_path / "notes.txt")
    assert done.exit_code == 1
    assert all(f"- {known}: " in done.stderr for known in FileFormat)
