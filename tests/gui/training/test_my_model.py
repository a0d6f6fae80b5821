"""A model for many videos in the window's thread, with an engine that tells what the test says."""

import numpy as np
import pytest

from mfvis_engine.annotation.verbs import DismissTracks, RenameCategory
from mfvis_engine.jobs.events import Failed
from mfvis_engine.project import Project, ReadOnlyProjectError, RunStatus, check_project
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.slices import Slices
from mfvis_napari.training import ModelSettings, SearchSettings, Trainer
from mfvis_napari.training.adopting import Adopter
from mfvis_napari.training.ending import HowEnded
from mfvis_napari.training.errors import TrainingRefusedError
from mfvis_napari.training.my_model import RELEASED_SUFFIXES, facts_of
from tests.gui.clip import LENGTH, make_project
from tests.gui.training.scripted import labels_of
from tests.gui.training.scripted_models import (
    FINDS,
    FOUND,
    LEARNED,
    LEARNS,
    LOOKS,
    ModelEngine,
    found_masks,
    write_model,
)

pytestmark = pytest.mark.gui


class Desk:
    """A trainer with an engine that does as the test says, and all that it tells."""

    def __init__(self, session, qtbot, folder):
        self.session, self.qtbot, self.engines = session, qtbot, []
        self.messages, self.slices = Messages(), Slices()
        self.trainer = Trainer(self.slices, self.messages, make_engine=self.make_engine)
        self.folder = folder / "model"
        self.told, self.endings, self.advances, self.histories = [], [], [], []
        self.trainer.work_ended.connect(self.endings.append)
        self.trainer.advanced.connect(self.advances.append)
        self.trainer.losses_told.connect(self.histories.append)
        self.messages.said.connect(self.told.append)
        self.trainer.bind(session)

    def make_engine(self, preferences):
        self.engines.append(ModelEngine())
        return self.engines[-1]

    @property
    def job(self):
        return self.engines[-1].job

    def until(self, condition):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=5000)

    def train(self, *events, **settings):
        self.trainer.train_model(ModelSettings(self.folder, (self.session.project.path,), **settings))
        return self._begun(events)

    def find(self, *events):
        self.trainer.find_objects(self.session, SearchSettings(self.folder))
        return self._begun(events)

    def _begun(self, events):
        self.until(lambda: self.engines and self.engines[-1].handles and self.trainer._training._handle is self.job)
        self.job.tell(*events)
        return self.job

    def ending(self):
        self.until(lambda: not self.trainer.is_running)
        return self.endings[-1]


@pytest.fixture
def desk(session, qtbot, tmp_path):
    made = Desk(session, qtbot, tmp_path)
    yield made
    made.trainer.close()
    made.trainer.wait_closed()


def test_a_model_learns_from_the_open_project_and_lies_in_its_folder(desk):
    job = desk.train(*LEARNS, *LEARNED, steps=40, device="cpu")
    ending = desk.ending()
    assert ending.text.startswith("model has learned from 1 video in 40 steps, 20 s.")
    assert (job.request.steps, job.request.device, job.request.videos[0].categories) == (40, "cpu", ("cell", "dish"))
    facts = facts_of(desk.folder)
    assert (facts.class_names, facts.video_names) == (("cell", "dish"), ("walk",))
    assert desk.histories[-1].total[-1] == pytest.approx(0.5)
    learning = [advance for advance in desk.advances if advance.count == 20][-1]
    assert (learning.total, learning.seconds_left) == (40, 20.0)
    assert desk.session.project.runs() == ()
    desk.train(*LEARNS, *LEARNED)
    desk.ending()
    assert desk.job.request.start.blob == desk.engines[0].keep_blob(desk.folder)  # it goes on from itself


def test_closing_the_project_does_not_end_the_training_of_a_model_but_closing_the_window_does(desk):
    job = desk.train(*LEARNS)
    desk.trainer.bind(None)
    assert desk.trainer.is_running
    assert job.wishes == []
    job.tell(*LEARNED)
    assert desk.ending().how is HowEnded.FINISHED
    desk.trainer.bind(desk.session)
    job = desk.train(*LEARNS)
    desk.trainer.close()
    desk.trainer.wait_closed()
    assert job.wishes == ["cancel"]


def test_a_model_whose_training_is_cancelled_or_fails_is_as_it_was(desk):
    write_model(desk.folder)
    before = (desk.folder / "details.json").read_bytes()
    job = desk.train(*LEARNS)
    desk.trainer.pause()
    desk.trainer.resume()
    desk.trainer.cancel()
    assert desk.ending().text == "Cancelled. The model is as it was."
    assert job.wishes == ["pause", "resume", "cancel"]
    desk.train(*LEARNS, Failed("The GPU is out of memory. Close other programs."))
    ending = desk.ending()
    assert (ending.how, ending.text) == (
        HowEnded.FAILED,
        "The GPU is out of memory. Close other programs. The model is as it was.",
    )
    assert (desk.folder / "details.json").read_bytes() == before


