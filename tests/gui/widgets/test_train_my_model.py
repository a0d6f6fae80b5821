"""The section "Train" with a person's model for many videos."""

import pytest
from qtpy.QtCore import Qt

from mfvis_engine.annotation import Keyframe
from mfvis_engine.annotation.verbs import NewTrack
from mfvis_engine.project import Project
from mfvis_napari.memory import Memory
from mfvis_napari.session import Session
from mfvis_napari.training import Trainer
from mfvis_napari.training.my_model import MIN_SCORE
from mfvis_napari.widgets.train import TrainSection, model_place
from mfvis_napari.workspace import Workspace
from tests.gui.clip import make_project
from tests.gui.training.scripted import WEIGHTS
from tests.gui.training.scripted_models import BLOB, FINDS, LEARNED, LEARNS, ModelEngine, write_model
from tests.gui.widgets.answers import Answers

pytestmark = pytest.mark.gui


class Annotator:
    """The section over an open project, and an engine that tells what the test says."""

    def __init__(self, session, qtbot, folder, **answers):
        self.workspace, self.engines, self.told, self.qtbot = Workspace(None), [], [], qtbot
        self.trainer = Trainer(self.workspace.slices, self.workspace.messages, make_engine=self.make_engine)
        self.memory, self.dialogs = Memory(), Answers(**answers)
        self.memory.model = folder
        self.section = TrainSection(self.workspace, self.trainer, self.memory, self.dialogs)
        self.panel = self.section.panel
        self.workspace.messages.said.connect(self.told.append)
        qtbot.addWidget(self.section)
        self.section.show()
        self.open(session)
        self.section.model.box.setCurrentIndex(1)

    def make_engine(self, preferences):
        self.engines.append(ModelEngine())
        return self.engines[-1]

    def open(self, session):
        self.workspace.session = session
        self.workspace.session_changed.emit()

    @property
    def job(self):
        return self.engines[-1].job

    def press(self, button, *events):
        count = sum(len(engine.handles) for engine in self.engines)
        button.click()
        self.until(lambda: sum(len(engine.handles) for engine in self.engines) > count)
        self.job.tell(*events)

    def until(self, condition):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=5000)

    def choose(self, what):
        (action,) = [one for one in self.panel.place.choose.menu().actions() if what in one.text()]
        action.trigger()

    def rows(self):
        items = [self.panel.projects.item(row) for row in range(self.panel.projects.count())]
        return [(item.text(), item.checkState() == Qt.CheckState.Checked) for item in items]

    def ways(self):
        return [button.text() for button in self.section.aftermath.outcome.buttons]

    def close(self):
        self.open(None)
        self.trainer.close()
        self.trainer.wait_closed()


@pytest.fixture
def annotate(session, qtbot, tmp_path):
    """Makes an annotator whose dialogs have answers."""
    made = []

    def make(opened=session, **answers):
        made.append(Annotator(opened, qtbot, tmp_path / "models" / "mine", **answers))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_this_video_is_as_it_was_until_the_other_is_chosen(annotate):
    annotator = annotate()
    section = annotator.section
    assert section.search.isVisible()
    section.model.box.setCurrentIndex(0)
    assert (section.panel.isVisible(), section.search.isVisible(), section.button.text()) == (False, False, "Train")
    assert not annotator.memory.uses_my_model
    section.model.box.setCurrentIndex(1)
    assert annotator.memory.uses_my_model
    again = TrainSection(annotator.workspace, annotator.trainer, annotator.memory, annotator.dialogs)
    annotator.qtbot.addWidget(again)
    assert again.model.is_mine


