from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from mfvis_engine.actions.vis_prediction import (
    NothingFoundError,
    adopt_all,
    inference_settings,
    predict_project,
)
from mfvis_engine.annotation import Keyframe, KeyframeOrigin, Track
from mfvis_engine.annotation.verbs import NewTrack, Verify
from mfvis_engine.inference.vis import VisInferenceSettings
from mfvis_engine.project import Project, RunStatus, RunWriter
from tests.actions.colour_model import (
    CPU,
    LENGTH,
    SETTINGS,
    VISITING,
    WALKING,
    ColourModel,
    grown,
    squares_of,
    squares_project,
    walking_track,
)
from tests.inference.vis.colour_finder import SIDE

GREEN_TRACK = Track(7, "dog", (Keyframe(0, (0, 40, 16, 56)), Keyframe(5, (0, 40, 16, 56))))
"""Where no square is."""


def predicted(project, model=None, **options):
    model = model or ColourModel()
    return predict_project(project, model.loaded, Path("my-model"), SETTINGS, CPU, **options)


def kept(project):
    """What a prediction must leave as it is."""
    masks = np.stack([project.read_masks(t) for t in range(project.length)])
    return project.annotations(), masks.tolist(), project.mask_states(), project.log()


@pytest.fixture
def project(tmp_path):
    with squares_project(tmp_path, [WALKING, VISITING]) as made:
        yield made


@pytest.fixture
def boxed(tmp_path):
    """The same, with boxes for the red one that are two pixels narrower at each side."""
    with squares_project(tmp_path, [WALKING, VISITING], walking_track(5, grow=-2)) as made:
        yield made


def test_new_objects_are_proposed(project):
    report = predicted(project)
    assert [(one.track_id, one.category, one.first_frame, one.last_frame, one.box_count) for one in report.found] == [
        (1, "cat", 0, LENGTH - 1, LENGTH),
        (2, "dog", 6, 15, 10),
    ]
    assert [one.score for one in report.found] == pytest.approx([0.9, 0.8], abs=1e-5)
    assert report.known_track_ids == report.missed_track_ids == ()
    assert report.frame_count == LENGTH
    assert report.device.startswith("cpu")
    assert report.seconds > 0


def test_their_boxes_are_few_and_meet_the_masks(project):
    predicted(project)
    cat, dog = (one.track for one in project.open_proposals())
    assert [(one.frame_index, one.box_xyxy) for one in cat.keyframes] == [
        (0, grown(*WALKING[0])),
        (LENGTH - 1, grown(*WALKING[-1])),
    ]
    assert [(one.frame_index, one.outside) for one in dog.keyframes] == [(6, False), (15, False)]
    assert {one.origin for one in (*cat.keyframes, *dog.keyframes)} == {KeyframeOrigin.PREDICTED}


def test_the_masks_are_in_the_run(project):
    report = predicted(project)
    run = project.run(report.run_id)
    assert run.info.status is RunStatus.FINISHED
    assert (run.track_ids, run.found_ids) == ((1, 2), (1, 2))
    for t in range(LENGTH):
        expected = {1: grown(*WALKING[t])} | ({2: grown(*VISITING[t])} if VISITING[t] else {})
        labels = run.read_masks(t)
        assert squares_of(labels) == expected
        assert all(SIDE**2 - 16 <= (labels == label).sum() <= SIDE**2 for label in expected)
        seen = [1, 1 if VISITING[t] else 0]
        assert run.scores()[:, t].tolist() == pytest.approx(seen, abs=0.1)
        assert (run.scores()[:, t] > 0).tolist() == [bool(one) for one in seen]


def test_nothing_else_in_the_project_changes(boxed):
    boxed.do(NewTrack(9, "mouse"))
    before = kept(boxed)
    predicted(boxed)
    assert kept(boxed) == before