def test_a_project_without_a_box_is_refused_in_words(desk, tmp_path):
    other = make_project(tmp_path / "other", annotations=None)
    desk.trainer.train_model(ModelSettings(desk.folder, (other,)))
    assert "has no box in any frame" in desk.ending().text
    with pytest.raises(TrainingRefusedError, match="no project with boxes"):
        desk.trainer.train_model(ModelSettings(desk.folder, ()))


def test_objects_are_found_as_proposals_and_nothing_else_changes(desk, project_path):
    write_model(desk.folder)
    job = desk.find(*FINDS)
    ending = desk.ending()
    assert ending.text == "1 new object found, listed in Review. 1 annotated track was found again."
    assert job.request.settings == '{"short_side": 128}'
    assert job.request.annotations == desk.session.annotations
    (proposal,) = desk.session.project.open_proposals()
    assert (proposal.run_id, proposal.track.category) == (ending.run_id, "cell")
    run = desk.session.project.run(ending.run_id)
    assert run.info.status is RunStatus.FINISHED
    assert len(run.done()) == LENGTH
    assert not desk.session.read_masks(3).any()
    assert desk.session.annotations.track_ids == (1, 2)
    assert check_project(project_path).findings == ()


def test_masks_of_a_known_track_are_taken_over_alone(desk):
    write_model(desk.folder)
    desk.find(*FINDS)
    ending, ends = desk.ending(), []
    desk.trainer.take_over_known(desk.session, ending.run_id, ending.known_track_ids, lambda: ends.append(True))
    desk.until(lambda: ends)
    assert np.array_equal(desk.session.read_masks(5), labels_of(5, (1,)))


def test_a_search_that_is_cancelled_or_fails_leaves_no_run(desk):
    write_model(desk.folder)
    desk.find(*LOOKS)
    with pytest.raises(TrainingRefusedError, match="looks for objects"):
        desk.find()
    desk.trainer.cancel()
    assert desk.ending().text == "Cancelled. Nothing was changed."
    desk.find(*LOOKS, Failed("No object scores 0.3 or more."))
    assert desk.ending().text == "No object scores 0.3 or more. Nothing was changed."
    assert desk.session.project.runs() == ()


def test_a_search_without_a_model_says_so(desk):
    desk.trainer.find_objects(desk.session, SearchSettings(desk.folder))
    assert desk.ending().text.startswith("There is no model at")


def test_the_window_knows_the_same_released_files_as_the_engine():
    from mfvis_engine.actions import vis_model_files

    assert RELEASED_SUFFIXES == vis_model_files.RELEASED_SUFFIXES


def test_closing_the_project_ends_a_search_and_leaves_it_sound(desk, project_path):
    write_model(desk.folder)
    job = desk.find(*LOOKS, FOUND, found_masks(0))
    desk.until(lambda: desk.session.project.runs())
    desk.trainer.bind(None)
    desk.session.close()
    desk.trainer.close()
    desk.trainer.wait_closed()
    assert "cancel" in job.wishes
    assert desk.endings == []
    assert check_project(project_path).findings == ()
    with Project.open(project_path) as project:
        assert project.open_proposals() == ()


def test_a_project_open_for_reading_is_not_looked_at(desk, project_path):
    project = Project.open(project_path, read_only=True)
    session = Session(project, project.video())
    with pytest.raises(ReadOnlyProjectError, match="reading only"):
        desk.trainer.find_objects(session, SearchSettings(desk.folder))
    session.close()


@pytest.fixture
def found(desk):
    """A desk with an open proposal; its run and number."""
    write_model(desk.folder)
    desk.find(*FINDS)
    desk.ending()
    (proposal,) = desk.session.project.open_proposals()
    return proposal.run_id, proposal.track.track_id


def test_adopting_gives_the_boxes_at_once_and_the_masks_after_it(desk, found):
    run_id, proposal_id = found
    adopter = Adopter(desk.session, desk.slices, desk.messages)
    (track_id,) = adopter.adopt(run_id, [proposal_id])
    assert desk.session.annotations.track_ids == (1, 2, track_id)
    desk.until(lambda: np.count_nonzero(desk.session.masks.codes(track_id)) == LENGTH)
    labels = desk.session.read_masks(3)
    assert set(np.unique(labels)) == {0, track_id}
    list(desk.session.undo())
    assert desk.session.annotations.track_ids == (1, 2)
    assert not desk.session.read_masks(3).any()
    assert len(desk.session.project.open_proposals()) == 1
    list(desk.session.redo())
    assert desk.session.annotations.track_ids == (1, 2, track_id)
    assert np.count_nonzero(desk.session.masks.codes(track_id)) == LENGTH


