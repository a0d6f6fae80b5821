"""The section "Export": masks and boxes into the files of other tools, and what they cost."""

from collections.abc import Callable
from typing import TypeVar

from qtpy.QtCore import QObject, QTimer, Signal  # type: ignore[attr-defined]  # qtpy gives it for every binding
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QScrollArea, QWidget
from superqt import QCollapsible

from mfvis_engine.actions.export import ExportReport
from mfvis_napari.actions.action import ActionRefusedError, open_session
from mfvis_napari.requests import Request
from mfvis_napari.session import Session
from mfvis_napari.widgets.export.background import Background
from mfvis_napari.widgets.export.cost_box import CostBox
from mfvis_napari.widgets.export.export_form import ExportForm
from mfvis_napari.widgets.export.export_result import ExportResult
from mfvis_napari.widgets.export.export_work import ExportCancelledError, ExportWork
from mfvis_napari.widgets.export.targets import files_in_the_way
from mfvis_napari.widgets.section import Section
from mfvis_napari.workspace import Workspace

W = TypeVar("W", bound=QWidget)


class _Progress(QObject):
    """Carries what an export on a thread says to the window's."""

    said = Signal(str)


class ExportSection(Section):
    """Writes files for other tools, and shows what came of it.

    Attributes:
        form: What to write.
        button: Writes it.
        cancel_button: Stops that.
        result: What came of it.
        cost: The cost report.
    """

    title = "Export"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.form, self.result, self.cost = ExportForm(), ExportResult(), CostBox(workspace.messages)
        self._work: ExportWork | None = None
        self._background: Background[ExportReport] = Background(self._on_done, self._on_failed, self)
        self._progress = _Progress(self)
        self.button = self._button("Export", "run", self.export)
        self.button.setAutoDefault(True)  # Enter presses it after Ctrl+E; the space bar plays the video
        self.cancel_button = self._button("Cancel", "cancel", self.cancel)
        self.replace_button = self._button("Replace it", "replace", self._replace)
        self._bar, self._doing, self._question = QProgressBar(), QLabel(), QLabel(wordWrap=True)
        self._asking, self._running = QFrame(), QWidget()
        self._lay_out()
        guarded = workspace.messages.guarded
        self._progress.said.connect(guarded(self._doing.setText))
        self.form.changed.connect(guarded(self._on_form))
        workspace.requested.connect(guarded(self._on_request))

    def bind(self, session: Session | None) -> None:
        """Turns to another project; an export that runs is cancelled."""
        self.cancel()
        self._background.let_go()
        self._work = None
        self.form.load(session)
        self.cost.load(session)
        self.result.hide()
        self._show_state()
        if session is not None:
            session.changed.connect(self.workspace.messages.guarded(lambda done: self.form.show_counts()))

    def export(self) -> None:
        """Writes what the form says; asks before it replaces a file."""
        plan = self.form.plan(open_session(self.workspace), overwrite=False)
        if not self.form.is_complete:
            raise ActionRefusedError("No kind of masks is ticked. Tick those to export, or include all masks.")
        blocking = files_in_the_way(plan.target, plan.file_format)
        if blocking:
            names = " and ".join(path.name for path in blocking)
            self._question.setText(f"{names} {'is' if len(blocking) == 1 else 'are'} there already.")
            self._asking.show()
            return
        self._begin(overwrite=False)

    def cancel(self) -> None:
        """Stops the export, if it is not too late."""
        if self._work is not None and not self._work.is_cancelled:
            self._work.cancel()
            self._doing.setText("Stopping\N{HORIZONTAL ELLIPSIS}")
            self.cancel_button.setEnabled(False)

    def _replace(self) -> None:
        self._begin(overwrite=True)

    def _begin(self, *, overwrite: bool) -> None:
        session = open_session(self.workspace)
        if self._background.is_busy:
            raise ActionRefusedError("An export is under way. Wait for it, or cancel it.")
        session.flush()
        self._work = ExportWork(self.form.plan(session, overwrite=overwrite), self._progress.said.emit)
        self.result.hide()
        self._asking.hide()
        self._doing.setText("Writing\N{HORIZONTAL ELLIPSIS}")
        self._background.run(self._work.run)
        self._show_state()

    def _on_done(self, report: ExportReport) -> None:
        work, self._work = self._work, None
        self._show_state()
        if work is not None:
            self.result.show_report(report, work.plan.file_format)
            late = " It was too late to cancel." if work.is_cancelled else ""
            self.workspace.messages.say(f"Exported {report.path.name}.{late}")

    def _on_failed(self, error: Exception) -> None:
        self._work = None
        self._show_state()
        if isinstance(error, ExportCancelledError):
            self.workspace.messages.say(str(error))
        else:
            self.workspace.messages.tell_error(error)

    def _on_form(self) -> None:
        self._asking.hide()
        self.button.setEnabled(self.form.is_complete)

    def _on_request(self, request: Request) -> None:
        if request is Request.EXPORT:
            folded = _ancestor(self, QCollapsible)
            if folded is not None:
                folded.expand(animate=False)
            QTimer.singleShot(0, self._come_into_view)

    def _come_into_view(self) -> None:
        scroll = _ancestor(self, QScrollArea)
        if scroll is not None:
            scroll.ensureWidgetVisible(self.form)
            scroll.ensureWidgetVisible(self.button)
        self.button.setFocus()

    def _show_state(self) -> None:
        is_busy = self._background.is_busy
        self._running.setVisible(is_busy)
        self.cancel_button.setEnabled(True)
        self.button.setVisible(not is_busy)
        self.form.setEnabled(not is_busy)
        if not is_busy:
            self._asking.hide()

    def _button(self, text: str, name: str, run: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"mfvis.export.{name}")
        guarded = self.workspace.messages.guarded(run)
        button.clicked.connect(lambda: guarded())
        return button

    def _lay_out(self) -> None:
        self._bar.setRange(0, 0)
        self._bar.setMaximumHeight(8)
        self._bar.setTextVisible(False)
        running = QHBoxLayout(self._running)
        running.setContentsMargins(0, 0, 0, 0)
        running.addWidget(self._doing, 2)
        running.addWidget(self._bar, 1)
        running.addWidget(self.cancel_button)
        keep = self._button("Keep it", "keep", self._asking.hide)
        asking = QHBoxLayout(self._asking)
        asking.setContentsMargins(0, 0, 0, 0)
        asking.addWidget(self._question, 1)
        asking.addWidget(self.replace_button)
        asking.addWidget(keep)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        for part in (self.form, self.button, self._asking, self._running, self.result, line, self.cost):
            self.box.addWidget(part)
        self._show_state()


def _ancestor(widget: QWidget, kind: type[W]) -> W | None:
    """The nearest widget around this one that is of a kind."""
    parent = widget.parentWidget()
    while parent is not None and not isinstance(parent, kind):
        parent = parent.parentWidget()
    return parent
