import json

import numpy as np
import pytest

from mfvis_engine.annotation import Keyframe, ProposedTrack
from mfvis_engine.annotation.verbs import NewTrack, Verify
from mfvis_engine.project import Project
from tests.cli.conftest import HEIGHT, LENGTH, WIDTH, said


def found_by_a_run(path, tracks):
    """A run that found tracks in stripes of 8 columns, each a category and score by number; its id."""
    with Project.open(path) as project:
        writer = project.create_run({"made": "by a test"}, [], tracks)
        labels = np.zeros((HEIGHT, WIDTH), np.uint16)
        for place, track_id in enumerate(sorted(tracks)):
            labels[:, 8 * place : 8 * place + 8] = track_id
        for frame_index in range(LENGTH):
            writer.write_frame(frame_index, labels, [tracks[track_id][1] for track_id in sorted(tracks)])
        boxes = (Keyframe(1, (0, 0, 8, HEIGHT)), Keyframe(3, (0, 0, 8, HEIGHT)))
        writer.propose([ProposedTrack(track_id, *tracks[track_id], boxes) for track_id in tracks])
        writer.finish()
        return writer.run_id


@pytest.fixture
def run_id(empty_project):
    return found_by_a_run(empty_project, {1: ("fish", 0.25), 2: ("Zelle ü", 0.875), 3: ("fish", 0.5)})


def tracks_of(path):
    with Project.open(path, read_only=True) as project:
        return {track.track_id: track.category for track in project.annotations().tracks}


def labels_in(path, frame_index=0):
    with Project.open(path, read_only=True) as project:
        return set(np.unique(project.read_masks(frame_index)).tolist()) - {0}


def open_ids(path):
    with Project.open(path, read_only=True) as project:
        return [one.track.track_id for one in project.open_proposals()]


def test_what_was_found_is_listed_the_surest_first(run, empty_project, run_id):
    done = run("tracks", "proposals", empty_project)
    assert done.exit_code == 0
    text = said(done.stdout)
    for row in ("2 │ Zelle ü │ 0.875", "3 │ fish │ 0.500", "1 │ fish │ 0.250"):
        assert f"│ {run_id} │ {row} │ 1 to 3 │ 3 │" in text
    assert text.index("0.875") < text.index("0.500") < text.index("0.250")
    assert f"Next: mfvis tracks adopt {empty_project} --min-score 0.5" in text


def test_without_any_the_list_says_so(run, empty_project):
    assert run("tracks", "proposals", empty_project).stdout == "No proposed track is open.\n"
    done = run("tracks", "adopt", empty_project)
    assert done.exit_code == 1
    assert "No proposed track of the project is open." in done.stderr


def test_all_are_adopted_and_it_is_undone(run, empty_project, run_id):
    done = run("tracks", "adopt", empty_project)
    assert done.exit_code == 0, done.stderr
    expected = f"Done: adopt proposed tracks 1, 2, 3 of run {run_id}, with the masks of {LENGTH} frames."
    assert done.stdout.startswith(expected)
    assert f"Undo with: mfvis undo {empty_project}" in done.stdout
    assert tracks_of(empty_project) == {1: "fish", 2: "Zelle ü", 3: "fish"}
    assert labels_in(empty_project) == {1, 2, 3}
    assert "No proposed track is open." in run("tracks", "proposals", empty_project).stdout
    run("undo", empty_project)
    assert tracks_of(empty_project) == {}
    assert labels_in(empty_project) == set()
    assert open_ids(empty_project) == [1, 2, 3]


@pytest.mark.parametrize(
    ("options", "adopted"),
    [(("1,3",), {1, 3}), (("--min-score", 0.5), {2, 3}), (("1,2", "--min-score", 0.5), {2})],
)
def test_some_are_adopted(run, empty_project, run_id, options, adopted):
    assert run("tracks", "adopt", empty_project, *options, "--run", run_id[-4:]).exit_code == 0
    assert set(tracks_of(empty_project)) == labels_in(empty_project) == adopted
    assert set(open_ids(empty_project)) == {1, 2, 3} - adopted


