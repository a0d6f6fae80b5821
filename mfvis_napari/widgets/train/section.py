"""The section "Train"."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget
from superqt import QCollapsible

from mfvis_napari.requests import Request
from mfvis_napari.session import Session
from mfvis_napari.training import Trainer
from mfvis_napari.training.advance import Advance, Phase
from mfvis_napari.training.ending import Ending, HowEnded
from mfvis_napari.training.loss_history import LossHistory
from mfvis_napari.training.past import Past, StoppedRun
from mfvis_napari.widgets.section import Section
from mfvis_napari.widgets.thin_bar import ThinBar
from mfvis_napari.widgets.train.loss_plot import LossPlot
from mfvis_napari.widgets.train.outcome import Outcome, WayOn
from mfvis_napari.widgets.train.settings_form import SettingsForm
from mfvis_napari.widgets.train.words import phase_text, time_left_text
from mfvis_napari.workspace import Workspace

_FULL = 1000
_BUTTON_PX = 34
_WIDEST = "a few seconds left"


class TrainSection(Section):
    """One button; while it trains, how far it is; then, what came of it.

    Attributes:
        trainer: That of the window.
        button: Trains; while it does, cancels.
        pause: Lets the engine wait, and go on.
        stage, left, bar: How far it is.
        plot: How well it learns.
        outcome: How it ended.
        form: What can be chosen.
        where: Engine and device.
    """

    title = "Train"

    def __init__(self, workspace: Workspace, trainer: Trainer) -> None:
        super().__init__(workspace)
        self.trainer = trainer
        self.button, self.pause = QPushButton(), QPushButton("Pause")
        self.stage, self.left, self.bar = QLabel(), QLabel(), ThinBar()
        self.plot, self.outcome, self.form = LossPlot(), Outcome(), SettingsForm()
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
        self.outcome.clear()
        self.plot.hide()
        self._show_idle()

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
        session = self.workspace.session
        if session is not None:
            self.trainer.start(session, self.form.settings)

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
        self.box.addLayout(_row(self.button, self.pause))
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

    def _show_idle(self) -> None:
        self.button.setText("Train again" if self._can_continue else "Train")
        self.button.setToolTip("Learn the masks of all frames from the boxes (T)")
        self.button.setEnabled(True)
        for widget in (self.pause, self.stage, self.left, self.bar):
            widget.hide()

    def _show_running(self) -> None:
        self.outcome.clear()
        self.plot.show_history(None)
        self.button.setText("Cancel")
        self.button.setToolTip("Stop here. Masks that are there stay.")
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
        self.pause.setEnabled(advance.phase in (Phase.READING, Phase.LEARNING, Phase.PREDICTING, Phase.PAUSED))

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
        ways: tuple[WayOn, ...] = ()
        if ending.how is HowEnded.FAILED:
            ways = (self._way("Train again", self.train),)
            if ending.was_elsewhere:
                ways += (self._way("Use this computer instead", self._train_here),)
        self.outcome.say(ending.text, is_good=ending.how is HowEnded.FINISHED, ways=ways)
        if ending.how is HowEnded.FINISHED:
            self.workspace.messages.say(f"{ending.text} Press J to look over those that need it.")

    def _train_here(self) -> None:
        self.trainer.preferences = replace(self.trainer.preferences, engine=None, certificates=None)
        self.show_preferences()
        self.train()

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
