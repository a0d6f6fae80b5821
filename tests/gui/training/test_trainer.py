"""A training in the window's thread, with an engine that tells what the test says."""

import time
from pathlib import Path

import numpy as np
import pytest

from mfvis_engine.actions.resumption import newest_run, recorded_beginning
from mfvis_engine.annotation.verbs import EditMask, NewTrack, SetBox
from mfvis_engine.jobs.errors import EngineUnavailableError
from mfvis_engine.jobs.events import Failed, Finished, Warned
from mfvis_engine.jobs.job import SHIPPED, LearnedWeights
from mfvis_engine.project import Project, ProjectStorageError, ReadOnlyProjectError, RunStatus, check_project
from mfvis_napari.session import Session
from mfvis_napari.training import Start, TrainingPreferences, TrainingSettings
from mfvis_napari.training.ending import HowEnded
from mfvis_napari.training.errors import TrainingRefusedError
from tests.gui.clip import LENGTH, make_project
from tests.gui.training.scripted import (
    BEGIN,
    BLOB,
    LEARNED,
    PREVIEW,
    WHOLE_STORY,
    ScriptedEngine,
    frames,
    labels_of,
    learning,
)

pytestmark = pytest.mark.gui

FROM_SCRATCH = TrainingSettings(Start.FROM_SCRATCH)


def masks_equal(project, frame_index, track_ids=(1, 2)):
    return np.array_equal(project.read_masks(frame_index), labels_of(frame_index, track_ids))


def test_a_whole_training_leaves_all_masks_and_a_finished_run(desk):
    previews, devices, histories = [], [], []
    desk.trainer.previewed.connect(lambda frame_index, labels: previews.append((frame_index, labels)))
    desk.trainer.device_told.connect(devices.append)
    desk.trainer.losses_told.connect(histories.append)
    ending = desk.run(None, *WHOLE_STORY)
    project = desk.session.project
    assert (ending.how, ending.frame_count, ending.mask_count) == (HowEnded.FINISHED, LENGTH, 2 * LENGTH)
    assert ending.text.startswith(f"{LENGTH} frames, {2 * LENGTH} masks in ")
    assert all(masks_equal(project, frame_index) for frame_index in range(LENGTH))
    assert desk.newest_run().status is RunStatus.FINISHED
    assert (project.path / "runs" / desk.newest_run().run_id / "weights.safetensors").is_file()
    assert [frame_index for frame_index, _ in previews] == [0]
    assert devices == ["CPU (bfloat16)"]
    assert histories[0].parts[0, 1] == 0.25  # 0.5 with the weight 0.5 that the engine told
    assert desk.told == []


def test_all_pieces_are_undone_together(desk):
    desk.run(None, *WHOLE_STORY)
    before = len(desk.session.project.log())
    assert before > 2
    assert len(list(desk.session.undo())) == before - 1
    assert not desk.session.read_masks(3).any()


def test_masks_are_there_while_it_goes_on(desk):
    counts = []
    desk.trainer.frames_accepted.connect(lambda count, length: counts.append((count, length)))
    desk.start().tell(*BEGIN, LEARNED, *frames(4, 5))
    desk.until(lambda: counts and counts[-1] == (2, LENGTH))
    assert masks_equal(desk.session.project, 4)
    assert desk.trainer.is_running
    assert desk.newest_run().status is RunStatus.RUNNING


def test_the_frame_in_view_comes_first(desk):
    changed = []
    desk.session.changed.connect(lambda done: changed.extend(done.frames.tolist()))
    desk.start()
    desk.session.view.frame_index = 7
    desk.job.tell(*BEGIN, LEARNED, *frames(*range(LENGTH)))
    while len(desk.session.project.run(desk.newest_run().run_id).done()) < LENGTH:  # the window has not looked yet
        time.sleep(0.01)
    desk.until(lambda: len(changed) == LENGTH)
    assert changed[0] == 7


