"""The dock widget "Mask-free VIS"."""

from collections.abc import Callable

from napari.viewer import Viewer
from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

from mfvis_engine.errors import MfvisError
from mfvis_napari import napari_private
from mfvis_napari.actions.action import Action
from mfvis_napari.actions.catalogue import ACTIONS, LEFT_TO_PAINTING
from mfvis_napari.actions.keys import Keys
from mfvis_napari.memory import Memory
from mfvis_napari.messages import Kind, Message
from mfvis_napari.preferences import Preferences
from mfvis_napari.requests import Request
from mfvis_napari.training import Trainer, TrainingPreferences
from mfvis_napari.widgets.activity import ActivityWatch
from mfvis_napari.widgets.export import ExportSection
from mfvis_napari.widgets.help import HelpPanel
from mfvis_napari.widgets.message_line import MessageLine
from mfvis_napari.widgets.project import Adoption, ProjectSection
from mfvis_napari.widgets.project.dropping import DropTarget
from mfvis_napari.widgets.review import ReviewSection
from mfvis_napari.widgets.section import Section
from mfvis_napari.widgets.timeline import Timeline
from mfvis_napari.widgets.tracks import TracksSection
from mfvis_napari.widgets.train import TrainSection
from mfvis_napari.workspace import Workspace

_TITLE_HANGS_OVER_PX = 6
"""napari's title bar of a dock is higher than the room that Qt leaves for it."""


class MaskFreeVis(QWidget):
    """The annotator: what belongs to one napari window, from opening a video to the export.

    Attributes:
        workspace: The open project, and all that works on it.
        memory: What the window remembers from one day to the next.
        trainer: Has masks learned.
        project, tracks, train, review, export: The sections, in the order of the work.
        timeline: In a dock of its own, below the picture.
        keys: The keys of this window.
        help: The window that shows them.
    """

    def __init__(self, napari_viewer: Viewer) -> None:
        super().__init__()
        viewer = napari_private.unproxied(napari_viewer)
        self.workspace = Workspace(viewer)
        self.memory = Memory()
        self.trainer = Trainer(self.workspace.slices, self.workspace.messages)
        self.project = ProjectSection(self.workspace, self.memory)
        self.tracks = TracksSection(self.workspace)
        self.train = TrainSection(self.workspace, self.trainer, self.memory)
        self.review = ReviewSection(self.workspace)
        self.export = ExportSection(self.workspace)
        self._lay_out()
        window = napari_private.window_of(viewer)  # not kept: it would outlive its closing
        self.keys = Keys(window, ACTIONS, self._run, self.memory.own_keys)
        self.help = HelpPanel(self.keys, self.memory, self.workspace.messages, self)
        self.timeline = Timeline(self.workspace, self.keys.keys)
        viewer.window.add_dock_widget(self.timeline, name="Timeline", area="bottom")
        self._closing = QTimer(self, singleShot=True, interval=0)
        self._was_kept_open = False
        self._follow(viewer, window)
        self._on_session()

    def shut_down(self) -> None:
        """Closes the project and ends what runs; everything is saved already. May be called again."""
        self.workspace.messages.guarded(self.workspace.close)()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802 - Qt's name
        """Shuts down once the window has closed: at this event it may still be asked whether it should.

        Where the disk is full and painted masks cannot be saved, the window closes only when that is asked once more.
        """
        if event is not None and event.type() == QEvent.Type.Close:
            if not self._is_saved() and not self._was_kept_open:
                self._was_kept_open = True
                event.ignore()
                return True
            self._closing.start()
        return False

    @property
    def sections(self) -> tuple[Section, ...]:
        """In the order of the work."""
        return self.project, self.tracks, self.train, self.review, self.export

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(2)
        for section in self.sections:
            column.addWidget(section.folded(self.memory))
        column.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, _TITLE_HANGS_OVER_PX, 0, 0)
        outer.addWidget(MessageLine(self.workspace.messages))
        outer.addWidget(scroll, 1)
        bar = scroll.verticalScrollBar()
        self.setMinimumWidth(inner.minimumSizeHint().width() + (bar.sizeHint().width() if bar else 0))

    def _follow(self, viewer: Viewer, window: QWidget) -> None:
        """Connects what has to know of the window, and of what happens elsewhere in it."""
        guarded = self.workspace.messages.guarded
        window.installEventFilter(self)
        ActivityWatch(window, self._touch)
        self._closing.timeout.connect(self._shut_down_if_closed)
        adoption = Adoption(self.workspace, self.project.opening)
        DropTarget(self, guarded(self.project.take))
        on_active = guarded(self._on_active_layer)
        viewer.layers.selection.events.active.connect(on_active)
        self.workspace.leaving.connect(guarded(self.trainer.leave))
        self.workspace.session_changed.connect(guarded(self._on_session))
        self.workspace.requested.connect(guarded(self._on_request))
        self.trainer.work_ended.connect(guarded(lambda _: self.review.proposals.refresh()))
        self.keys.changed.connect(guarded(self._show_keys))
        self.workspace.at_close(lambda: viewer.layers.selection.events.active.disconnect(on_active))
        self.workspace.at_close(adoption.close)
        self.workspace.at_close(self.trainer.close)
        self.workspace.at_close(self.review.surveyor.stop)
        self.destroyed.connect(_closer(self.workspace))
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.shut_down)

    def _is_saved(self) -> bool:
        session = self.workspace.session
        try:
            if session is not None:
                session.flush()
        except MfvisError as error:
            said = f"{error} The window stays open. Closed once more, it takes with it what is not saved."
            self.workspace.messages.said.emit(Message(said, Kind.REFUSED, error))
            return False
        except Exception as error:  # Qt calls this, and would only print it
            self.workspace.messages.tell_error(error)
            return False
        self._was_kept_open = False
        return True

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
        preferences = Preferences.read()
        self.trainer.preferences = TrainingPreferences(preferences.engine, preferences.certificates, preferences.device)
        self.train.show_preferences()
        self.keys.set_enabled(self.workspace.session is not None)
        self._on_active_layer()

    def _on_active_layer(self, *_: object) -> None:
        layers = self.workspace.layers
        is_painting = layers is not None and self.workspace.viewer.layers.selection.active is layers.masks.layer
        self.keys.give_back(LEFT_TO_PAINTING if is_painting else ())

    def _on_request(self, request: Request) -> None:
        if request is Request.HELP:
            self.help.show_help()

    def _show_keys(self) -> None:
        self.tracks.show_keys(self.keys.keys)


def _closer(workspace: Workspace) -> Callable[..., object]:
    """Closes a workspace when its widget is gone: no method of the widget could be called then."""
    close = workspace.messages.guarded(workspace.close)
    return lambda *_: close()
