"""The section "Train"."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton
from superqt import QCollapsible

from mfvis_napari.memory import Memory
from mfvis_napari.requests import Request
from mfvis_napari.session import Session
from mfvis_napari.training import ModelFacts, ModelSettings, SearchSettings, Trainer
from mfvis_napari.training.advance import Advance, Phase
from mfvis_napari.training.ending import Ending
from mfvis_napari.training.engine_work import WorkEnding
from mfvis_napari.training.loss_history import LossHistory
from mfvis_napari.training.past import Past
from mfvis_napari.widgets.project.dialogs import Dialogs, QtDialogs
from mfvis_napari.widgets.section import Section
from mfvis_napari.widgets.train.aftermath import Aftermath
from mfvis_napari.widgets.train.loss_plot import LossPlot
from mfvis_napari.widgets.train.model_choice import ModelChoice
from mfvis_napari.widgets.train.model_panel import ModelPanel
from mfvis_napari.widgets.train.progress import Progress
from mfvis_napari.widgets.train.settings_form import SettingsForm
from mfvis_napari.widgets.train.words import (
    SEARCH_TIP,
    TRAIN_MINE_TIP,
    TRAIN_TIP,
    UNTRAINED_TIP,
)
from mfvis_napari.workspace import Workspace

_BUTTON_PX = 34
_CAN_PAUSE = (Phase.READING, Phase.LEARNING, Phase.PREDICTING, Phase.SEARCHING, Phase.PAUSED)


class TrainSection(Section):
    """One button; while it trains, how far it is; then, what came of it.

    Attributes:
        trainer: That of the window.
        model: Which one is trained: that of the open video, or the person's for many videos.
        button: Trains; while it does, cancels.
        search: Has the model for many videos find objects in the open one.
        pause: Lets the engine wait, and go on.
        progress: How far it is.
        plot: How well it learns.
        aftermath: How it ended.
        form: What can be chosen.
        where: Engine and device.
    """

    title = "Train"

    def __init__(
        self, workspace: Workspace, trainer: Trainer, memory: Memory | None = None, dialogs: Dialogs | None = None
    ) -> None:
        super().__init__(workspace)
        memory, dialogs = memory or Memory(), dialogs or QtDialogs(self)
        self.trainer = trainer
        self.panel = ModelPanel(memory, dialogs, workspace.messages)
        self.model = ModelChoice(self.panel, memory)
        self.button, self.search, self.pause = QPushButton(), QPushButton("Find objects"), QPushButton("Pause")
        self.progress, self.plot, self.form = Progress(), LossPlot(), SettingsForm()
        self.aftermath = Aftermath(workspace, trainer, self.show_preferences)
        self.aftermath.again = self.train
        self.where = QLabel(wordWrap=True)
        self._device = ""
        self._can_continue = self._has_preview = False
        self._lay_out()
        self._connect()
        self.show_preferences()
        self._show_idle()

    def bind(self, session: Session | None) -> None:
        """See `Section`."""
        self.trainer.bind(session)
        self._can_continue = self._has_preview = False
        self.panel.show_project(session)
        if session is not None:
            note_boxes = partial(self.panel.note_boxes, session)
            session.changed.connect(self.workspace.messages.guarded(lambda _: note_boxes()))
        if self.trainer.is_running:  # a model for many videos
            self.setEnabled(True)
            return
        self._show_new()

    def show_preferences(self) -> None:
        """Shows the trainer's preferences, which may have changed."""
        self.form.show_preferences(self.trainer.preferences)
        self._device = ""
        self._show_where()

    def train(self) -> None:
        """Begins a training with what is chosen.

        Raises:
            MfvisError: As `Trainer.start`.
        """
        session, settings = self.workspace.session, self.form.settings
        if session is None:
            return
        self.aftermath.again = self.train
        if not self.model.is_mine:
            self.trainer.start(session, settings)
            return
        place, projects = self.panel.place, self.panel.chosen
        self.trainer.train_model(
            ModelSettings(
                place.folder, projects, place.start, settings.steps, settings.learn_from_masks, settings.device
            )
        )
        self.panel.remember()

    def find_objects(self) -> None:
        """Has the model for many videos look at the open one.

        Raises:
            MfvisError: As `Trainer.find_objects`.
        """
        session = self.workspace.session
        if session is not None:
            self.aftermath.again = self.find_objects
            place, min_score = self.panel.place, self.panel.min_score.value()
            self.trainer.find_objects(
                session, SearchSettings(place.path, place.class_text, min_score, self.form.settings.device)
            )
            self.plot.hide()

    def _lay_out(self) -> None:
        self.button.setObjectName("mfvis.train.button")
        self.search.setObjectName("mfvis.train.find")
        self.pause.setCheckable(True)
        self.pause.toggled.connect(lambda paused: self.pause.setText("Go on" if paused else "Pause"))
        self.box.addWidget(self.model)
        buttons = QHBoxLayout()
        for button, stretch in ((self.button, 1), (self.search, 1), (self.pause, 0)):
            button.setMinimumHeight(_BUTTON_PX)
            buttons.addWidget(button, stretch)
        self.box.addLayout(buttons)
        for widget in (self.progress, self.plot, self.aftermath.outcome):
            self.box.addWidget(widget)
        settings = QCollapsible("Settings")
        settings.setContent(self.form)
        settings.collapse(animate=False)
        self.box.addWidget(settings)
        self.box.addWidget(self.where)
        self.plot.hide()

    def _connect(self) -> None:
        guarded, trainer = self.workspace.messages.guarded, self.trainer
        self.button.clicked.connect(guarded(lambda _=False: self._press()))
        self.search.clicked.connect(guarded(lambda _=False: self.find_objects()))
        self.model.changed.connect(guarded(self._show_new))
        self.panel.place.changed.connect(guarded(trainer.ask_model))
        trainer.work_ended.connect(guarded(self._show_work_ending))
        trainer.model_told.connect(guarded(self._show_model))
        self.pause.clicked.connect(guarded(lambda _=False: self._pause_or_resume()))
        self.workspace.requested.connect(guarded(self._asked))
        trainer.started.connect(guarded(self._show_running))
        trainer.advanced.connect(guarded(self._show_advance))
        trainer.device_told.connect(guarded(self._show_device))
        trainer.losses_told.connect(guarded(self._show_losses))
        trainer.previewed.connect(guarded(self._show_preview))
        trainer.frames_accepted.connect(guarded(lambda *_: self._clear_preview()))
        trainer.warned.connect(guarded(self.workspace.messages.say))
        trainer.ended.connect(guarded(self._show_ending))
        trainer.past_told.connect(guarded(self._show_past))

    def _asked(self, request: Request) -> None:
        if request is Request.TRAIN:
            self.train()

    def _press(self) -> None:
        if self.trainer.is_running:
            self.trainer.cancel()
        else:
            self.train()

    def _pause_or_resume(self) -> None:
        if self.pause.isChecked():
            self.trainer.pause()
        else:
            self.trainer.resume()

    def _show_new(self) -> None:
        """Shows that nothing has gone on yet, with another project or model."""
        self.aftermath.outcome.clear()
        self.plot.hide()
        self._show_idle()
        if self.workspace.session is not None and self.model.is_mine:
            self.trainer.ask_model(self.panel.place.path)

    def _show_model(self, path: Path, facts: ModelFacts | None) -> None:
        self.panel.place.show_facts(path, facts)
        if not self.trainer.is_running:
            self._show_idle()

    def _show_idle(self) -> None:
        mine, facts = self.model.is_mine, self.panel.place.facts
        is_there, is_own = facts is not None, facts is not None and facts.trained is not None
        goes_on = is_own if mine else self._can_continue
        self.button.setText("Train again" if goes_on else "Train")
        self.button.setToolTip(TRAIN_MINE_TIP if mine else TRAIN_TIP)
        self.button.setEnabled(True)
        self.search.setVisible(mine)
        self.search.setEnabled(is_there)
        self.search.setToolTip(SEARCH_TIP if is_there else UNTRAINED_TIP)
        self.model.set_enabled(enabled=True)
        self.form.suit(my_model=mine)
        self.pause.hide()
        self.progress.hide()

    def _show_running(self) -> None:
        self.aftermath.outcome.clear()
        self.plot.show_history(None)
        self.button.setText("Cancel")
        self.button.setToolTip("Stop here. Masks that are there stay.")
        self.search.hide()
        self.model.set_enabled(enabled=False)
        self.pause.setChecked(False)
        self.pause.setEnabled(False)
        self.pause.show()
        self.progress.begin()

    def _show_advance(self, advance: Advance) -> None:
        self.progress.show_advance(advance)
        self.button.setEnabled(advance.phase is not Phase.STOPPING)
        self.pause.setEnabled(advance.phase in _CAN_PAUSE)

    def _show_device(self, device: str) -> None:
        self._device = device
        self._show_where()

    def _show_where(self) -> None:
        on = f"Engine: {self.trainer.preferences.place}"
        self.where.setText(f"{on} · {self._device}" if self._device else on)

    def _show_losses(self, history: LossHistory) -> None:
        self.plot.show_history(history)
        self.plot.setVisible(len(history) > 1)

    def _show_preview(self, frame_index: int, labels: NDArray[np.uint16]) -> None:
        if self.workspace.layers is not None:
            self.workspace.layers.proposals.show(frame_index, labels)
            self._has_preview = True

    def _clear_preview(self) -> None:
        if self._has_preview and self.workspace.layers is not None:
            self.workspace.layers.proposals.clear()
        self._has_preview = False

    def _show_ending(self, ending: Ending) -> None:
        self._clear_preview()
        self._show_idle()
        self.aftermath.tell(ending)

    def _show_work_ending(self, ending: WorkEnding) -> None:
        session, place = self.workspace.session, self.panel.place
        self.setEnabled(session is not None)
        self._show_idle()
        self.aftermath.tell_work(ending)
        if ending.model is not None:
            place.go_to(ending.model)
        elif session is not None:
            self.trainer.ask_model(place.path)

    def _show_past(self, past: Past) -> None:
        self._can_continue = past.can_continue
        self._show_idle()
        if past.stopped is not None:
            self.aftermath.tell_stopped(past.stopped)