def test_a_frame_that_is_painted_in_waits_until_it_is_free(desk):
    held = {3}
    desk.session.hold(lambda: frozenset(held))
    desk.start().tell(*WHOLE_STORY)
    desk.until(lambda: masks_equal(desk.session.project, 4))
    desk.until(lambda: np.count_nonzero(desk.session.masks.codes(1)) == LENGTH - 1)
    assert not desk.session.read_masks(3).any()
    assert desk.trainer.is_running
    assert desk.newest_run().status is RunStatus.RUNNING
    held.clear()
    desk.until(lambda: not desk.trainer.is_running)
    assert masks_equal(desk.session.project, 3)
    assert desk.newest_run().status is RunStatus.FINISHED


def test_masks_of_a_person_are_kept_and_counted(desk):
    own = np.full((4, 4), 1, np.uint16)
    desk.session.do(EditMask(2, 0, 0, own))
    ending = desk.run(None, *WHOLE_STORY)
    assert ending.text.endswith("1 mask of yours was kept.")
    assert (desk.session.read_masks(2)[:4, :4] == 1).all()
    assert np.count_nonzero(desk.session.read_masks(2) == 1) == 16


def test_cancelling_keeps_what_is_there(desk):
    desk.start().tell(*BEGIN, LEARNED, *frames(0, 1, 2))
    desk.until(lambda: masks_equal(desk.session.project, 2))
    desk.until(lambda: np.count_nonzero(desk.session.masks.codes(1)) == 3)
    desk.trainer.cancel()
    desk.until(lambda: not desk.trainer.is_running)
    assert desk.job.wishes == ["cancel"]
    assert desk.endings[-1].text.startswith(f"Cancelled. 3 of {LENGTH} frames have new masks, which stay.")
    desk.until(lambda: desk.newest_run().reason == "Cancelled by the user.")
    assert masks_equal(desk.session.project, 1)
    assert desk.run(FROM_SCRATCH, *WHOLE_STORY, jobs=2).how is HowEnded.FINISHED
    assert len(desk.engines) == 1  # it stayed warm


def test_cancelling_while_the_last_masks_are_taken_over_does_not_count_as_finished(desk):
    desk.session.hold(lambda: frozenset({3}))
    desk.start().tell(*WHOLE_STORY)
    desk.until(lambda: np.count_nonzero(desk.session.masks.codes(1)) == LENGTH - 1)
    desk.trainer.cancel()
    desk.until(lambda: not desk.trainer.is_running)
    assert desk.endings[-1].how is HowEnded.CANCELLED
    desk.until(lambda: desk.newest_run().status is RunStatus.FAILED)


def test_cancelling_before_the_engine_is_there_leaves_no_run(session, qtbot, desk, monkeypatch):
    desk.trainer.start(session)
    desk.trainer.cancel()
    assert not desk.trainer.is_running
    assert desk.endings[-1].text == "Cancelled. The masks are as they were."
    desk.trainer.close()
    desk.trainer.wait_closed()
    assert session.project.runs() == ()


def test_a_failing_engine_says_why_and_all_is_kept(desk):
    desk.start().tell(*BEGIN, LEARNED, *frames(0, 1), Failed("The GPU is out of memory. Close other programs."))
    desk.until(lambda: not desk.trainer.is_running)
    ending = desk.endings[-1]
    assert ending.how is HowEnded.FAILED
    assert ending.text == (
        f"The GPU is out of memory. Close other programs. 2 of {LENGTH} frames have new masks, which stay."
    )
    assert desk.newest_run().reason == "The GPU is out of memory. Close other programs."
    assert masks_equal(desk.session.project, 1)


def test_an_engine_that_is_lost_is_replaced_by_a_new_one(desk):
    desk.start().tell(*BEGIN, LEARNED, *frames(0))
    desk.until(lambda: masks_equal(desk.session.project, 0))
    desk.job.lose()
    desk.until(lambda: not desk.trainer.is_running)
    assert "No engine answers" in desk.endings[-1].text
    assert desk.newest_run().status is RunStatus.FAILED
    assert desk.run(FROM_SCRATCH, *WHOLE_STORY, jobs=2).how is HowEnded.FINISHED
    assert len(desk.engines) == 2
    assert desk.engines[0].is_closed


