"""What belongs to one napari window, and who knows whom."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from napari.viewer import Viewer
from psygnal import Signal

from mfvis_engine.project import Done, Project, ProjectLockedError, ReadOnlyProjectError
from mfvis_napari.layers import LayerSet
from mfvis_napari.messages import Messages
from mfvis_napari.player import Player
from mfvis_napari.preferences import Preferences
from mfvis_napari.requests import Request
from mfvis_napari.session import Session
from mfvis_napari.slices import Slices


class Workspace:
    """One window's open project, with all that works on it.

    Attributes:
        viewer: The window's.
        messages: Where everything says what it has to say.
        slices: For work on the window's thread that takes long.
        session: The open project; None where none is.
        layers: Its layers; None where none is.
        player: Plays the video.
        leaving: Emitted without arguments before the open project is closed, while it can still be used.
        session_changed: Emitted without arguments after a project was opened or closed.
        requested: Emitted with a `Request` by actions that a section of the dock widget carries out.
    """

    leaving = Signal()
    session_changed = Signal()
    requested = Signal(Request)

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.messages = Messages()
        self.slices = Slices()
        self.player = Player()
        self.session: Session | None = None
        self.layers: LayerSet | None = None
        self._is_closed = False
        self._closers: list[Callable[[], object]] = []

    def open_project(self, path: Path) -> Session:
        """Opens a project in the place of the one that is open; for reading where it cannot be written.

        Raises:
            VideoMissingError: Its video is not where it was; `relink` and open again. The open project stays.
            VideoChangedError: What is there is another video. The open project stays.
            ProjectError: As `Project.open`. The open project stays.
            VideoError: The video cannot be read. The open project stays.
        """
        if self.session is not None and self.session.project.path == path.absolute():
            return self.session
        return self._take(_opened(path, self.messages))

    def create_project(self, path: Path, video_path: Path) -> Session:
        """Makes a project for a video and opens it; raises as `create_project` of the engine and `open_project`."""
        from mfvis_engine.actions.creation import create_project

        return self._take(create_project(path, video_path, copy_video=False))

    def close_project(self) -> None:
        """Closes the open project, if any; everything is saved already.

        Raises:
            ProjectStorageError: The disk is full. The project stays open, with what could not be saved.
        """
        if self.session is not None:
            self.session.flush()
            self._leave(self.session)

    def close(self) -> None:
        """Ends everything as the window closes, which takes layers and widgets with it. May be called again."""
        if self._is_closed:
            return
        self._is_closed = True
        session, layers, self.session, self.layers = self.session, self.layers, None, None
        closers = [*self._closers, lambda: self.player.load(None, None), self.slices.finish]
        if layers is not None:
            closers.append(layers.let_go)
        if session is not None:
            closers.append(session.close)
        for closer in closers:  # whatever fails, the project must be open for others
            self.messages.guarded(closer)()

    def at_close(self, closer: Callable[[], object]) -> None:
        """Has `closer` called as the window closes, before the project is closed."""
        self._closers.append(closer)

    def walk(self, changes: Iterator[Done], said: str, nothing: str) -> None:
        """Walks through the pieces of a change in slices, and says what was done: what its first piece is.

        Args:
            changes: Its pieces.
            said: What became of it: "undone".
            nothing: What to say where there is no piece.
        """
        begun: deque[Done] = deque(maxlen=1)

        def steps() -> Iterator[Done]:
            for done in changes:
                if not begun or (done.log_id or 0) < (begun[0].log_id or 0):
                    begun.append(done)
                yield done

        def ended() -> None:
            self.messages.say(f"{said.capitalize()}: {begun[0].summary}" if begun else nothing)

        self.slices.run(steps(), on_error=self.messages.tell_error, on_end=ended)

    def _take(self, project: Project) -> Session:
        with ExitStack() as opened:
            opened.callback(project.close)
            video = project.video()
            opened.callback(video.close)
            self.close_project()
            opened.pop_all()
        self.session = Session(project, video, Preferences.read().default_category)
        self.layers = LayerSet(self.viewer, self.session, self.messages, self._on_layer_removed)
        self.player.load(self.session.view, project.frame_rate)
        self.session_changed.emit()
        return self.session

    def _leave(self, session: Session) -> None:
        self.leaving.emit()
        self.slices.finish()
        layers, self.session, self.layers = self.layers, None, None
        self.player.load(None, None)
        self.session_changed.emit()
        if layers is not None:
            layers.remove()
        session.close()

    def _on_layer_removed(self) -> None:
        if self.session is None:
            return
        name = self.session.project.name
        self._leave(self.session)
        self.messages.say(f"{name} was closed, since one of its layers was removed. Everything is saved.")


def _opened(path: Path, messages: Messages) -> Project:
    try:
        project = Project.open(path)
    except (ProjectLockedError, ReadOnlyProjectError) as error:
        project = Project.open(path, read_only=True)
        messages.tell_error(error)
    for repair in project.repairs:
        messages.say(repair)
    return project