def test_from_a_first_model_to_proposals(annotate):
    annotator = annotate()
    section = annotator.section
    assert annotator.panel.place.words == "Not trained yet."
    assert not section.search.isEnabled()
    assert annotator.rows() == [("walk (open)", True)]
    annotator.press(section.button, *LEARNS)
    annotator.until(lambda: section.progress.stage.text() == "Learning: step 20 of ~40 · 2.0 steps/s")
    assert (section.button.text(), section.search.isVisible(), section.panel.isEnabled()) == ("Cancel", False, False)
    assert (section.progress.left.text(), section.plot.isVisible()) == ("about 20 s left", True)
    annotator.job.tell(*LEARNED)
    annotator.until(section.search.isEnabled)
    assert section.aftermath.outcome.label.text().startswith("mine has learned from 1 video")
    assert annotator.panel.place.words.startswith("Finds cell, dish\nTrained from 1 video · ")
    assert section.button.text() == "Train again"
    annotator.press(section.search, *FINDS)
    annotator.until(lambda: section.aftermath.outcome.label.text().startswith("1 new object found"))
    assert annotator.ways() == ["Take over masks of 1 annotated track"]
    section.aftermath.outcome.buttons[0].click()
    annotator.until(lambda: annotator.told[-1].text == "The masks of 1 track were taken over.")


def test_the_stage_of_a_search_is_told(annotate):
    annotator = annotate()
    write_model(annotator.panel.place.path)
    annotator.trainer.ask_model(annotator.panel.place.path)
    annotator.until(annotator.section.search.isEnabled)
    annotator.press(annotator.section.search, *FINDS[:3])
    annotator.until(
        lambda: annotator.section.progress.stage.text() == "Looking for objects: frame 3 of 12 · 5.0 frames/s"
    )
    assert annotator.section.pause.isEnabled()
    annotator.section.button.click()
    annotator.until(lambda: annotator.section.aftermath.outcome.label.text() == "Cancelled. Nothing was changed.")


def test_other_projects_are_added_and_remembered(annotate, tmp_path):
    other = make_project(tmp_path / "other").rename(tmp_path / "other" / "run.mfvis")
    annotator = annotate(project=[other, tmp_path])
    annotator.panel.add.click()
    assert annotator.rows() == [("walk (open)", True), ("run", True)]
    annotator.panel.add.click()
    assert "is no project" in annotator.told[-1].text
    annotator.panel.projects.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert annotator.memory.model_projects == (other,)
    annotator.press(annotator.section.button, *LEARNS, *LEARNED)
    assert [video.name for video in annotator.job.request.videos] == ["run"]
    annotator.until(annotator.section.search.isEnabled)
    other.rename(tmp_path / "gone")
    annotator.open(annotator.workspace.session)
    assert annotator.rows() == [("walk (open)", True), ("run (not there)", True)]
    annotator.section.button.click()
    assert "Take its tick away" in annotator.told[-1].text


def test_a_video_is_learned_from_as_soon_as_it_has_a_box(annotate, tmp_path):
    project = Project.open(make_project(tmp_path / "empty", annotations=None))
    session = Session(project, project.video())
    annotator = annotate(session)
    assert annotator.rows() == [("walk (open)", False)]
    annotator.section.button.click()
    assert "no project with boxes" in annotator.told[-1].text
    session.do(NewTrack(1, "cell", (Keyframe(0, (5, 5, 25, 25)),)))
    assert annotator.rows() == [("walk (open)", True)]
    annotator.open(None)
    session.close()


def test_another_model_is_chosen(annotate, tmp_path):
    model = write_model(tmp_path / "fish")
    annotator = annotate(model_folder=[model])
    annotator.choose("folder")
    annotator.until(annotator.section.search.isEnabled)
    assert annotator.panel.place.words.startswith("Finds cell, dish\nTrained from 2 videos · ")
    assert annotator.memory.model == model


def test_a_training_goes_on_while_another_project_is_opened(annotate, session):
    annotator = annotate()
    annotator.press(annotator.section.button, *LEARNS)
    annotator.until(lambda: annotator.section.progress.stage.text().startswith("Learning"))
    annotator.open(None)
    assert (annotator.section.isEnabled(), annotator.section.button.text()) == (True, "Cancel")
    annotator.open(session)
    annotator.job.tell(*LEARNED)
    annotator.until(annotator.section.search.isEnabled)


def test_what_can_be_chosen_suits_the_model(annotate):
    section = annotate().section
    assert "after seconds" not in section.form.stop.choices
    section.form.stop.value = "after steps"
    section.model.box.setCurrentIndex(0)
    assert "after seconds" in section.form.stop.choices
    assert section.form.settings.steps == 300


