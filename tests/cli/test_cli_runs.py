import numpy as np
import pytest

from mfvis_engine.annotation.verbs import DeleteTrack, Verify
from mfvis_engine.project import Project
from tests.cli.conftest import LENGTH, said, true_labels


@pytest.fixture
def two_runs(masked_project):
    """A project with the masks of a run, and a later run that ended early, after two empty frames."""
    with Project.open(masked_project) as project:
        writer = project.create_run({"made": "by a test", "command": "segment"}, [1, 3])
        for frame_index in range(2):
            writer.write_frame(frame_index, np.zeros_like(true_labels(0)), [0, 0])
        writer.fail("the lamp went out")
    return masked_project


def run_ids(path):
    with Project.open(path, read_only=True) as project:
        return [info.run_id for info in project.runs()]


def masks(path):
    with Project.open(path, read_only=True) as project:
        return np.stack([project.read_masks(frame_index) for frame_index in range(LENGTH)])


def test_runs_are_listed_with_what_is_in_use(run, two_runs):
    first, second = run_ids(two_runs)
    text = said(run("runs", "list", two_runs).stdout)
    assert f"{first} │ finished │ 2 │ 4 │ 7 │" in text
    assert f"{second} │ failed │ 2 │ 2 │ 0 │" in text
    assert "the lamp went out" in text
    assert f"mfvis segment {two_runs} --resume" in text


def test_a_failed_run_that_segment_did_not_make_is_nothing_to_go_on_with(run, boxed_project):
    with Project.open(boxed_project) as project:
        project.create_run({"model": "my-model"}, [1, 3]).fail("the lamp went out")
    done = run("runs", "list", boxed_project)
    assert "the lamp went out" in said(done.stdout)
    assert "--resume" not in done.stdout


def test_without_runs_the_list_says_how_to_make_one(run, boxed_project):
    done = run("runs", "list", boxed_project)
    assert done.exit_code == 0
    assert "mfvis segment" in done.stdout


def test_a_part_of_a_run_is_accepted_counted_and_undone(run, two_runs):
    before = masks(two_runs)
    with Project.open(two_runs) as project:
        project.do(Verify((1,), 1, 1))
    second = run_ids(two_runs)[1]
    done = run("runs", "accept", two_runs, second[-4:], "--tracks", "1", "--frames", "0-1")
    assert done.exit_code == 0, done.stderr
    assert f"Accepted run {second}: 1 mask written, 1 skipped." in done.stdout
    assert "Skipped are masks that a person edited" in done.stdout
    after = masks(two_runs)
    assert not (after[0] == 1).any()
    np.testing.assert_array_equal(after[1:], before[1:])
    assert f"Undo with: mfvis undo {two_runs}" in done.stdout
    run("undo", two_runs)
    np.testing.assert_array_equal(masks(two_runs), before)


def test_the_newest_finished_run_is_accepted_by_default(run, two_runs):
    first, second = run_ids(two_runs)
    run("runs", "accept", two_runs, second)
    assert not masks(two_runs)[1].any()
    done = run("runs", "accept", two_runs)
    assert f"Accepted run {first}: 7 masks written" in done.stdout
    assert masks(two_runs)[1].any()
    again = said(run("runs", "accept", two_runs).stdout)
    assert "no other masks than those there, 0 skipped. All of it is so already; nothing was changed." in again


def test_tracks_that_are_gone_are_named(run, two_runs):
    with Project.open(two_runs) as project:
        project.do(DeleteTrack(3))
    done = run("runs", "accept", two_runs)
    assert done.exit_code == 0
    assert "not annotated any more: tracks 3." in done.stderr


def test_a_run_is_rejected_but_not_what_a_person_verified(run, two_runs):
    with Project.open(two_runs) as project:
        project.do(Verify((1,), 0, 1))
    first = run_ids(two_runs)[0]
    done = run("runs", "reject", two_runs)
    assert done.exit_code == 0
    assert f"Rejected run {first}: 5 masks taken away, 2 skipped." in done.stdout
    after = masks(two_runs)
    assert (after[:2] == 1).any()
    assert not after[2:].any()
    assert not (after == 3).any()
    run("undo", two_runs)
    assert masks(two_runs)[2:].any()


