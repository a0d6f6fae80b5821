"""The ways to open something, from the question to the open project."""

import errno
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mfvis_engine.errors import MfvisError
from mfvis_engine.project import Project, ProjectVideoError, VideoChangedError, VideoReference
from mfvis_engine.project.lock import ProjectLock
from mfvis_engine.video import TruncatedVideoWarning, VideoError
from mfvis_napari.actions.action import open_session
from mfvis_napari.memory import Memory
from mfvis_napari.messages import Kind, Message
from mfvis_napari.remedies import words_of
from mfvis_napari.session import Session
from mfvis_napari.widgets.project.dialogs import Dialogs, LostVideo
from mfvis_napari.widgets.project.places import find_project, free_place, is_project
from mfvis_napari.workspace import Workspace

SAMPLE_PROJECT = "moving animals.mfvis"

_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class OpeningError(MfvisError):
    """Something cannot be opened or made; the message says why and what to do."""


class Opening:
    """Opens videos and projects in a window. Whatever fails or is cancelled, the open project stays as it was.

    Its methods answer with the session that is open then, or None where the person cancelled.
    """

    def __init__(self, workspace: Workspace, dialogs: Dialogs, memory: Memory) -> None:
        self._workspace, self._dialogs, self._memory = workspace, dialogs, memory

    @property
    def folder(self) -> Path:
        """Where dialogs begin."""
        return self._memory.last_folder or _documents()

    def ask_video(self) -> Session | None:
        """Asks for a video file and opens it."""
        path = self._dialogs.video(self.folder)
        return None if path is None else self.open_path(path)

    def ask_video_folder(self) -> Session | None:
        """Asks for a folder of pictures or a zarr array and opens it."""
        path = self._dialogs.video_folder(self.folder)
        return None if path is None else self.open_path(path)

    def ask_project(self) -> Session | None:
        """Asks for a project and opens it."""
        path = self._dialogs.project(self.folder)
        return None if path is None else self.open_project(path)

    def open_path(self, path: Path) -> Session | None:
        """Opens a project or a video, whichever it is; raises as `open_project` and `open_video`."""
        return self.open_project(path) if is_project(path) else self.open_video(path)

    def open_video(self, video_path: Path) -> Session | None:
        """Opens the project of a video; makes it, beside the video if that can be, where there is none.

        Raises:
            OpeningError: The disk refuses.
            VideoError: The video cannot be read.
            ProjectError: There is a project beside it that cannot be opened.
        """
        self._memory.last_folder = video_path.absolute().parent
        present = find_project(video_path, self._memory.recent_projects)
        if present is not None:
            return self.open_project(present, video_path)
        return self._create(free_place(video_path), video_path)

    def open_project(self, path: Path, video_path: Path | None = None) -> Session | None:
        """Opens a project; asks for its video where that is not where it was.

        Args:
            path: The project.
            video_path: Where its video may be now; None where nobody said.

        Raises:
            ProjectError: It cannot be opened.
            VideoError: Its video cannot be read.
        """
        try:
            with self._dialogs.busy(), self._telling_warnings():
                session = self._workspace.open_project(path)
        except ProjectVideoError as error:
            if not self._relink(path, error, video_path):
                return None
            with self._dialogs.busy(), self._telling_warnings():
                session = self._workspace.open_project(path)
        return self._opened(session)

    def open_sample(self) -> Session | None:
        """Opens the sample project, made with the sample's boxes in a folder that the person chooses.

        Raises:
            OpeningError: The disk refuses.
            SampleMissingError: The installation is incomplete.
            ProjectError: There is a project of that name that cannot be opened.
        """
        folder = self._dialogs.sample_folder(self.folder)
        if folder is None:
            return None
        self._memory.last_folder = folder
        path = folder / SAMPLE_PROJECT
        if not is_project(path):
            with self._dialogs.busy(), _plain_errors(path):
                _make_sample(path)
        return self.open_project(path)

    def retry_for_writing(self) -> Session:
        """Opens the open project again, for writing, at the same place in the video.

        Raises:
            ProjectLockedError: It is still open elsewhere; it stays open for reading.
            ReadOnlyProjectError: Its folder still cannot be written; it stays open for reading.
        """
        before = open_session(self._workspace)
        path, frame_index, track_ids = before.project.path, before.view.frame_index, before.view.track_ids
        ProjectLock(path).release()
        self._workspace.close_project()
        session = self._workspace.open_project(path)
        session.view.frame_index = frame_index
        session.view.select(track_ids)
        return session

    def _create(self, place: Path, video_path: Path) -> Session | None:
        try:
            with self._dialogs.busy(), self._telling_warnings(), _plain_errors(place):
                return self._opened(self._workspace.create_project(place, video_path))
        except NoPlaceError as error:
            chosen = self._dialogs.project_place(free_place(_documents() / video_path.name), str(error))
            return None if chosen is None else self._create(chosen, video_path)

    def _relink(self, path: Path, error: ProjectVideoError, video_path: Path | None) -> bool:
        """Has the project refer to its video where that is now; says whether a person found it."""
        with Project.open(path, read_only=True) as project:
            name, reference = project.name, project.video_reference
        lost = LostVideo(name, _place_of(reference, path), _lost_words(error, reference, path))
        while True:
            found = video_path or self._dialogs.lost_video(lost, self.folder)
            if found is None:
                return False
            self._memory.last_folder, video_path = found.absolute().parent, None
            try:
                self._refer_to(path, found)
            except (VideoChangedError, VideoError) as refused:
                lost = LostVideo(name, lost.place, words_of(refused))
            else:
                return True

    def _refer_to(self, path: Path, video_path: Path) -> None:
        with self._dialogs.busy(), Project.open(path) as project:
            before = project.video_reference.fingerprint
            project.relink_video(video_path)
            is_same = project.video_reference.fingerprint == before
        if not is_same:
            self._warn(
                f"{video_path.name} is not the file that the project was made for, although its frames have the same"
                " number and size. Look whether boxes and masks still fit."
            )

    def _opened(self, session: Session) -> Session:
        self._memory.remember_project(session.project.path)
        self._workspace.viewer.reset_view()
        return session

    @contextmanager
    def _telling_warnings(self) -> Iterator[None]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", TruncatedVideoWarning)
            yield
        for warning in caught:
            if issubclass(warning.category, TruncatedVideoWarning):
                self._warn(str(warning.message))
            else:
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)

    def _warn(self, text: str) -> None:
        self._workspace.messages.said.emit(Message(text, Kind.REFUSED))


