import numpy as np
import pytest

from mfvis_engine.annotation.verbs import EditMask, Verify
from mfvis_engine.project import Project
from mfvis_engine.project import project as project_module
from tests.cli.conftest import LENGTH, said, true_labels


def tracks_of(path):
    with Project.open(path, read_only=True) as project:
        return {track.track_id: track.category for track in project.annotations().tracks}


def labels_in(path, frame_index):
    with Project.open(path, read_only=True) as project:
        return set(np.unique(project.read_masks(frame_index)).tolist()) - {0}


def test_tracks_are_listed_with_what_is_done(run, masked_project):
    with Project.open(masked_project) as project:
        project.do(EditMask(1, 0, 0, np.ones((2, 2), np.uint16)))
        project.do(Verify((3,), 2, 3))
    done = run("tracks", "list", masked_project)
    assert done.exit_code == 0
    text = said(done.stdout)
    assert "│ 1 │ cell │ 0 to 3 │ 2 │ 4 │ 4 │ 1 │ 0 │" in text
    assert "│ 3 │ egg │ 1 to 3 │ 2 │ 3 │ 3 │ 0 │ 2 │" in text


def test_without_tracks_the_list_asks_for_boxes(run, empty_project):
    done = run("tracks", "list", empty_project)
    assert done.exit_code == 0
    assert "mfvis boxes import" in done.stdout


@pytest.mark.parametrize(
    ("words", "summary", "tracks"),
    [
        (("split", 1, "--at", 2), "split track 1 at frame 2 into 4", {1: "cell", 3: "egg", 4: "cell"}),
        (("split", 1, "--at", 2, "--new-id", 9), "split track 1 at frame 2 into 9", {1: "cell", 3: "egg", 9: "cell"}),
        (("swap", 1, 3, "--from", 2), "swap tracks 1 and 3 from frame 2", {1: "cell", 3: "egg"}),
        (("delete", 1), "delete track 1", {3: "egg"}),
        (("delete", 1, "--frame", 2), "delete track 1 in frame 2", {1: "cell", 3: "egg"}),
        (("rename", 3, "Ei ü"), "rename category of track 3 to Ei ü", {1: "cell", 3: "Ei ü"}),
        (("end", 1, "--after", 1), "end track 1 after frame 1", {1: "cell", 3: "egg"}),
    ],
)
def test_every_verb_is_done_said_and_undone(run, masked_project, words, summary, tracks):
    verb, *arguments = words
    done = run("tracks", verb, masked_project, *arguments)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith(f"Done: {summary}")
    assert f"Undo with: mfvis undo {masked_project}" in done.stdout
    assert tracks_of(masked_project) == tracks
    assert said(run("undo", masked_project).stdout).startswith(f"Undone: {summary}")
    assert tracks_of(masked_project) == {1: "cell", 3: "egg"}
    with Project.open(masked_project, read_only=True) as project:
        for frame_index in range(LENGTH):
            np.testing.assert_array_equal(project.read_masks(frame_index), true_labels(frame_index))


def test_boxes_and_masks_go_together(run, masked_project):
    run("tracks", "split", masked_project, 1, "--at", 2)
    assert [labels_in(masked_project, frame_index) for frame_index in range(LENGTH)] == [{1}, {1, 3}, {3, 4}, {3, 4}]
    done = run("tracks", "merge", masked_project, 4, "--into", 1)
    assert "merge track 4 into 1, with the masks of 2 frames." in done.stdout
    assert labels_in(masked_project, 3) == {1, 3}


def test_two_objects_are_not_merged(run, masked_project):
    done = run("tracks", "merge", masked_project, 1, "--into", 3)
    assert done.exit_code == 1
    assert "both have a box in frames 1, 2, 3" in done.stderr
    assert tracks_of(masked_project) == {1: "cell", 3: "egg"}


def test_what_is_so_already_is_said_and_leaves_no_trace(run, masked_project):
    with Project.open(masked_project, read_only=True) as project:
        before = project.log()
    done = run("tracks", "rename", masked_project, 3, "egg")
    assert (done.exit_code, said(done.stdout)) == (0, "Nothing to change: rename category of track 3 to egg.")
    with Project.open(masked_project, read_only=True) as project:
        assert project.log() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("delete", 9), "no track has the id 9: the ids are 1, 3"),
        (("end", 1, "--after", 3), "has no box and no mask after frame 3"),
        (("split", 1, "--at", 99), "outside the video's frames 0 to 3"),
        (("split", 1, "--at", 2, "--new-id", 3), "Give the new track another id"),
        (("rename", 1, " "), "is empty"),
    ],
)
def test_what_cannot_be_done_is_told(run, masked_project, words, message):
    verb, *arguments = words
    done = run("tracks", verb, masked_project, *arguments)
    assert done.exit_code == 1
    assert message in said(done.stderr)
    assert done.stdout == ""


@pytest.mark.parametrize("words", [("merge", 1), ("split", 1), ("swap", 1, 3), ("end", 1), ("end", 1, "--after", -1)])
def test_what_is_missing_is_wrong_usage(run, masked_project, words):
    verb, *arguments = words
    assert run("tracks", verb, masked_project, *arguments).exit_code == 2


def test_what_opening_had_to_put_right_is_a_warning(run, masked_project, monkeypatch):
    monkeypatch.setattr(
        project_module.Project, "_repaired", lambda _: ("finished an interrupted change: delete track 9 (3 frames)",)
    )
    done = run("tracks", "rename", masked_project, 3, "seed")
    assert done.exit_code == 0
    assert done.stderr == "Warning: Finished an interrupted change: delete track 9 (3 frames).\n"