def test_a_part_of_a_run_is_rejected(run, two_runs):
    assert "1 mask taken away" in run("runs", "reject", two_runs, "--tracks", "3", "--frames", "2").stdout
    after = masks(two_runs)
    assert [(after[index] == 3).any() for index in range(LENGTH)] == [False, True, False, True]
    done = run("runs", "reject", two_runs, "--frames", "7")
    assert done.exit_code == 1
    assert "outside the video's frames 0 to 3" in done.stderr


def test_deleting_a_run_asks_first(run, two_runs):
    first, second = run_ids(two_runs)
    done = run("runs", "delete", two_runs, first)  # nobody answers
    assert done.exit_code == 1
    assert "7 masks of the project came from it and will stay" in done.output
    assert run_ids(two_runs) == [first, second]


def test_a_deleted_run_is_gone_and_its_masks_stay(run, two_runs):
    first, second = run_ids(two_runs)
    before = masks(two_runs)
    done = run("runs", "delete", two_runs, first[-4:], "--yes")
    assert done.exit_code == 0, done.stderr
    assert f"Deleted run {first}" in done.stdout
    assert run_ids(two_runs) == [second]
    np.testing.assert_array_equal(masks(two_runs), before)
    assert "7 masks taken away" in run("runs", "reject", two_runs, first).stdout  # its masks can still be


@pytest.mark.parametrize("command", ["accept", "reject", "delete"])
def test_a_run_that_is_not_there_is_told_with_those_that_are(run, two_runs, command):
    done = run("runs", command, two_runs, "zzzz")
    assert done.exit_code == 1
    assert all(run_id in done.stderr for run_id in run_ids(two_runs))


def test_a_name_that_fits_several_runs_is_refused(run, two_runs):
    ends = {run_id[-1] for run_id in run_ids(two_runs)}
    if len(ends) > 1:  # ids end in random digits: make them fit
        first, second = run_ids(two_runs)
        folder = two_runs / "runs"
        (folder / second).rename(folder / (second[:-1] + first[-1]))
    done = run("runs", "delete", two_runs, run_ids(two_runs)[0][-1], "--yes")
    assert done.exit_code == 1
    assert "2 runs end in" in done.stderr
    assert len(run_ids(two_runs)) == 2


@pytest.mark.parametrize("command", ["accept", "reject"])
def test_without_any_run_the_way_to_one_is_told(run, boxed_project, command):
    done = run("runs", command, boxed_project)
    assert done.exit_code == 1
    assert "make one with mfvis segment" in done.stderr


@pytest.mark.parametrize("words", [("--frames", "9-3"), ("--tracks", "one")])
def test_a_list_that_is_none_is_wrong_usage(run, two_runs, words):
    done = run("runs", "accept", two_runs, *words)
    assert done.exit_code == 2
    assert words[0] in done.stderr


def test_tracks_that_became_others_are_left_out_and_named(run, two_runs):
    before = masks(two_runs)
    run("tracks", "swap", two_runs, "1", "3", "--from", "0")
    swapped = masks(two_runs)
    done = run("runs", "accept", two_runs, run_ids(two_runs)[0])
    assert done.exit_code == 0, done.stderr
    assert "Left out, since they are other objects than when the run was made: tracks 1, 3." in said(done.stderr)
    np.testing.assert_array_equal(masks(two_runs), swapped)
    run("undo", two_runs)
    np.testing.assert_array_equal(masks(two_runs), before)


def test_a_damaged_run_is_listed_and_the_others_work(run, two_runs, tmp_path):
    first, second = run_ids(two_runs)
    (two_runs / "runs" / second / "zarr.json").write_text("rotten", encoding="utf-8")
    text = said(run("runs", "list", two_runs).stdout)
    assert f"{first} │ finished" in text
    assert f"{second} │ damaged │ 0 │ 0 │ 0 │" in text
    assert run("export", two_runs, tmp_path / "results.json", "--format", "coco-vis-results").exit_code == 0
    assert run("runs", "delete", two_runs, second, "--yes").exit_code == 0
    assert run_ids(two_runs) == [first]
