"""Looking a whole project over, without changing anything."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from mfvis_engine.project import layout
from mfvis_engine.project.check_database import database_findings, pending_findings
from mfvis_engine.project.check_masks import frame_findings, open_chunks
from mfvis_engine.project.check_runs import run_findings
from mfvis_engine.project.database import Database
from mfvis_engine.project.errors import (
    NewerProjectError,
    NotAProjectError,
    ProjectDamagedError,
    ProjectError,
    ProjectVideoError,
)
from mfvis_engine.project.files import PARTIAL
from mfvis_engine.project.findings import CheckReport, Finding, Severity, reason_of
from mfvis_engine.project.header import ProjectHeader, is_sealed
from mfvis_engine.project.mask_chunks import MaskChunks
from mfvis_engine.video import VideoError

_BACKUP = "Restore {} from a backup."
_PATIENCE_S = 1.0
"""What a writer leaves for longer than this between two steps, it has left for good."""

_PIECES = (layout.DATABASE, "masks")
"""By one of these a folder is known for a project that has lost its `zarr.json`."""


def check_project(path: Path | str, progress: Callable[[int, int], None] = lambda done, total: None) -> CheckReport:
    """Looks at every piece of a project: header, video, database, log, every frame of masks, runs, leftovers.

    Nothing is changed (SQLite may leave its own empty `-wal` and `-shm` beside the database). The project may be open
    in another process and be written meanwhile, and it may be damaged: whatever can still be looked at is.

    Args:
        path: The folder; `.mfvis` may be left out.
        progress: Called with the number of frames that were looked at, and of all frames.

    Raises:
        NotAProjectError: There is no project at `path`.
        NewerProjectError: It was written by a newer version.
    """
    given = Path(path).absolute()
    folder = layout.found(given)
    if not any((folder / piece).exists() for piece in _PIECES):
        layout.open_group(folder, read_only=True)  # which says what is missing
    return _Check(folder, progress).report()


class _Check:
    """Walks through the pieces of a project; what cannot be opened is a finding, and stays None."""

    def __init__(self, folder: Path, progress: Callable[[int, int], None]) -> None:
        self._folder = folder
        self._progress = progress
        self._header: ProjectHeader | None = None
        self._chunks: MaskChunks | None = None
        self._frame_count = 0

    def report(self) -> CheckReport:
        findings = [
            *self._header_findings(),
            *self._video_findings(),
            *self._masks_findings(),
            *self._database_findings(),
            *run_findings(self._folder / layout.RUNS, None if self._chunks is None else self._chunks.shape),
            *self._leftover_findings(),
        ]
        findings.sort(key=lambda finding: list(Severity).index(finding.severity))
        return CheckReport(self._folder, self._frame_count, tuple(findings))

    def _header_findings(self) -> Iterator[Finding]:
        path = self._folder / "zarr.json"
        try:
            group = layout.open_group(self._folder, read_only=True)
            self._header = layout.read_header(self._folder, group)
        except (ProjectDamagedError, NotAProjectError) as error:
            what = f"The project's header cannot be read: {reason_of(error)}"
            yield Finding(Severity.DAMAGE, what, str(path), _BACKUP.format("the file"))
            return
        if not is_sealed(group.attrs.asdict()):
            yield Finding(
                Severity.WARNING,
                "The project's header is not as the program wrote it.",
                str(path),
                "If nobody changed it by hand, restore the file from a backup; else link the video anew.",
            )

    def _video_findings(self) -> Iterator[Finding]:
        if self._header is None:
            return
        video = self._header.video
        try:
            with closing(video.open(self._folder)):
                return
        except (ProjectVideoError, VideoError, OSError) as error:
            where = video.relative_path or video.absolute_path or ""
            yield Finding(Severity.WARNING, str(error), where, "Everything but the pictures can be used without it.")

    def _masks_findings(self) -> Iterator[Finding]:
        path = self._folder / "masks" / "zarr.json"
        try:
            chunks = open_chunks(self._folder)
        except ProjectDamagedError as error:
            what = f"The array of masks cannot be read: {reason_of(error)}"
            yield Finding(Severity.DAMAGE, what, str(path), _BACKUP.format("the file"))
            return
        if self._header is not None and chunks.shape != self._header.video.shape:
            what = f"The masks have shape {chunks.shape}, the video {self._header.video.shape}."
            yield Finding(Severity.DAMAGE, what, str(path), _BACKUP.format("zarr.json and masks/zarr.json"))
            return
        self._chunks = chunks

    def _database_findings(self) -> Iterator[Finding]:
        path = self._folder / layout.DATABASE
        if not path.exists():
            what = "The annotations are missing."
            yield Finding(Severity.DAMAGE, what, str(path), _BACKUP.format("the file"))
        else:
            yield from database_findings(path, None if self._header is None else self._header.video.length)
        if self._chunks is None:
            return
        self._frame_count = self._chunks.length
        try:
            database = Database.open(path, self._chunks, read_only=True)
        except NewerProjectError:
            raise
        except ProjectError:  # which was found above
            yield from frame_findings(self._chunks, None, self._progress)
            return
        with closing(database):
            yield from pending_findings(database, self._chunks)
            yield from frame_findings(self._chunks, database, self._progress)

    def _leftover_findings(self) -> Iterator[Finding]:
        found = list(self._folder.rglob(f"*{PARTIAL}"))
        if found:
            time.sleep(_PATIENCE_S)
        for path in found:
            if path.exists():
                yield Finding(
                    Severity.WARNING,
                    "Left behind by a process that was interrupted.",
                    str(path),
                    "Delete it when no other process has the project open.",
                )
