"""The section "Train", without a window: what it shows, and what its buttons do."""

import subprocess
import sys

import pytest

from mfvis_engine.annotation.verbs import DeleteTrack
from mfvis_engine.jobs.errors import EngineUnavailableError
from mfvis_engine.jobs.events import Failed, Paused
from mfvis_napari.messages import Kind
from mfvis_napari.requests import Request
from mfvis_napari.training import Start, Trainer, TrainingPreferences
from mfvis_napari.training.advance import Advance, Phase
from mfvis_napari.training.past import Past, StoppedRun
from mfvis_napari.widgets.train import TrainSection
from mfvis_napari.widgets.train.words import phase_text, time_left_text
from mfvis_napari.workspace import Workspace
from tests.gui.clip import LENGTH
from tests.gui.training.scripted import BEGIN, LEARNED, WHOLE_STORY, ScriptedEngine, frames, learning


class Annotator:
    """The section over an open project, and an engine that tells what the test says."""

    def __init__(self, session, qtbot):
        self.workspace, self.engines, self.told, self.qtbot = Workspace(None), [], [], qtbot
        self.trainer = Trainer(self.workspace.slices, self.workspace.messages, make_engine=self.make_engine)
        self.section = TrainSection(self.workspace, self.trainer)
        self.workspace.messages.said.connect(self.told.append)
        self.section.resize(400, 500)
        qtbot.addWidget(self.section)
        self.section.show()
        self.open(session)

    def make_engine(self, preferences):
        if preferences.engine is not None:
            raise EngineUnavailableError(f"No engine answers at {preferences.engine}.")
        self.engines.append(ScriptedEngine())
        return self.engines[-1]

    def open(self, session):
        self.workspace.session = session
        self.workspace.session_changed.emit()

    @property
    def job(self):
        return self.engines[-1].job

    def train(self):
        self.section.button.click()
        self.until(lambda: self.engines and self.engines[-1].handles and self.job.is_followed)

    def until(self, condition):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=5000)

    def ways(self):
        return [button.text() for button in self.section.aftermath.outcome.buttons]


@pytest.fixture
def annotator(session, qtbot):
    made = Annotator(session, qtbot)
    yield made
    made.open(None)
    made.trainer.close()
    made.trainer.wait_closed()


@pytest.mark.gui
def test_one_button_from_boxes_to_masks(annotator):
    section = annotator.section
    assert (section.button.text(), section.progress.bar.isVisible(), section.plot.isVisible()) == (
        "Train",
        False,
        False,
    )
    annotator.train()
    assert section.button.text() == "Cancel"
    annotator.job.tell(*BEGIN)
    annotator.until(lambda: section.progress.stage.text() == "Learning: step 120 of ~300 · 6.5 steps/s")
    assert section.progress.left.text() == "about 40 s left"
    assert "CPU (bfloat16)" in section.where.text()
    annotator.job.tell(LEARNED, *frames(*range(LENGTH)), WHOLE_STORY[-1])
    annotator.until(lambda: section.aftermath.outcome.isVisible())
    assert section.aftermath.outcome.label.text().startswith(f"{LENGTH} frames, {2 * LENGTH} masks in ")
    assert annotator.told[-1].text.endswith("Press J to look over those that need it.")
    assert (section.progress.stage.isVisible(), section.pause.isVisible()) == (False, False)
    annotator.until(lambda: section.button.text() == "Train again")


@pytest.mark.gui
def test_cancel_and_pause(annotator):
    section = annotator.section
    annotator.train()
    annotator.job.tell(*BEGIN)
    annotator.until(section.pause.isEnabled)
    section.pause.click()
    annotator.job.tell(Paused())
    annotator.until(lambda: section.progress.stage.text() == "Paused")
    assert section.pause.text() == "Go on"
    section.button.click()
    annotator.until(lambda: section.aftermath.outcome.isVisible())
    assert section.aftermath.outcome.label.text().startswith("Cancelled.")
    assert annotator.job.wishes == ["pause", "cancel"]
    assert (section.button.text(), section.button.isEnabled()) == ("Train", True)


@pytest.mark.gui
def test_a_failure_says_why_and_offers_to_train_again(annotator):
    annotator.train()
    annotator.job.tell(Failed("The GPU is out of memory. Close other programs."))
    annotator.until(lambda: annotator.section.aftermath.outcome.isVisible())
    assert annotator.section.aftermath.outcome.label.text().startswith("The GPU is out of memory.")
    assert annotator.ways() == ["Train again"]
    annotator.section.aftermath.outcome.buttons[0].click()
    assert annotator.trainer.is_running


