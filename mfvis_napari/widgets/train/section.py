"""The section "Train"."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget
from superqt import QCollapsible

from mfvis_napari.memory import Memory
from mfvis_napari.requests import Request
from mfvis_napari.session import Session
from mfvis_napari.training import ModelFacts, ModelSettings, Trainer
from mfvis_napari.training.advance import Advance, Phase
from mfvis_napari.training.ending import Ending, HowEnded, counted
from mfvis_napari.training.engine_work import WorkEnding
from mfvis_napari.training.loss_history import LossHistory
from mfvis_napari.training.past import Past, StoppedRun
from mfvis_napari.widgets.project.dialogs import Dialogs, QtDialogs
from mfvis_napari.widgets.section import Section
from mfvis_napari.widgets.thin_bar import ThinBar
from mfvis_napari.widgets.train.loss_plot import LossPlot
from mfvis_napari.widgets.train.model_choice import ModelChoice
from mfvis_napari.widgets.train.model_panel import ModelPanel
from mfvis_napari.widgets.train.outcome import Outcome, WayOn
from mfvis_napari.widgets.train.settings_form import SettingsForm
from mfvis_napari.widgets.train.words import (
    SEARCH_TIP,
    TRAIN_MINE_TIP,
    TRAIN_TIP,
    UNTRAINED_TIP,
    phase_text,
    time_left_text,
)
from mfvis_napari.workspace import Workspace

_FULL = 1000
_BUTTON_PX = 34
_WIDEST = "a few seconds left"


class TrainSection(Section):
    """One button; while it trains, how far it is; then, what came of it.

    Attributes:
        trainer: That of the window.
        model: Which one is trained: that of the open video, or the person's for many videos.
        button: Trains; while it does, cancels.
        search: Has the model for many videos find objects in the open one.
        pause: Lets the engine wait, and go on.
        stage, left, bar: How far it is.
        plot: How well it learns.
        outcome: How it ended.
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
        self.stage, self.left, self.bar = QLabel(), QLabel(), ThinBar()
        self.plot, self.outcome, self.form = LossPlot(), Outcome(), SettingsForm()
        self.where = QLabel(wordWrap=True)
        self._device = ""
        self._can_continue = self._has_preview = False
        self._again: Callable[[], None] = self.train
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
        self._again = self.train
        if not self.model.is_mine:
            self.trainer.start(session, settings)
            return
        folder, projects = self.panel.folder, self.panel.chosen
        self.trainer.train_model(
            ModelSettings(folder, projects, settings.steps, settings.learn_from_masks, settings.device)
        )
        self.panel.remember()

    def find_objects(self) -> None:
        """Has the model for many videos look at the open one.

        Raises:
            MfvisError: As `Trainer.find_objects`.
        """
        session = self.workspace.session
        if session is not None:
            self._again = self.find_objects
            self.trainer.find_objects(session, self.panel.folder, self.form.settings.device)
            self.plot.hide()

    def _lay_out(self) -> None:
        self.button.setMinimumHeight(_BUTTON_PX)
        self.button.setObjectName("mfvis.train.button")
        self.pause.setMinimumHeight(_BUTTON_PX)
        self.pause.setCheckable(True)
        self.pause.toggled.connect(lambda paused: self.pause.setText("Go on" if paused else "Pause"))
        self.bar.setRange(0, _FULL)
        self.left.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.left.setFixedWidth(self.left.fontMetrics().horizontalAdvance(_WIDEST) * 5 // 4)
        # a new text must not lay the whole dock out again
        self.stage.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.search.setMinimumHeight(_BUTTON_PX)
        self.search.setObjectName("mfvis.train.find")
        self.box.addWidget(self.model)
        buttons = _row(self.button, self.pause)
        buttons.insertWidget(1, self.search, 1)
        self.box.addLayout(buttons)
        self.box.addWidget(self.stage)
        self.box.addLayout(_row(self.bar, self.left))
        for widget in (self.plot, self.outcome):
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
        self.panel.folder_changed.connect(guarded(trainer.ask_model))
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
        self.outcome.clear()
        self.plot.hide()
        self._show_idle()
        if self.workspace.session is not None and self.model.is_mine:
            self.trainer.ask_model(self.panel.folder)

    def _show_model(self, folder: Path, facts: ModelFacts | None) -> None:
        self.panel.show_facts(folder, facts)
        if not self.trainer.is_running:
            self._show_idle()

    def _show_idle(self) -> None:
        mine, is_trained = self.model.is_mine, self.panel.facts is not None
        goes_on = is_trained if mine else self._can_continue
        self.button.setText("Train again" if goes_on else "Train")
        self.button.setToolTip(TRAIN_MINE_TIP if mine else TRAIN_TIP)
        self.button.setEnabled(True)
        self.search.setVisible(mine)
        self.search.setEnabled(is_trained)
        self.search.setToolTip(SEARCH_TIP if is_trained else UNTRAINED_TIP)
        self.model.set_enabled(enabled=True)
        self.form.suit(my_model=mine)
        for widget in (self.pause, self.stage, self.left, self.bar):
            widget.hide()

    def _show_running(self) -> None:
        self.outcome.clear()
        self.plot.show_history(None)
        self.button.setText("Cancel")
        self.button.setToolTip("Stop here. Masks that are there stay.")
        self.search.hide()
        self.model.set_enabled(enabled=False)
        self.pause.setChecked(False)
        self.pause.setEnabled(False)
        self.bar.setValue(0)
        for widget in (self.pause, self.stage, self.left, self.bar):
            widget.show()

    def _show_advance(self, advance: Advance) -> None:
        self.stage.setText(phase_text(advance))
        self.left.setText(time_left_text(advance.seconds_left))
        self.bar.setValue(round(_FULL * advance.fraction))
        stopping = advance.phase is Phase.STOPPING
        self.button.setEnabled(not stopping)
        self.pause.setEnabled(
            advance.phase in (Phase.READING, Phase.LEARNING, Phase.PREDICTING, Phase.SEARCHING, Phase.PAUSED)
        )

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
        ways = self._ways_after(ending, "Train again")
        self.outcome.say(ending.text, is_good=ending.how is HowEnded.FINISHED, ways=ways)
        if ending.how is HowEnded.FINISHED:
            self.workspace.messages.say(f"{ending.text} Press J to look over those that need it.")

    def _show_work_ending(self, ending: WorkEnding) -> None:
        session = self.workspace.session
        self.setEnabled(session is not None)
        self._show_idle()
        ways = self._ways_after(ending, "Try again")
        if ending.known_track_ids and session is not None:
            masks = f"Take over masks of {counted(len(ending.known_track_ids), 'annotated track')}"
            ways += (self._way(masks, partial(self._take_over_known, ending)),)
        self.outcome.say(ending.text, is_good=ending.how is HowEnded.FINISHED, ways=ways)
        if ending.how is HowEnded.FINISHED:
            self.workspace.messages.say(ending.text)
        if session is not None:
            self.trainer.ask_model(self.panel.folder)

    def _take_over_known(self, ending: WorkEnding) -> None:
        session = self.workspace.session
        if session is not None:
            self.outcome.clear()
            said = f"The masks of {counted(len(ending.known_track_ids), 'track')} were taken over."
            then = partial(self.workspace.messages.say, said)
            self.trainer.take_over_known(session, ending.run_id, ending.known_track_ids, then)

    def _ways_after(self, ending: Ending | WorkEnding, again: str) -> tuple[WayOn, ...]:
        ways: tuple[WayOn, ...] = ()
        if ending.how is HowEnded.FAILED:
            ways = (self._way(again, self._again),)
            if ending.was_elsewhere:
                ways += (self._way("Use this computer instead", self._train_here),)
        return ways

    def _train_here(self) -> None:
        self.trainer.preferences = replace(self.trainer.preferences, engine=None, certificates=None)
        self.show_preferences()
        self._again()

    def _show_past(self, past: Past) -> None:
        self._can_continue = past.can_continue
        self._show_idle()
        if past.stopped is not None:
            self._show_stopped(past.stopped)

    def _show_stopped(self, stopped: StoppedRun) -> None:
        ways: tuple[WayOn, ...] = ()
        waiting = len(stopped.waiting_frames)
        text = (
            f"The last training was stopped after {stopped.frame_count} of {stopped.length} frames; masks that were"
            " there are kept."
        )
        if waiting:
            ways = (self._way(f"Take over {waiting} more", partial(self._take_over, stopped)),)
        self.outcome.say(text, is_good=False, ways=ways)

    def _take_over(self, stopped: StoppedRun) -> None:
        session = self.workspace.session
        if session is not None:
            self.outcome.clear()
            said = f"{len(stopped.waiting_frames)} frames were taken over."
            self.trainer.take_over(session, stopped, partial(self.workspace.messages.say, said))

    def _way(self, text: str, go: Callable[[], object]) -> WayOn:
        return WayOn(text, self.workspace.messages.guarded(go))


def _row(first: QWidget, second: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(first, 1)
    row.addWidget(second)
    return row
