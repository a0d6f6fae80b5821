"""Boxes and masks of other tools into the open project."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mfvis_engine.formats.errors import FormatError
from mfvis_engine.project import Done
from mfvis_napari.actions.action import open_session
from mfvis_napari.memory import Memory
from mfvis_napari.messages import Kind, Message
from mfvis_napari.session import Session
from mfvis_napari.widgets.project.dialogs import Dialogs, Overlap
from mfvis_napari.workspace import Workspace

if TYPE_CHECKING:
    from mfvis_engine.actions.file_import import ImportOptions, ImportReport
    from mfvis_engine.formats import FileSource

ANNOTATION_SUFFIXES = frozenset({".json", ".zip", ".csv", ".txt", ".xml"})

_ASKS_FOR_VIDEO = "choose one of"
"""What the readers of files of several videos say when none was named."""


class Importing:
    """Imports files; the window waits meanwhile, and says so."""

    def __init__(self, workspace: Workspace, dialogs: Dialogs, memory: Memory) -> None:
        self._workspace, self._dialogs, self._memory = workspace, dialogs, memory

    def ask_file(self, folder: Path) -> None:
        """Asks for a file and imports it; raises as `take`."""
        open_session(self._workspace)
        path = self._dialogs.annotations(folder)
        if path is not None:
            self.take(path)

    def ask_folder(self, folder: Path) -> None:
        """Asks for a folder of masks and imports it; raises as `take`."""
        open_session(self._workspace)
        path = self._dialogs.mask_folder(folder)
        if path is not None:
            self.take(path)

    def take(self, path: Path) -> None:
        """Imports a file or folder, in one change that can be undone.

        Raises:
            ActionRefusedError: No project is open.
            FormatError: It cannot be read, or does not fit the video; nothing was changed.
            InvalidFrameError: A box lies past the end of the video; nothing was changed.
            ReadOnlyProjectError: The project is open for reading.
        """
        from mfvis_engine.actions.file_import import ImportOptions
        from mfvis_engine.formats import FileSource

        session = open_session(self._workspace)
        self._memory.last_folder = path.absolute().parent
        session.flush()
        self._workspace.messages.say(f"Importing {path.name}. The window waits until that is done.")
        report = self._imported(session, FileSource(path), ImportOptions())
        if report is None:
            self._workspace.messages.say("Nothing was imported.")
            return
        session.tell(_done(session, path, report))
        self._say(path, report)

    def _imported(self, session: Session, source: "FileSource", options: "ImportOptions") -> "ImportReport | None":
        """The import, asked again until it is done or given up."""
        from mfvis_engine.actions.errors import TracksExistError
        from mfvis_engine.actions.file_import import import_file

        try:
            with self._dialogs.busy():
                return import_file(session.project, source, options)
        except TracksExistError:
            overlap = self._dialogs.overlap(
                f"{source.path.name} and the project have tracks with the same ids and other boxes. Masks that you"
                " edited or verified stay in any case."
            )
            if overlap is None:
                return None
            chosen = replace(options, replace=overlap is Overlap.REPLACE, keep_boxes=overlap is Overlap.KEEP)
            return self._imported(session, source, chosen)
        except FormatError as error:
            if source.video is not None or _ASKS_FOR_VIDEO not in str(error):
                raise
            video = self._dialogs.video_name(str(error))
            return None if video is None else self._imported(session, replace(source, video=video), options)

    def _say(self, path: Path, report: "ImportReport") -> None:
        masks = f", {report.masks.taken} masks" if report.masks else ""
        kept = f", {report.masks.kept} masks stayed as they were" if report.masks and report.masks.kept else ""
        said = f"Read {path.name} as {report.file_format}: {report.box_count} boxes{masks}{kept}."
        if report.doubts:
            self._workspace.messages.said.emit(Message(" ".join([said, *report.doubts]), Kind.REFUSED))
        else:
            self._workspace.messages.say(said)


def _done(session: Session, path: Path, report: "ImportReport") -> Done:
    """The change as far as a report tells: masks of any frame may have changed."""
    tracks, nothing = report.tracks, np.zeros((0, 2), np.int64)
    return Done(
        report.log_id,
        f"import {path.name}",
        tuple(sorted({*tracks.added, *tracks.replaced, *tracks.unchanged, *tracks.kept})),
        np.arange(session.project.length if report.masks else 0, dtype=np.int64),
        nothing,
        nothing,
    )
