"""Changes that were made in pieces are undone together, and masks are told as numbers."""

import numpy as np
import pytest

from mfvis_engine.annotation import VERIFIED_BIT, Keyframe, MaskCode, ProposedTrack
from mfvis_engine.annotation.verbs import (
    AcceptRun,
    AdoptTracks,
    EditMask,
    ImportMasks,
    NewTrack,
    RenameCategory,
    Verify,
    verb_of,
)
from mfvis_engine.project import Project, ReadOnlyProjectError

from .conftest import HEIGHT, LENGTH, WIDTH


def labels(value):
    return np.full((HEIGHT, WIDTH), value, np.uint16)


@pytest.fixture
def run_id(project):
    return make_run(project, 1)


def make_run(project, track_id):
    writer = project.create_run({}, [track_id])
    for frame_index in range(LENGTH):
        writer.write_frame(frame_index, labels(track_id), [0.5])
    return writer.run_id


def accept(project, run_id, *frames, is_part=True):
    for frame_index in frames:
        project.do(AcceptRun(run_id, frames=(frame_index,), is_part=is_part))


def masked(project):
    return [frame_index for frame_index in range(LENGTH) if project.read_masks(frame_index).any()]


def frames(steps):
    return [done.frames.tolist() for done in steps]


def test_pieces_of_one_run_are_one_change(project, run_id):
    accept(project, run_id, 0, 2, 1)
    assert frames(project.undo_steps()) == [[1], [2], [0]]
    assert masked(project) == []
    assert frames(project.redo_steps()) == [[0], [2], [1]]
    assert masked(project) == [0, 1, 2]
    assert list(project.redo_steps()) == []


def test_pieces_are_undone_together_after_the_project_was_reopened(project, run_id):
    accept(project, run_id, 0, 1)
    project.close()
    with Project.open(project.path) as again:
        assert frames(again.undo_steps()) == [[1], [0]]


def test_a_whole_change_is_undone_alone(project, run_id):
    accept(project, run_id, 0, 1, is_part=False)
    assert frames(project.undo_steps()) == [[1]]
    assert frames(project.redo_steps()) == [[1]]
    assert masked(project) == [0, 1]


def test_a_persons_change_between_pieces_parts_them(project, run_id):
    accept(project, run_id, 0, 1)
    project.do(RenameCategory(1, "mouse"))
    accept(project, run_id, 2, 3)
    assert frames(project.undo_steps()) == [[3], [2]]
    assert frames(project.undo_steps()) == [[]]
    assert frames(project.undo_steps()) == [[1], [0]]
    for pieces in ([[0], [1]], [[]], [[2], [3]]):
        assert frames(project.redo_steps()) == pieces


def test_two_runs_are_two_changes(project, run_id):
    other = make_run(project, 7)
    accept(project, run_id, 0)
    accept(project, other, 1, 2)
    assert frames(project.undo_steps()) == [[2], [1]]
    assert masked(project) == [0]


def test_between_two_pieces_the_project_can_be_changed_and_undoing_ends_there(project, run_id):
    accept(project, run_id, 0, 1, 2)
    steps = project.undo_steps()
    next(steps)
    project.do(RenameCategory(1, "mouse"))
    assert list(steps) == []
    assert masked(project) == [0, 1]
    assert project.annotations().track(1).category == "mouse"


def test_steps_that_are_left_lying_leave_the_rest(project, run_id):
    accept(project, run_id, 0, 1, 2)
    steps = project.undo_steps()
    next(steps)
    steps.close()
    assert masked(project) == [0, 1]
    assert frames(project.redo_steps()) == [[2]]


def test_where_there_is_nothing_there_is_no_step(project):
    assert list(project.redo_steps()) == []
    assert len(list(project.undo_steps())) == 1  # of the tracks that the project began with
    assert list(project.undo_steps()) == []


def test_nothing_is_undone_before_it_is_asked_for_the_first_step(project, run_id):
    accept(project, run_id, 0)
    project.undo_steps()
    assert masked(project) == [0]


def test_a_project_open_for_reading_refuses_at_once(project):
    with Project.open(project.path, read_only=True) as other:
        for steps in (other.undo_steps, other.redo_steps):
            with pytest.raises(ReadOnlyProjectError):
                steps()


