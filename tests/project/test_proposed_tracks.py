"""Tracks that a run found: recorded with it, listed until they are judged, adopted in one step that can be undone."""

import errno
import json
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest

from mfvis_engine.actions.scores import track_scores
from mfvis_engine.annotation import (
    Annotations,
    Keyframe,
    KeyframeOrigin,
    MaskOrigin,
    MaskState,
    ProposedTrack,
    UnknownTrackError,
    VerbRefusedError,
)
from mfvis_engine.annotation.verbs import (
    AcceptRun,
    DeleteTrack,
    DismissTracks,
    EditMask,
    MergeTracks,
    NewTrack,
    RejectRun,
    RenameCategory,
    SetBox,
    SplitTrack,
    SwapTracks,
    Verify,
)
from mfvis_engine.project import (
    Project,
    ProjectStorageError,
    RunClosedError,
    RunSettingsError,
    check_project,
    store,
)
from mfvis_engine.project.seal import sealed

from .conftest import HEIGHT, LENGTH, WIDTH

BOX = (0, 0, 4, 4)
DRAWN = (Keyframe(0, BOX), Keyframe(2, (1, 0, 5.125, 4)), Keyframe(3, (1, 0, 5.125, 4), outside=True))


def halves(left, right):
    """(H, W) with a label in each half."""
    labels = np.full((HEIGHT, WIDTH), left, np.uint16)
    labels[:, WIDTH // 2 :] = right
    return labels


def found(track_id, score=0.5, category="egg"):
    return ProposedTrack(track_id, category, score, DRAWN)


def finding_run(project, found_ids=(2, 3), track_ids=(), frames=range(LENGTH), tracks=None):
    """A run with the two found tracks in the halves of every frame."""
    writer = project.create_run({"command": "a test"}, track_ids, found_ids)
    for frame_index in frames:
        writer.write_frame(frame_index, halves(*found_ids), [0.5] * len(writer.track_ids))
    writer.propose([found(track_id) for track_id in found_ids] if tracks is None else tracks)
    writer.finish()
    return writer.run_id


def open_ids(project):
    return [one.track.track_id for one in project.open_proposals()]


def pixels(project):
    return np.stack([project.read_masks(frame_index) for frame_index in range(LENGTH)])


def adopt(project, run_id, *track_ids):
    return project.do(project.adoption(run_id, track_ids or None))


@pytest.fixture
def attributes_of(project):
    """A function that changes what a run says of itself, and seals it."""

    def change(run_id, to):
        path = project.path / "runs" / run_id / "zarr.json"
        metadata = json.loads(path.read_text(encoding="utf-8"))
        told = {name: value for name, value in metadata["attributes"]["mfvis_run"].items() if name != "crc"}
        metadata["attributes"]["mfvis_run"] = sealed(to(told))
        path.write_text(json.dumps(metadata), encoding="utf-8")

    return change


class TestRecording:
    def test_a_run_reads_back_what_it_proposes(self, project):
        writer = project.create_run({}, [7], [3, 2])
        assert (writer.track_ids, writer.found_ids) == ((2, 3, 7), (2, 3))
        track = ProposedTrack(3, "Zelle ü", 0.1, DRAWN)
        writer.propose([track])
        run = project.run(writer.run_id)
        assert run.proposed_tracks == (track,)  # before it has finished
        writer.propose([track, found(2)])
        writer.finish()
        assert run.proposed_tracks == (found(2), track)
        assert run.found_ids == (2, 3)
        assert run.is_sealed
        assert {one.origin for one in track.keyframes} == {KeyframeOrigin.PREDICTED}
        assert check_project(project.path).is_clean

    def test_a_run_that_found_nothing_says_so_and_one_that_did_not_look_too(self, project):
        runs = finding_run(project, tracks=()), project.create_run({}, [1, 7]).run_id
        assert [project.run(run_id).proposed_tracks for run_id in runs] == [(), ()]
        assert [project.run(run_id).found_ids for run_id in runs] == [(2, 3), ()]

    @pytest.mark.parametrize(
        ("tracks", "message"),
        [
            ([found(4)], r"proposed are \[4\]\. Give each once, .* finds: \[2, 3\]"),
            ([found(7)], r"proposed are \[7\]"),  # which is annotated
            ([found(2), found(2)], r"proposed are \[2, 2\]"),
            ([ProposedTrack(2, "egg", 0.5, (Keyframe(LENGTH, BOX),))], "frame 4; the last frame of the video is 3"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, project, tracks, message):
        writer = project.create_run({}, [7], [2, 3])
        with pytest.raises(RunSettingsError, match=message):
            writer.propose(tracks)
        assert project.run(writer.run_id).proposed_tracks == ()

    @pytest.mark.parametrize("found_ids", [(1,), (2, 2), (7, 9)])
    def test_ids_for_what_is_found_are_free_ones(self, project, found_ids):
        with pytest.raises(RunSettingsError):
            project.create_run({}, [1], found_ids)
        assert project.runs() == ()

    def test_after_the_end_nothing_is_proposed(self, project):
        writer = project.create_run({}, [], [2])
        writer.finish()
        with pytest.raises(RunClosedError):
            writer.propose([found(2)])

    def test_proposals_survive_a_stop_but_not_that_all_is_learned_anew(self, project):
        writer = project.create_run({}, [], [2])
        writer.propose([found(2)])
        writer.fail("the lamp went out")
        again = project.resume_run(writer.run_id)
        assert open_ids(project) == [2]
        again.forget_frames()
        assert open_ids(project) == []

    def test_a_full_disk_leaves_what_was_proposed_before(self, project, monkeypatch):
        writer = project.create_run({}, [], [2, 3])
        writer.propose([found(2)])

        def fail(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(store, "write_durably", fail)
            with pytest.raises(OSError, match="No space"):
                writer.propose([found(3)])
        assert open_ids(project) == [2]
        assert project.run(writer.run_id).is_sealed


class TestIds:
    def test_they_are_neither_a_tracks_nor_a_masks_nor_kept_by_a_run(self, project):
        project.do(DeleteTrack(65535))
        assert project.free_track_ids(3) == (8, 9, 10)
        going = project.create_run({}, [], project.free_track_ids(3))
        assert project.free_track_ids(1) == (11,)
        going.propose([found(9)])
        going.finish()
        assert project.free_track_ids(1) == (10,)  # what it did not use is free again
        assert project.free_track_id() == 8

    def test_gaps_are_taken_when_there_is_nothing_above(self, project):
        assert project.free_track_ids(4) == (2, 3, 4, 5)  # 65535 is taken
        assert project.free_track_ids(0) == ()
        with pytest.raises(VerbRefusedError, match="only 65532 are free"):
            project.free_track_ids(65533)
        assert len(set(project.free_track_ids(65532))) == 65532


class TestAdopting:
    def test_it_is_one_step_back_and_forth(self, project):
        run_id = finding_run(project)
        before = project.annotations(), project.mask_states(), pixels(project).tobytes()
        done = adopt(project, run_id)
        assert done.summary == f"adopt proposed tracks 2, 3 of run {run_id}"
        assert done.track_ids == (2, 3)
        assert len(done.written) == 2 * LENGTH
        assert project.annotations().track(2) == found(2).adopted_as(2)
        assert project.mask_states(0) == tuple(MaskState(i, 0, MaskOrigin.PREDICTED, run_id) for i in (2, 3))
        assert (pixels(project) == halves(2, 3)).all()
        after = project.annotations(), project.mask_states(), pixels(project).tobytes()
        assert open_ids(project) == []
        project.undo()
        assert (project.annotations(), project.mask_states(), pixels(project).tobytes()) == before
        assert open_ids(project) == [2, 3]
        project.redo()
        assert (project.annotations(), project.mask_states(), pixels(project).tobytes()) == after
        assert open_ids(project) == []
        assert check_project(project.path).is_clean

    def test_only_those_that_are_named(self, project):
        run_id = finding_run(project)
        adopt(project, run_id, 3)
        assert open_ids(project) == [2]
        adopt(project, run_id)  # the rest
        assert {2, 3} < set(project.annotations().track_ids)
        with pytest.raises(VerbRefusedError, match="Give at least one"):
            adopt(project, run_id)

    def test_an_id_that_was_taken_meanwhile_becomes_another(self, project):
        run_id = finding_run(project)
        project.do(NewTrack(2, "mouse"))
        done = adopt(project, run_id)
        assert done.summary == f"adopt proposed tracks 2 as 4, 3 of run {run_id}"
        assert (project.annotations().track(2).category, project.annotations().track(4).category) == ("mouse", "egg")
        assert (pixels(project) == halves(4, 3)).all()
        assert open_ids(project) == []
        assert project.log()[-1].summary == done.summary
        assert track_scores(project) == {3: 0.5, 4: 0.5}

    def test_an_id_of_another_mask_is_not_reused(self, project):
        run_id = finding_run(project)
        project.do(NewTrack(3, "mouse"))
        project.do(EditMask(0, 0, 0, np.array([[3]])))
        project.replace_annotations(Annotations())  # the mask stays
        assert project.adoption(run_id).new_ids == (2, 4)

    def test_adopting_twice_is_refused(self, project):
        run_id = finding_run(project)
        project.do(NewTrack(2, "mouse"))
        adopt(project, run_id)
        log = project.log()
        with pytest.raises(VerbRefusedError, match=rf"track 2 of run {run_id} was adopted already: it is track 4"):
            adopt(project, run_id, 2)
        assert project.log() == log

    def test_who_was_deleted_may_be_adopted_again(self, project):
        run_id = finding_run(project)
        adopt(project, run_id)
        project.do(DeleteTrack(2))
        assert open_ids(project) == [2]
        project.do(NewTrack(2, "mouse"))
        assert open_ids(project) == [2]
        adopt(project, run_id, 2)
        assert project.annotations().track(4).category == "egg"
        project.undo()
        project.undo()
        project.undo()
        assert open_ids(project) == []  # as it was before the track was deleted

    @pytest.mark.parametrize(
        ("verbs", "still_open"),
        [
            ([MergeTracks(2, 1)], []),  # it goes on in another
            ([MergeTracks(2, 1), DeleteTrack(1)], [2]),
            ([MergeTracks(7, 2)], []),
            ([SplitTrack(2, 1, 9)], []),
            ([SwapTracks(2, 3, 1)], []),
            ([RenameCategory(2, "mouse"), SetBox(2, 1, BOX)], []),
        ],
    )
    def test_what_becomes_of_the_track_decides(self, project, verbs, still_open):
        project.do(SetBox(1, 3, BOX))
        project.do(DeleteTrack(1))
        project.do(NewTrack(1, "cell"))
        project.do(DeleteTrack(7))
        project.do(NewTrack(7, "cell"))
        run_id = finding_run(project)
        adopt(project, run_id)
        for verb in verbs:
            project.do(verb)
        assert open_ids(project) == still_open

    def test_tracks_that_were_replaced_by_a_file_are_open_again(self, project):
        run_id = finding_run(project)
        adopt(project, run_id)
        project.replace_annotations(Annotations((project.annotations().track(3),)))
        assert open_ids(project) == [2]
        assert project.adoption(run_id).new_ids == (4,)  # masks of 2 are still there

    def test_what_a_person_did_is_never_touched(self, project):
        run_id = finding_run(project)
        project.do(EditMask(0, 0, 0, np.full((HEIGHT, WIDTH), 1)))
        done = adopt(project, run_id)
        assert (project.read_masks(0) == 1).all()
        assert 0 not in done.frames.tolist()

    def test_other_tracks_stay_who_they_are(self, project):
        """Though pixels of their predictions go to the adopted."""
        other = project.create_run({}, [1])
        other.write_frame(0, halves(1, 0), [0.5])
        other.finish()
        project.merge_run(other.run_id)
        first = finding_run(project, (2, 3))
        second = finding_run(project, (4, 5))
        adopt(project, first)
        adopt(project, second)
        assert project.merge_run(other.run_id, track_ids=[1]).reidentified_track_ids == ()
        assert project.merge_run(first, track_ids=[2, 3]).reidentified_track_ids == ()

    def test_of_a_run_that_goes_on_the_frames_that_are_done(self, project):
        writer = project.create_run({}, [], [2, 3])
        writer.write_frame(1, halves(2, 3), [0.5, 0.5])
        writer.propose([found(2), found(3)])
        adopt(project, writer.run_id, 2)
        assert [frame.any() for frame in pixels(project)] == [False, True, False, False]
        writer.write_frame(2, halves(2, 3), [0.5, 0.5])
        assert project.merge_run(writer.run_id).written.tolist() == [[2, 1], [2, 2]]

    def test_a_deleted_run_leaves_what_was_adopted(self, project):
        run_id = finding_run(project)
        adopt(project, run_id, 2)
        project.delete_run(run_id)
        assert open_ids(project) == []
        project.undo()
        project.redo()
        assert (project.read_masks(0) == halves(2, 0)).all()


class TestTheRunAfterwards:
    def test_a_run_may_have_masks_of_known_tracks_and_found_ones(self, project):
        writer = project.create_run({}, [1], [2])
        writer.write_frame(0, halves(1, 2), [0.25, 0.75])
        writer.propose([found(2)])
        writer.finish()
        report = project.merge_run(writer.run_id)
        assert report.written.tolist() == [[1, 0]]
        assert report.unannotated_track_ids == report.reidentified_track_ids == ()  # 2 is just not judged yet
        assert (project.read_masks(0) == halves(1, 0)).all()
        adopt(project, writer.run_id)
        assert (project.read_masks(0) == halves(1, 2)).all()
        assert track_scores(project) == {1: 0.25, 2: 0.75}

    @pytest.mark.parametrize("taken", [False, True])
    def test_its_masks_are_rejected_and_accepted_again(self, project, taken):
        run_id = finding_run(project)
        if taken:
            project.do(NewTrack(2, "mouse"))
        adopt(project, run_id)
        track_id = 4 if taken else 2
        project.do(Verify((track_id,), 1, 1))
        project.do(RejectRun(run_id, (track_id,)))
        assert [(frame == track_id).any() for frame in pixels(project)] == [False, True, False, False]
        assert track_id in project.annotations().track_ids
        report = project.merge_run(run_id, track_ids=[track_id])
        assert sorted(report.written.tolist()) == [[track_id, t] for t in (0, 2, 3)]
        assert report.skipped.tolist() == [[track_id, 1]]
        project.do(RejectRun(run_id))
        assert project.merge_run(run_id).reidentified_track_ids == ()
        assert (project.read_masks(0) == halves(track_id, 3)).all()

    def test_for_what_has_become_someone_else_it_is_refused(self, project):
        run_id = finding_run(project)
        project.do(NewTrack(2, "mouse"))
        adopt(project, run_id)
        with pytest.raises(UnknownTrackError, match=r"no proposals for the tracks \[2\]; its tracks are \[3, 4\]"):
            project.merge_run(run_id, track_ids=[2])  # the mouse
        project.do(SplitTrack(4, 1, 9))
        with pytest.raises(VerbRefusedError, match=r"Track 4 is not who it was .* \(split track 4 at frame 1 into 9\)"):
            project.merge_run(run_id, track_ids=[4])
        assert project.merge_run(run_id).reidentified_track_ids == (4,)
        project.undo()
        assert project.merge_run(run_id).reidentified_track_ids == ()

    def test_what_somebody_else_drew_under_the_number_is_not_given_its_masks(self, project):
        run_id = finding_run(project)
        project.do(NewTrack(2, "mouse"))
        report = project.merge_run(run_id)
        assert report.log_id is None
        assert report.unannotated_track_ids == report.reidentified_track_ids == ()
        assert not pixels(project).any()

    def test_a_piecewise_acceptance_brings_the_frames_that_adopting_left_out(self, project):
        run_id = finding_run(project)
        project.do(project.adoption(run_id, frames=[0]))
        assert [frame.any() for frame in pixels(project)] == [True, False, False, False]
        project.do(AcceptRun(run_id, None, (1, 2), is_part=True))
        assert [frame.any() for frame in pixels(project)] == [True, True, True, False]


class TestDismissing:
    def test_it_is_logged_undone_and_done_again(self, project):
        run_id = finding_run(project)
        done = project.do(DismissTracks(run_id, (2,)))
        assert done.log_id == project.log()[-1].log_id
        assert project.log()[-1].summary == f"dismiss proposed track 2 of run {run_id}"
        assert open_ids(project) == [3]
        project.close()
        with Project.open(project.path) as again:
            assert open_ids(again) == [3]
            again.undo()
            assert open_ids(again) == [2, 3]
            again.redo()
            assert open_ids(again) == [3]
            assert again.repairs == ()
        assert check_project(project.path).is_clean

    def test_it_is_of_that_run_alone(self, project):
        first, second = finding_run(project), finding_run(project)
        project.do(DismissTracks(first, (2, 3)))
        assert [(one.run_id, one.track.track_id) for one in project.open_proposals()] == [(second, 2), (second, 3)]

    def test_a_change_of_mind(self, project):
        run_id = finding_run(project)
        project.do(DismissTracks(run_id, (2, 3)))
        with pytest.raises(VerbRefusedError, match="dismissed already"):
            project.do(DismissTracks(run_id, (2,)))
        adopt(project, run_id, 2)
        with pytest.raises(VerbRefusedError, match="adopted already"):
            project.do(DismissTracks(run_id, (2,)))
        project.do(DeleteTrack(2))
        assert open_ids(project) == [2]

    def test_what_nobody_proposed_is_not_dismissed(self, project):
        with pytest.raises(UnknownTrackError, match="proposes no new track 9; it proposes 2, 3"):
            project.do(DismissTracks(finding_run(project), (9,)))


class TestOtherVersions:
    def test_a_run_of_an_older_version_proposes_nothing(self, project, attributes_of):
        writer = project.create_run({}, [1])
        writer.write_frame(0, halves(1, 1), [0.5])
        writer.finish()
        project.do(SwapTracks(1, 7, 1))
        attributes_of(writer.run_id, lambda told: {k: v for k, v in told.items() if k != "identities"})
        run = project.run(writer.run_id)
        assert (run.proposed_tracks, run.found_ids) == ((), ())
        assert project.merge_run(writer.run_id).written.tolist() == [[1, 0]]
        assert project.open_proposals() == ()

    def test_to_an_older_version_adopting_says_who_and_dismissing_says_nothing(self, project):
        """It takes every verb that it does not know for one that says who the tracks of its entry are."""
        run_id = finding_run(project)
        project.do(DismissTracks(run_id, (2,)))
        assert project.log()[-1].track_ids == ()
        adopt(project, run_id, 3)
        assert project.log()[-1].track_ids == (3,)

    @pytest.mark.parametrize(
        "damage",
        [
            lambda told: {**told, "proposed_tracks": [{"track_id": 2}]},
            lambda told: {**told, "proposed_tracks": "some"},
            lambda told: {**told, "proposed_tracks": [{**told["proposed_tracks"][0], "score": 7}]},
            lambda told: {**told, "found_ids": []},
        ],
    )
    def test_a_run_whose_proposals_are_nonsense_is_told_by_a_check(self, project, attributes_of, damage):
        damaged, sound = finding_run(project), finding_run(project, (4, 5))
        attributes_of(damaged, damage)
        findings = check_project(project.path).findings
        assert [damaged in finding.what for finding in findings] == [True]
        assert {4, 5} <= set(open_ids(project))
        assert {info.run_id for info in project.runs()} == {damaged, sound}

    def test_a_damaged_adoption_is_as_if_it_had_never_been(self, project):
        run_id = finding_run(project)
        adopt(project, run_id)
        project.close()
        with sqlite3.connect(project.path / "annotations.sqlite") as connection:
            connection.execute("UPDATE log SET summary = 'x' WHERE verb = 'adopt_tracks'")
        connection.close()
        with Project.open(project.path) as opened:
            assert open_ids(opened) == [2, 3]
            assert opened.adoption(run_id).new_ids == (4, 5)  # the tracks are there, and stay


@pytest.mark.parametrize("good_chunks", range(LENGTH))
def test_an_adoption_that_is_interrupted_is_finished_at_opening(project, monkeypatch, good_chunks):
    run_id = finding_run(project)
    write, written = store.write_durably, []

    def fail_after(*arguments):
        if len(written) == good_chunks:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(arguments)
        write(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(store, "write_durably", fail_after)
        with pytest.raises(ProjectStorageError, match="recorded"):
            adopt(project, run_id)
    assert open_ids(project) == []
    project._resources.close()  # as if killed
    with Project.open(project.path) as opened:
        summary = f"adopt proposed tracks 2, 3 of run {run_id}"
        assert opened.repairs == (f"finished an interrupted change: {summary} ({LENGTH - good_chunks} frames)",)
        assert (opened.masks[:] == halves(2, 3)).all()
        assert {2, 3} < set(opened.annotations().track_ids)
        opened.undo()
        assert not opened.masks[:].any()
        assert open_ids(opened) == [2, 3]
    assert check_project(project.path).is_clean


ENDLESS_ADOPTER = """
import sys
from mfvis_engine.project import Project

project = Project.open(sys.argv[1])
while True:
    project.do(project.adoption(sys.argv[2]))
    print("adopted", flush=True)
    project.undo()
    print("undone", flush=True)
"""


@pytest.mark.parametrize("lines", [1, 2, 5])
def test_a_process_killed_at_work_leaves_all_of_it_or_nothing(project, lines):
    run_id = finding_run(project)
    project.close()
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS_ADOPTER, str(project.path), run_id], stdout=subprocess.PIPE, text=True
    )
    with process:
        for _ in range(lines):
            assert process.stdout.readline()
        time.sleep(0.003 * lines)
        process.kill()
    with Project.open(project.path) as opened:
        is_adopted = 2 in opened.annotations().track_ids
        assert open_ids(opened) == ([] if is_adopted else [2, 3])
        assert (pixels(opened) == (halves(2, 3) if is_adopted else 0)).all()
    assert check_project(project.path).is_clean


def test_whatever_is_done_and_undone_every_proposal_is_open_or_settled_as_it_was(project):
    run_id = finding_run(project)
    verbs = (
        lambda: DismissTracks(run_id, (3,)),
        lambda: NewTrack(2, "mouse"),
        lambda: project.adoption(run_id, [2]),
        lambda: project.adoption(run_id, [3]),
        lambda: MergeTracks(2, 3),  # the mouse, which is nowhere
        lambda: DeleteTrack(3),
        lambda: project.adoption(run_id, [3]),
    )
    held = [(open_ids(project), project.annotations())]
    for verb in verbs:
        project.do(verb())
        held.append((open_ids(project), project.annotations()))
    assert [ids for ids, _ in held] == [[2, 3], [2], [2], [], [], [], [3], []]
    for _, before in pairwise(reversed(held)):
        project.undo()
        assert (open_ids(project), project.annotations()) == before
    for _, after in pairwise(held):
        project.redo()
        assert (open_ids(project), project.annotations()) == after