def test_how_sure_it_must_be_of_new_objects_is_chosen_and_remembered(annotate):
    annotator = annotate()
    write_model(annotator.panel.place.path)
    annotator.trainer.ask_model(annotator.panel.place.path)
    annotator.until(annotator.section.search.isEnabled)
    assert (annotator.panel.min_score.value(), annotator.memory.min_score) == (MIN_SCORE, None)
    annotator.panel.min_score.setValue(0.55)
    annotator.press(annotator.section.search, *FINDS)
    assert annotator.job.request.min_score == 0.55
    annotator.until(lambda: annotator.section.aftermath.outcome.label.text())
    assert annotate().panel.min_score.value() == 0.55


@pytest.fixture
def released(tmp_path, monkeypatch):
    """A file of released weights; models go to a folder of the test's own."""
    monkeypatch.setattr(model_place, "models_folder", lambda: tmp_path / "mfvis-models")
    path = tmp_path / "model_final.pth"
    path.write_bytes(WEIGHTS)
    return path


def test_released_weights_are_looked_with_as_they_are(annotate, released):
    annotator = annotate(released_model=[released])
    place, section = annotator.panel.place, annotator.section
    assert not place.classes.isVisible()
    annotator.choose("Released")
    annotator.until(section.search.isEnabled)
    assert place.words.startswith("Released weights. Objects are found with them as they are;")
    assert place.words.endswith("a model of yours in the folder model_final.")
    assert (place.classes.isVisible(), place.class_text, section.button.text()) == (True, "youtube-vis-2019", "Train")
    annotator.press(section.search, *FINDS)
    model = annotator.job.request.model
    assert (model.blob, len(model.class_names), model.class_names[1]) == (BLOB, 40, "giant_panda")
    assert annotator.job.request.settings == "{}"  # of frames: what suits released weights
    annotator.until(lambda: section.aftermath.outcome.label.text().startswith("1 new object found"))
    for typed, names in (("cell, dish", ("cell", "dish")), (" ", None)):
        place.classes.setCurrentText(typed)
        annotator.press(section.search, *FINDS)
        assert annotator.job.request.model.class_names == names
        annotator.until(section.search.isVisible)


def test_a_training_from_released_weights_makes_a_model_of_ones_own(annotate, released, tmp_path):
    annotator = annotate(released_model=[released])
    annotator.choose("Released")
    annotator.until(annotator.section.search.isEnabled)
    annotator.press(annotator.section.button, *LEARNS)
    assert (annotator.job.request.start.blob, annotator.job.request.start.class_names) == (BLOB, None)
    assert annotator.panel.place.path == released  # until there is another
    annotator.job.tell(*LEARNED)
    own = tmp_path / "mfvis-models" / "model_final"
    annotator.until(lambda: annotator.panel.place.words.startswith("Finds cell, dish\nTrained from 1 video"))
    assert (annotator.panel.place.path, annotator.memory.model) == (own, own)
    assert (annotator.panel.place.classes.isVisible(), annotator.section.button.text()) == (False, "Train again")
    annotator.panel.place.go_to(released)
    assert annotator.panel.place.folder == own.with_name("model_final-2")  # nothing is written over


def test_released_weights_are_remembered_also_where_they_are_gone(annotate, released, tmp_path):
    annotator = annotate(released_model=[tmp_path / "photo.png", released])
    annotator.choose("Released")
    assert "photo.png is no file of released weights: .pth, .pkl, .pt." in annotator.told[-1].text
    annotator.choose("Released")
    annotator.panel.place.classes.setCurrentText("cell, dish")
    annotator.until(annotator.section.search.isEnabled)
    released.unlink()
    again = TrainSection(annotator.workspace, annotator.trainer, annotator.memory, annotator.dialogs)
    annotator.qtbot.addWidget(again)
    again.bind(annotator.workspace.session)
    annotator.until(lambda: again.panel.place.words.startswith("This file is not there any more."))
    assert (again.panel.place.path, again.panel.place.class_text) == (released, "cell, dish")
    assert not again.search.isEnabled()