def test_adopted_they_are_tracks_with_masks_and_undone_they_are_not(project):
    before = kept(project)
    adopt_all(project, predicted(project))
    assert [(track.track_id, track.category) for track in project.annotations().tracks] == [(1, "cat"), (2, "dog")]
    assert project.open_proposals() == ()
    for t in range(LENGTH):
        boxes = squares_of(project.read_masks(t))
        assert boxes.keys() == ({1, 2} if VISITING[t] else {1})
        of_tracks = project.boxes().boxes_xyxy[:, t]
        assert of_tracks[0].tolist() == pytest.approx(boxes[1], abs=1)
        assert not VISITING[t] or of_tracks[1].tolist() == pytest.approx(boxes[2], abs=1)
    project.undo()
    assert kept(project)[:3] == before[:3]
    assert len(project.open_proposals()) == 2


def test_what_is_on_a_known_track_is_that_one_and_stays_in_its_box(boxed):
    report = predicted(boxed)
    assert (report.known_track_ids, report.missed_track_ids) == ((5,), ())
    assert [(one.track_id, one.category) for one in report.found] == [(6, "dog")]
    run = boxed.run(report.run_id)
    assert (run.track_ids, run.found_ids) == ((5, 6), (6,))
    for t in range(LENGTH):
        inner = grown(*WALKING[t], -2)
        x0, y0, x1, y1 = squares_of(run.read_masks(t))[5]
        if t in (0, LENGTH - 1):
            assert (x0, y0, x1, y1) == inner
        else:  # boxes that nobody drew may be a little off
            assert inner[0] - 2 <= x0 <= inner[0]
            assert inner[2] <= x1 <= inner[2] + 2


def test_masks_of_known_tracks_are_adopted_too_but_for_those_of_a_person(boxed):
    boxed.do(Verify((5,), 3, 3))
    person = boxed.read_masks(3)
    adopt_all(boxed, predicted(boxed))
    assert {track.track_id for track in boxed.annotations().tracks} == {5, 6}
    assert squares_of(boxed.read_masks(0))[5] == grown(*WALKING[0], -2)
    assert 5 in squares_of(boxed.read_masks(LENGTH - 1))
    assert (boxed.read_masks(3) == 5).tolist() == (person == 5).tolist()


def test_adopting_beside_known_tracks_is_two_changes_that_are_undone(boxed):
    before = kept(boxed)
    adopt_all(boxed, predicted(boxed))
    assert [entry.verb for entry in boxed.log()[len(before[3]) :]] == ["adopt_tracks", "accept_run"]
    boxed.undo()
    boxed.undo()
    assert kept(boxed)[:3] == before[:3]


def test_a_known_track_that_is_not_found_is_told(tmp_path):
    with squares_project(tmp_path, [WALKING], walking_track(5), GREEN_TRACK, Track(8, "cat", ())) as project:
        report = predicted(project)
    assert (report.known_track_ids, report.missed_track_ids, report.found) == ((5,), (7,), ())


def test_known_tracks_alone_are_enough_for_a_run(tmp_path):
    with squares_project(tmp_path, [WALKING], walking_track(5)) as project:
        report = predicted(project, min_score=1)
        assert report.known_track_ids == (5,)
        assert project.open_proposals() == ()
        adopt_all(project, report)
        assert squares_of(project.read_masks(9))[5] == grown(*WALKING[9])


def test_where_masks_overlap_the_surer_one_is_above(tmp_path):
    crossing = [[(24, 24)] * 8, [(32, 32)] * 8]
    with squares_project(tmp_path, crossing) as project:
        report = predicted(project, ColourModel(0.9, 0.6, hidden_too=True))
        labels = project.run(report.run_id).read_masks(4)
    assert [one.category for one in report.found] == ["cat", "dog"]
    assert (labels == 1).sum() >= SIDE**2 - 16
    assert labels[36, 36] == 1
    assert labels[44, 44] == 2
    assert (labels == 2).sum() <= SIDE**2 - 8 * 8 + 4


def test_an_object_that_others_hide_is_not_proposed(tmp_path):
    """Of its masks nothing would be left."""
    inside = [[(24, 24)] * 8, [(24, 32)] * 8, [(16, 16)] * 8]
    with squares_project(tmp_path, inside) as project:
        report = predicted(project, ColourModel(0.9, 0.6, hidden_too=True))
        shown = set().union(*(squares_of(project.run(report.run_id).read_masks(t)) for t in range(8)))
    assert shown == {one.track_id for one in report.found}