def test_a_number_that_is_in_use_becomes_another(run, empty_project, run_id):
    with Project.open(empty_project) as project:
        project.do(NewTrack(2, "mouse"))
        project.do(Verify((2,), 1, 1))
    done = run("tracks", "adopt", empty_project, "2")
    assert "Proposal 2 is track 4 now: 2 was in use." in done.stdout
    assert f"Done: adopt proposed track 2 as 4 of run {run_id}" in done.stdout
    assert tracks_of(empty_project) == {2: "mouse", 4: "Zelle ü"}
    assert labels_in(empty_project) == {4}


def test_dismissed_ones_are_not_listed_until_that_is_undone(run, empty_project, run_id):
    assert run("tracks", "adopt", empty_project, "2").exit_code == 0
    done = run("tracks", "dismiss", empty_project)
    assert done.stdout.startswith(f"Done: dismiss proposed tracks 1, 3 of run {run_id}.")
    assert open_ids(empty_project) == []
    assert f"dismiss proposed tracks 1, 3 of run {run_id}" in said(run("log", empty_project).stdout)
    assert run("check", empty_project).exit_code == 0
    assert said(run("undo", empty_project).stdout).startswith("Undone: dismiss proposed tracks 1, 3")
    assert open_ids(empty_project) == [1, 3]
    assert run("redo", empty_project).exit_code == 0
    assert open_ids(empty_project) == []


def test_the_newest_run_that_has_them_is_meant(run, empty_project, run_id):
    later = found_by_a_run(empty_project, {4: ("fish", 0.5), 5: ("fish", 0.5)})
    assert f"dismiss proposed track 1 of run {run_id}" in run("tracks", "dismiss", empty_project, "1").stdout
    assert f"dismiss proposed tracks 4, 5 of run {later}" in run("tracks", "dismiss", empty_project).stdout
    assert f"adopt proposed tracks 2, 3 of run {run_id}" in run("tracks", "adopt", empty_project).stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("adopt", "7"), "No run has all of 7 among its open proposals. Open are 1, 2, 3 of run"),
        (("dismiss", "1,4"), "No run has all of 1, 4 among"),
        (("adopt", "--min-score", 0.9), "scores 0.9; the best has 0.875"),
        (("adopt", "--run", "zzzz"), "There is no run 'zzzz'"),
    ],
)
def test_what_is_not_there_is_said(run, empty_project, run_id, words, message):
    verb, *options = words
    done = run("tracks", verb, empty_project, *options)
    assert done.exit_code == 1
    assert message in said(done.stderr)
    assert tracks_of(empty_project) == {}
    assert open_ids(empty_project) == [1, 2, 3]


def test_a_run_is_listed_with_what_became_of_it(run, empty_project, run_id):
    run("tracks", "adopt", empty_project, "1")
    assert f"{run_id} │ finished │ 3 │ 4 │ 4 │" in said(run("runs", "list", empty_project).stdout)
    done = run("runs", "reject", empty_project)
    assert f"Rejected run {run_id}: 4 masks taken away" in done.stdout
    accepted = run("runs", "accept", empty_project)
    assert f"Accepted run {run_id}: 4 masks written" in accepted.stdout
    assert accepted.stderr == ""  # the others are not judged yet, which is nothing to warn of


def test_the_log_tells_it_in_json(run, empty_project, run_id, tmp_path):
    run("tracks", "adopt", empty_project, "1")
    run("tracks", "dismiss", empty_project, "2")
    assert run("log", empty_project, "--json", tmp_path / "log.json").exit_code == 0
    entries = json.loads((tmp_path / "log.json").read_text(encoding="utf-8"))
    assert "adopt_tracks" in str(entries)
    assert "dismiss_tracks" in str(entries)
