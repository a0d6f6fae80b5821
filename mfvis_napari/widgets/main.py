"""The dock widget "Mask-free VIS"."""

from collections.abc import Callable

from napari.viewer import Viewer
from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

from mfvis_napari import napari_private
from mfvis_napari.actions.action import Action
from mfvis_napari.actions.catalogue import ACTIONS
from mfvis_napari.actions.keys import Keys
from mfvis_napari.widgets.activity import ActivityWatch
from mfvis_napari.widgets.message_line import MessageLine
from mfvis_napari.widgets.section import Section
from mfvis_napari.workspace import Workspace


class MaskFreeVis(QWidget):
    """The annotator: what belongs to one napari window, from opening a video to the export.

    Attributes:
        workspace: The open project, and all that works on it.
        keys: The keys of this window.
        sections: In the order of the work.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        self.workspace = Workspace(napari_viewer)
        self.sections = _sections(self.workspace)
        self._lay_out()
        self._closing = QTimer(self, singleShot=True, interval=0)
        self._closing.timeout.connect(self._shut_down_if_closed)
        self.destroyed.connect(_closer(self.workspace))
        window = napari_private.window_of(napari_viewer)  # not kept: it would outlive its closing
        window.installEventFilter(self)
        ActivityWatch(window, self._touch)
        self.keys = Keys(window, ACTIONS, self._run, {})
        self.workspace.session_changed.connect(self._on_session)
        self._on_session()
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.shut_down)

    def shut_down(self) -> None:
        """Closes the project and ends what runs; everything is saved already. May be called again."""
        self.workspace.messages.guarded(self.workspace.close)()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802 - Qt's name
        """Shuts down once the window has closed: at this event it may still be asked whether it should."""
        if event is not None and event.type() == QEvent.Type.Close:
            self._closing.start()
        return False

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(2)
        for section in self.sections:
            column.addWidget(section.folded())
        column.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(MessageLine(self.workspace.messages))
        outer.addWidget(scroll, 1)

    def _shut_down_if_closed(self) -> None:
        if not self.window().isVisible():
            self.shut_down()

    def _touch(self) -> None:
        if self.workspace.session is not None:
            self.workspace.session.work.touch()

    def _run(self, action: Action) -> None:
        self._touch()
        self.workspace.messages.guarded(action.run)(self.workspace)

    def _on_session(self) -> None:
        self.keys.set_enabled(self.workspace.session is not None)


def _sections(workspace: Workspace) -> tuple[Section, ...]:
    """In the order of the work."""
    return ()


def _closer(workspace: Workspace) -> Callable[..., object]:
    """Closes a workspace when its widget is gone: no method of the widget could be called then."""
    close = workspace.messages.guarded(workspace.close)
    return lambda *_: close()