@pytest.mark.gui
def test_where_an_engine_cannot_be_reached_this_computer_can_be_used(annotator):
    annotator.trainer.preferences = TrainingPreferences("tls://gpu:8786")
    annotator.section.show_preferences()
    assert annotator.section.where.text() == "Engine: tls://gpu:8786"
    annotator.section.button.click()
    annotator.until(lambda: annotator.section.aftermath.outcome.isVisible())
    assert annotator.ways() == ["Train again", "Use this computer instead"]
    annotator.section.aftermath.outcome.buttons[1].click()
    annotator.until(lambda: annotator.engines)
    assert annotator.section.where.text() == "Engine: this computer"


@pytest.mark.gui
def test_without_a_box_it_says_what_to_do(annotator, session):
    for track_id in session.annotations.track_ids:
        session.do(DeleteTrack(track_id))
    annotator.workspace.requested.emit(Request.TRAIN)
    assert [(message.text, message.kind) for message in annotator.told] == [("Draw a box first (N).", Kind.REFUSED)]


@pytest.mark.gui
def test_the_key_says_that_it_trains_already(annotator):
    annotator.train()
    annotator.workspace.requested.emit(Request.TRAIN)
    assert "training already" in annotator.told[-1].text
    annotator.workspace.requested.emit(Request.EXPORT)
    assert len(annotator.told) == 1


@pytest.mark.gui
def test_a_training_that_was_stopped_is_told(annotator):
    annotator.trainer.past_told.emit(Past(stopped=StoppedRun("20261120-101530-1a2b", 12, 30, (3, 4))))
    assert annotator.section.aftermath.outcome.label.text() == (
        "The last training was stopped after 12 of 30 frames; masks that were there are kept."
    )
    assert annotator.ways() == ["Take over 2 more"]
    assert annotator.section.button.text() == "Train"


@pytest.mark.gui
def test_what_is_chosen(annotator):
    form = annotator.section.form
    assert (form.settings.steps, form.settings.seconds, form.settings.start) == (None, None, Start.AUTOMATIC)
    form.stop.value, form.start.value, form.device.value = "after steps", Start.FROM_SCRATCH, "cpu"
    form.steps.value = 40
    assert (form.settings.steps, form.settings.start, form.settings.device) == (40, Start.FROM_SCRATCH, "cpu")
    form.stop.value = "after seconds"
    assert (form.settings.steps, form.settings.seconds) == (None, 60)


@pytest.mark.gui
def test_the_plot_draws_what_it_is_told(annotator):
    annotator.train()
    plot = annotator.section.plot
    annotator.job.tell(*BEGIN)
    annotator.until(lambda: annotator.section.progress.stage.text().startswith("Learning"))
    assert not plot.isVisible()
    annotator.job.tell(*map(learning, range(121, 140)))
    annotator.until(plot.isVisible)
    drawn = plot.grab().toImage().convertToFormat(plot.grab().toImage().Format.Format_RGB32)
    colors = {drawn.pixel(x, y) for x in range(0, drawn.width(), 2) for y in range(drawn.height())}
    assert len(colors) > 20


@pytest.mark.parametrize(
    ("advance", "text"),
    [
        (Advance(Phase.STARTING), "Starting the engine"),
        (Advance(Phase.SENDING, 3, 120), "Sending the video: 3 of 120 MB"),
        (Advance(Phase.LEARNING, 120, 300, 6.52), "Learning: step 120 of ~300 · 6.5 steps/s"),
        (Advance(Phase.LEARNING, 1), "Learning: step 1"),
        (Advance(Phase.PREDICTING, 12, 30, 24.6), "Making masks: frame 12 of 30 · 25 frames/s"),
        (Advance(Phase.TAKING_OVER, 12, 30), "Taking masks over: frame 12 of 30"),
    ],
)
def test_phases_in_words(advance, text):
    assert phase_text(advance) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (2, "a few seconds left"), (41.0, "about 40 s left"), (200, "about 3 min left")],
)
def test_time_left_in_words(seconds, text):
    assert time_left_text(seconds) == text


_MODULES = """
import sys
import mfvis_napari.widgets.main, mfvis_napari.widgets.train
print([name for name in ("torch", "distributed") if name in sys.modules])
"""


def test_the_dock_widget_loads_neither_torch_nor_the_engines_client():
    done = subprocess.run([sys.executable, "-c", _MODULES], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