class NoPlaceError(OpeningError):
    """Nothing can be written where a project was to be made."""


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    """What the disk refuses, in words."""
    try:
        yield
    except OSError as error:
        if isinstance(error, MfvisError):
            raise
        why = error.strerror or error
        if error.errno in _REFUSED:
            raise NoPlaceError(f"{path.parent} cannot be written ({why}). Choose another folder.") from error
        raise OpeningError(f"{path} cannot be made ({why}). Make room on the disk, or choose another.") from error


def _make_sample(path: Path) -> None:
    from mfvis_engine.actions.box_import import BoxSource, import_boxes
    from mfvis_engine.sample import sample_clip

    sample = sample_clip()
    with Project.create(path, sample.video_path, copy_video=True) as project:
        import_boxes(project, BoxSource(sample.boxes_path))


def _place_of(reference: VideoReference, path: Path) -> Path:
    return Path(reference.absolute_path or path / (reference.relative_path or ""))


def _lost_words(error: ProjectVideoError, reference: VideoReference, path: Path) -> str:
    place = _place_of(reference, path)
    if isinstance(error, VideoChangedError):
        return f"What lies at {place} is not the video that the project was made for: its size or content differs."
    return f"It was {place}, and is not there any more. Boxes and masks are safe."


def _documents() -> Path:
    """The folder for what a person makes."""
    documents = Path.home() / "Documents"
    return documents if documents.is_dir() and os.access(documents, os.W_OK) else Path.home()