def test_whether_it_is_a_piece_is_kept_in_the_log(run_id):
    verb = AcceptRun(run_id, (1,), (0,), is_part=True)
    assert verb_of(verb.name, verb.arguments()) == verb
    whole = {name: value for name, value in verb.arguments().items() if name != "is_part"}
    assert not verb_of(verb.name, whole).is_part  # as older versions wrote it


class TestAdoptionsInPieces:
    """Tracks of what a run found, whose masks come frame by frame."""

    @pytest.fixture
    def run_id(self, project):
        writer = project.create_run({}, [], [2, 3])
        for frame_index in range(LENGTH):
            writer.write_frame(frame_index, labels(2), [0.5, 0.5])
        writer.propose([ProposedTrack(track_id, "egg", 0.5, (Keyframe(0, (0, 0, 4, 4)),)) for track_id in (2, 3)])
        writer.finish()
        return writer.run_id

    def adopt(self, project, run_id, track_id, *frames):
        verb = project.adoption(run_id, [track_id], (), is_part=True)
        project.do(verb)
        for frame_index in frames:
            project.do(AcceptRun(run_id, verb.new_ids, (frame_index,), is_part=True))

    def open_ids(self, project):
        return [one.track.track_id for one in project.open_proposals()]

    def test_the_track_and_its_masks_are_one_change(self, project, run_id):
        before = project.annotations()
        self.adopt(project, run_id, 2, 0, 2)
        assert frames(project.undo_steps()) == [[2], [0], []]
        assert (project.annotations(), masked(project), self.open_ids(project)) == (before, [], [2, 3])
        assert frames(project.redo_steps()) == [[], [0], [2]]
        assert (masked(project), self.open_ids(project)) == ([0, 2], [3])

    def test_one_under_another_id_too(self, project, run_id):
        project.do(NewTrack(2, "mouse"))
        self.adopt(project, run_id, 2, 1)
        assert len(list(project.undo_steps())) == 2
        assert project.annotations().track_ids == (1, 2, 7, 65535)

    def test_each_adoption_is_a_change_of_its_own(self, project, run_id):
        self.adopt(project, run_id, 2, 0)
        list(project.undo_steps())
        for _ in range(2):  # of the same run and track
            list(project.redo_steps())
            self.adopt(project, run_id, 3)
            assert frames(project.undo_steps()) == [[]]
            assert self.open_ids(project) == [3]
            assert frames(project.undo_steps()) == [[0], []]
        assert self.open_ids(project) == [2, 3]

    def test_what_is_taken_over_of_other_tracks_of_the_run_is_not_part_of_it(self, project, run_id):
        self.adopt(project, run_id, 2, 0)
        project.do(AcceptRun(run_id, None, (1,), is_part=True))
        assert frames(project.undo_steps()) == [[1]]
        assert frames(project.undo_steps()) == [[0], []]

    def test_a_whole_adoption_stands_for_itself(self, project, run_id):
        project.do(project.adoption(run_id, [2], (0,)))
        project.do(AcceptRun(run_id, (2,), (1,), is_part=True))
        assert frames(project.undo_steps()) == [[1]]
        assert frames(project.undo_steps()) == [[0]]

    def test_older_versions_logged_none_in_pieces(self, run_id):
        verb = AdoptTracks(run_id, (2,), is_part=True)
        assert verb_of(verb.name, verb.arguments()) == verb
        whole = {name: value for name, value in verb.arguments().items() if name != "is_part"}
        assert not verb_of(verb.name, whole).is_part


def test_codes_say_what_the_states_say(project, run_id):
    accept(project, run_id, 0, 1)
    project.do(EditMask(1, 0, 0, labels(7)))
    project.do(ImportMasks("a file", False, [(2, labels(7))]))
    project.do(Verify((1,), 1, 3))

    def expected(states):
        return sorted(
            (one.track_id, one.frame_index, MaskCode[one.origin.name] + VERIFIED_BIT * one.verified) for one in states
        )

    codes = project.mask_codes()
    assert {code & ~VERIFIED_BIT for code in codes[:, 2].tolist()} == set(MaskCode)
    assert sorted(map(tuple, codes.tolist())) == expected(project.mask_states())
    for frame_index in range(LENGTH):
        found = sorted(map(tuple, project.mask_codes(frame_index).tolist()))
        assert found == expected(project.mask_states(frame_index))


def test_without_masks_there_are_no_codes(project):
    assert project.mask_codes().shape == project.mask_codes(2).shape == (0, 3)