def test_what_waits_is_taken_over_before_the_project_is_closed(desk, found):
    adopter = Adopter(desk.session, desk.slices, desk.messages)
    (track_id,) = adopter.adopt(found[0], [found[1]])
    adopter.finish()
    assert np.count_nonzero(desk.session.masks.codes(track_id)) == LENGTH


def test_masks_of_an_adoption_that_is_undone_do_not_come_after_all(desk, found):
    adopter = Adopter(desk.session, desk.slices, desk.messages)
    desk.session.hold(lambda: frozenset(range(LENGTH)))
    desk.session.changed.connect(adopter.heed)
    adopter.adopt(found[0], [found[1]])
    list(desk.session.undo())
    assert adopter._feed is None
    desk.session.do(DismissTracks(found[0], (found[1],)))
    assert desk.session.project.open_proposals() == ()


def test_undoing_while_the_masks_still_come_ends_that(desk, found):
    adopter = Adopter(desk.session, desk.slices, desk.messages)
    desk.session.changed.connect(adopter.heed)
    desk.session.hold(lambda: frozenset({7}))
    (track_id,) = adopter.adopt(found[0], [found[1]])
    desk.until(lambda: np.count_nonzero(desk.session.masks.codes(track_id)) == LENGTH - 1)
    assert adopter._feed is not None
    list(desk.session.undo())
    assert adopter._feed is None
    assert desk.session.annotations.track_ids == (1, 2)


def test_a_change_of_the_persons_between_is_undone_by_itself(desk, found):
    adopter = Adopter(desk.session, desk.slices, desk.messages)
    desk.session.changed.connect(adopter.heed)
    desk.session.hold(lambda: frozenset({7} if is_held else ()))
    is_held = True
    (track_id,) = adopter.adopt(found[0], [found[1]])
    desk.until(lambda: np.count_nonzero(desk.session.masks.codes(track_id)) == LENGTH - 1)
    desk.session.do(RenameCategory(1, "mouse"))
    is_held = False
    desk.until(lambda: np.count_nonzero(desk.session.masks.codes(track_id)) == LENGTH)
    for summary in ("accept run", "rename", "adopt"):
        *_, last = desk.session.undo()
        assert last.summary.startswith(summary)
    assert desk.session.annotations.track_ids == (1, 2)


@pytest.fixture
def both(desk):
    """A desk with two open proposals, the second of another run, while the first of them is being adopted."""
    write_model(desk.folder)
    for _ in range(2):
        desk.find(*FINDS)
        desk.ending()
    first, second = desk.session.project.open_proposals()
    adopter, held = Adopter(desk.session, desk.slices, desk.messages), {7}
    desk.session.changed.connect(adopter.heed)
    desk.session.hold(lambda: frozenset(held))
    (track_id,) = adopter.adopt(first.run_id, [first.track.track_id])
    assert adopter.adopt(second.run_id, [second.track.track_id]) == ()
    assert adopter.is_waiting(second.run_id, second.track.track_id)
    desk.until(lambda: np.count_nonzero(desk.session.masks.codes(track_id)) == LENGTH - 1)
    return adopter, held, track_id, second


def test_adoptions_come_one_after_the_other_and_each_is_undone_at_once(desk, both):
    adopter, held, first_id, second = both
    assert desk.session.annotations.track_ids == (1, 2, first_id)
    held.clear()
    desk.until(lambda: len(desk.session.annotations.track_ids) == 4 and adopter._feed is None)
    assert not adopter.is_waiting(second.run_id, second.track.track_id)
    list(desk.session.undo())
    assert desk.session.annotations.track_ids == (1, 2, first_id)
    list(desk.session.undo())
    assert desk.session.annotations.track_ids == (1, 2)


def test_what_waits_is_not_adopted_after_what_came_before_it_is_undone(desk, both):
    adopter, _, _, second = both
    list(desk.session.undo())
    assert desk.session.annotations.track_ids == (1, 2)
    assert not adopter.is_waiting(second.run_id, second.track.track_id)
    assert len(desk.session.project.open_proposals()) == 2


def test_what_waits_is_adopted_before_the_project_is_closed(desk, both):
    adopter, held, _, _ = both
    held.clear()
    adopter.finish()
    assert len(desk.session.annotations.track_ids) == 4
    assert desk.session.project.open_proposals() == ()


def test_what_cannot_be_adopted_any_more_when_its_turn_comes_is_told(desk, both):
    _, held, first_id, second = both
    desk.session.project.delete_run(second.run_id)
    held.clear()
    desk.until(lambda: desk.told)
    assert "There is no run" in desk.told[-1].text
    assert np.count_nonzero(desk.session.masks.codes(first_id)) == LENGTH