def test_the_unsure_are_left_out(project):
    report = predicted(project, ColourModel(0.9, 0.4), min_score=0.5)
    assert [one.category for one in report.found] == ["cat"]
    run = project.run(report.run_id)
    assert run.track_ids == (1,)
    assert all(squares_of(run.read_masks(t)).keys() == {1} for t in range(LENGTH))


@pytest.mark.parametrize(
    ("paths", "score", "message"),
    [
        ([WALKING], 0.95, r"No object scores 0\.95 or more.*the best of 1 has 0\.900.* lower score"),
        ([[None] * 8], 0.3, r"No object is seen in any frame\. Look whether the model knows what is shown"),
    ],
)
def test_nothing_found_leaves_no_run(tmp_path, paths, score, message):
    with squares_project(tmp_path, paths) as project:
        before = kept(project)
        with pytest.raises(NothingFoundError, match=message):
            predicted(project, min_score=score)
        assert project.runs() == ()
        assert kept(project) == before


def test_a_second_prediction_proposes_anew_under_numbers_of_its_own(project):
    first, second = predicted(project), predicted(project)
    assert first.run_id != second.run_id
    assert [one.track_id for one in first.found] == [1, 2]
    assert [one.track_id for one in second.found] == [3, 4]
    assert len(project.open_proposals()) == 4


def test_after_adoption_they_are_known(project):
    adopt_all(project, predicted(project))
    report = predicted(project)
    assert (report.known_track_ids, report.missed_track_ids, report.found) == ((1, 2), (), ())


def test_numbers_at_the_end_of_all_that_there_are(tmp_path):
    with squares_project(tmp_path, [WALKING, VISITING], walking_track(65535)) as project:
        report = predicted(project)
        assert report.known_track_ids == (65535,)
        assert [one.track_id for one in report.found] == [1]
        assert squares_of(project.run(report.run_id).read_masks(9)).keys() == {65535, 1}


def test_an_interrupted_prediction_leaves_no_trace(boxed):
    before = kept(boxed)

    def interrupt(done, length):
        if done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predicted(boxed, on_progress=interrupt)
    assert boxed.runs() == ()
    assert kept(boxed) == before


def test_progress_is_told(project):
    told = []
    predicted(project, on_progress=lambda done, length: told.append((done, length)))
    assert told == [(6, LENGTH), (10, LENGTH), (14, LENGTH), (18, LENGTH), (20, LENGTH)]


@pytest.mark.parametrize(
    ("method", "error"),
    [("write_frame", OSError("disk full")), ("write_frame", KeyboardInterrupt()), ("propose", OSError("disk full"))],
)
def test_a_run_that_cannot_be_written_is_marked_failed(project, monkeypatch, method, error):
    def fail(*_args):
        raise error

    monkeypatch.setattr(RunWriter, method, fail)
    with pytest.raises(type(error)):
        predicted(project)
    assert project.open_proposals() == ()
    (run,) = project.runs()
    assert run.status is RunStatus.FAILED
    assert type(error).__name__ in run.reason


def test_the_run_tells_how_it_was_made(project):
    report = predicted(project, min_score=0.25)
    recorded = project.run(report.run_id).info.settings
    assert recorded["model"] == "my-model"
    assert recorded["min_score"] == 0.25
    assert recorded["inference"] == asdict(SETTINGS)


def test_proposals_outlive_the_project_being_closed(project):
    report = predicted(project)
    path = project.path
    project.close()
    with Project.open(path, read_only=True) as opened:
        assert [one.track.track_id for one in opened.open_proposals()] == [one.track_id for one in report.found]


def test_frames_are_as_the_model_was_trained():
    asked = VisInferenceSettings(window_frames=8, overlap_frames=3)
    assert inference_settings(ColourModel().loaded, asked) == asked