def test_an_engine_that_cannot_be_reached_leaves_no_run_and_another_can_be_used(desk):
    def make_engine(preferences):
        if preferences.engine is not None:
            raise EngineUnavailableError(f"No engine answers at {preferences.engine}.")
        return desk.make_engine(preferences)

    desk.trainer._room._make_engine = make_engine
    desk.trainer.preferences = TrainingPreferences("tls://gpu:8786", Path("certificates"))
    desk.trainer.start(desk.session)
    desk.until(lambda: not desk.trainer.is_running)
    assert desk.endings[-1].reason == "No engine answers at tls://gpu:8786."
    assert desk.endings[-1].was_elsewhere
    assert desk.session.project.runs() == ()
    desk.trainer.preferences = TrainingPreferences()
    assert desk.run(None, *WHOLE_STORY).how is HowEnded.FINISHED


def test_a_full_disk_ends_it_with_its_reason(desk, monkeypatch):
    desk.start().tell(*BEGIN, LEARNED)
    monkeypatch.setattr(
        desk.session, "accept", lambda _: (_ for _ in ()).throw(ProjectStorageError("The disk is full. Free some."))
    )
    desk.job.tell(*frames(0))
    desk.until(lambda: not desk.trainer.is_running)
    assert desk.endings[-1].reason == "The disk is full. Free some."
    assert "cancel" in desk.job.wishes


def test_closing_the_project_in_the_middle_keeps_all_and_stops_the_engine(desk, project_path):
    desk.session.hold(lambda: frozenset({5}))
    desk.start().tell(*WHOLE_STORY)  # the listener waits for frame 5 on the engine's thread
    desk.until(lambda: np.count_nonzero(desk.session.masks.codes(1)) == LENGTH - 1)
    job = desk.job
    desk.trainer.bind(None)
    desk.session.close()
    desk.trainer.close()
    desk.trainer.wait_closed()
    assert desk.engines[0].is_closed
    assert job.wishes == ["cancel"]
    assert desk.endings == []
    with Project.open(project_path) as project:
        assert masks_equal(project, 4)
        assert not project.read_masks(5).any()
        assert project.runs()[-1].status is RunStatus.RUNNING
    assert check_project(project_path).findings == ()


def test_a_training_that_was_stopped_is_told_and_what_it_made_can_be_taken_over(desk, project_path):
    desk.session.hold(lambda: frozenset({5}))
    desk.start().tell(*BEGIN, LEARNED, *frames(*range(8)))
    desk.until(lambda: np.count_nonzero(desk.session.masks.codes(1)) == 7)
    desk.trainer.bind(None)
    desk.session.close()
    project = Project.open(project_path)
    desk.session = again = Session(project, project.video())
    desk.trainer.bind(again)
    desk.until(lambda: desk.pasts)
    stopped = desk.pasts[-1].stopped
    assert (stopped.frame_count, stopped.length, stopped.waiting_frames) == (8, LENGTH, (5,))
    assert not desk.pasts[-1].can_continue
    ends = []
    desk.trainer.take_over(again, stopped, lambda: ends.append(True))
    desk.until(lambda: ends)
    assert masks_equal(project, 5)
    desk.trainer.bind(None)
    again.close()


def test_training_again_is_a_short_correction_where_boxes_have_changed(desk):
    assert desk.run(None, *WHOLE_STORY).how is HowEnded.FINISHED
    assert desk.job.request.start == SHIPPED
    desk.until(lambda: desk.pasts and desk.pasts[-1].can_continue)
    desk.session.do(SetBox(1, 4, (24, 5, 46, 25)))
    desk.run(None, *WHOLE_STORY, jobs=2)
    assert desk.job.request.start == LearnedWeights(BLOB)
    assert [path.name for path in desk.engines[0].kept] == ["weights.safetensors"]
    newest = newest_run(desk.session.project)
    assert recorded_beginning(desk.session.project, newest).request.start == LearnedWeights(BLOB)
    desk.run(None, *WHOLE_STORY, jobs=3)  # nothing has changed
    assert desk.job.request.start == SHIPPED
    desk.run(TrainingSettings(Start.CONTINUE), *WHOLE_STORY, jobs=4)
    assert desk.job.request.start == LearnedWeights(BLOB)
    desk.session.do(SetBox(1, 4, (25, 5, 46, 25)))
    desk.run(FROM_SCRATCH, *WHOLE_STORY, jobs=5)
    assert desk.job.request.start == SHIPPED


def test_continuing_needs_a_training_that_has_finished(desk):
    desk.trainer.start(desk.session, TrainingSettings(Start.CONTINUE))
    desk.until(lambda: not desk.trainer.is_running)
    assert "Train from scratch" in desk.endings[-1].reason


def test_the_job_is_what_the_person_chose(desk):
    desk.session.view.frame_index = 6
    job = desk.start(TrainingSettings(steps=7, learn_from_masks=False, device="cpu"))
    request = job.request
    assert (request.limits.steps, request.limits.seconds, request.device) == (7, None, "cpu")
    assert (request.focus_frame, request.previews, request.masks) == (6, True, ())
    assert desk.newest_run().settings["engine_job"] == job.id
    assert recorded_beginning(desk.session.project, desk.newest_run()).request.limits.steps == 7


def test_the_view_is_followed(desk):
    job = desk.start()
    desk.until(lambda: job.focused)
    for frame_index in range(1, 9):
        desk.session.view.frame_index = frame_index
    desk.until(lambda: job.focused[-1] == 8)
    assert len(job.focused) <= 3


def test_boxes_drawn_while_the_job_is_planned_are_learned_from_too(desk):
    desk.trainer.start(desk.session)
    desk.session.do(NewTrack(3, "cell"))
    desk.session.do(SetBox(3, 0, (40, 30, 60, 50)))
    desk.until(lambda: desk.engines and desk.engines[-1].handles)
    assert desk.job.request.annotations == desk.session.annotations


def test_a_worker_that_learned_anew_tells_its_frames_again(desk):
    other = type(LEARNED)(steps=300, seconds=40.0, blob="cd" * 32)
    ending = desk.run(
        None, *BEGIN, LEARNED, *frames(*range(6)), *BEGIN, other, *frames(*range(LENGTH), track_ids=(1,)), Finished()
    )
    assert ending.how is HowEnded.FINISHED
    assert all(masks_equal(desk.session.project, frame_index, (1,)) for frame_index in range(LENGTH))


def test_pausing_and_warnings_pass_through(desk):
    warnings = []
    desk.trainer.warned.connect(warnings.append)
    job = desk.start()
    desk.trainer.pause()
    desk.trainer.resume()
    job.tell(Warned("Memory is short."))
    desk.until(lambda: warnings == ["Memory is short."] and job.wishes == ["pause", "resume"])


def test_a_second_training_is_refused_while_one_goes_on(desk):
    desk.start()
    with pytest.raises(TrainingRefusedError, match="training already"):
        desk.trainer.start(desk.session)


def test_without_a_box_there_is_nothing_to_learn(tmp_path, desk):
    path = make_project(tmp_path / "other", annotations=None)
    project = Project.open(path)
    empty = Session(project, project.video())
    with pytest.raises(TrainingRefusedError, match=r"^Draw a box first \(N\)\.$"):
        desk.trainer.start(empty)
    empty.close()


def test_a_project_open_for_reading_is_not_trained(desk, project_path):
    project = Project.open(project_path, read_only=True)
    session = Session(project, project.video())
    with pytest.raises(ReadOnlyProjectError, match="reading only"):
        desk.trainer.start(session)
    session.close()


def test_the_engine_is_warm_soon_after_a_project_with_boxes_was_opened(desk):
    desk.trainer._warming.setInterval(0)
    desk.trainer.bind(desk.session)
    desk.until(lambda: len(desk.engines) == 1)
    assert isinstance(desk.engines[0], ScriptedEngine)
    assert desk.session.project.runs() == ()


def test_progress_never_goes_back(desk):
    fractions = []
    desk.trainer.advanced.connect(lambda advance: fractions.append(advance.fraction))
    desk.run(None, *BEGIN, PREVIEW, learning(60), learning(290), LEARNED, *frames(*range(LENGTH)), Finished())
    assert fractions == sorted(fractions)
