"""A consistent copy of a project, also while a person works in it."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from mfvis_engine.project import layout, migrations
from mfvis_engine.project.check import check_project
from mfvis_engine.project.database import Database, connect_to_read
from mfvis_engine.project.errors import ProjectBackupError, ProjectDamagedError, ProjectExistsError
from mfvis_engine.project.files import PARTIAL, built_aside, make_folder, patiently
from mfvis_engine.project.findings import CheckReport
from mfvis_engine.project.header import HEADER_KEY, ProjectHeader
from mfvis_engine.project.mask_chunks import MaskChunks
from mfvis_engine.project.masks import Masks
from mfvis_engine.project.runs import run_ids
from mfvis_engine.project.schema import SCHEMA_VERSION
from mfvis_engine.project.sqlite_errors import named_errors

_ROUNDS = 30


def backup_project(
    path: Path | str, out: Path | str, progress: Callable[[int, int], None] = lambda done, total: None
) -> CheckReport:
    """Copies a project, as it stands at one moment, while it may be open and written in another process.

    The copy is checked before it appears, whole or not at all. A video in the project is copied with it; any other is
    referred to where it is. Only what belongs to a project is copied, not other files that lie in its folder.

    Args:
        path: The project; `.mfvis` may be left out.
        out: The folder of the copy; `.mfvis` is added where it is missing.
        progress: Called with the number of frames that were copied and checked, and of all of them, twice each.

    Returns:
        What the check of the copy found: at most warnings, such as that the video is missing.

    Raises:
        ProjectExistsError: Something lies at `out`.
        NotAProjectError: There is no project at `path`.
        NewerProjectError: It was written by a newer version.
        ProjectDamagedError: It is damaged; no copy was made.
        ProjectBackupError: It changes too fast to be copied.
        OSError: The disk is full or refuses; no copy was made.
    """
    given, target = Path(path).absolute(), layout.with_suffix(Path(out).absolute())
    source = layout.found(given)
    header = layout.read_header(source, layout.open_group(source, read_only=True))
    layout.check_pieces(source)
    if target.exists():
        raise ProjectExistsError(f"{target} exists already. Choose another name for the backup.")
    if source in target.parents:
        raise ProjectBackupError(f"{target} lies in the project itself. Choose a place outside of {source}.")
    make_folder(target.parent)
    length = header.video.length
    with built_aside(target) as partial:
        _Copy(source, partial, header).make(lambda done: progress(done, 2 * length))
        report = check_project(partial, lambda done, _: progress(length + done, 2 * length))
        if report.damages:
            listed = "\n".join(map(str, report.damages))
            raise ProjectDamagedError(
                f"{source} is damaged, and no backup was made of it, lest it take the place of a good one:\n{listed}"
            )
        _remove_sides(partial)
    return CheckReport(target, report.frame_count, report.findings)


class _Copy:
    """A copy that is being made.

    Masks are copied first, then the database, which by then holds every change that could have led to what was copied:
    its log brings each frame forward to where the database stands. A frame to which no way leads (what was undone
    is dropped from the log by the next change) is copied again, with the database. Runs come after the database, so
    that none is missing that it speaks of.
    """

    def __init__(self, source: Path, folder: Path, header: ProjectHeader) -> None:
        self._source = source
        self._folder = folder
        self._video = header.video
        self._copy_header(header)
        self._copy_file("masks/zarr.json")
        self._chunks = MaskChunks(layout.open_masks(folder, header, read_only=False), folder)
        self._crcs: dict[int, int | None] = {}

    def make(self, progress: Callable[[int], None]) -> None:
        for frame_index in range(self._chunks.length):
            self._copy_frame(frame_index)
            progress(frame_index + 1)
        self._copy_database()
        self._copy_file(f"{layout.RUNS}/zarr.json")
        for run_id in run_ids(self._source / layout.RUNS):
            self._copy_run(f"{layout.RUNS}/{run_id}")
        for old in self._source.glob(f"{layout.DATABASE}.v?"):
            self._copy_file(old.name)
        video = self._video.relative_path
        if video is not None and self._video.is_inside and (self._source / video).exists():
            layout.copy_video_files(self._source / video, self._folder / video)

    def _copy_header(self, header: ProjectHeader) -> None:
        self._copy_file("zarr.json")
        moved = ProjectHeader(header.created_by, header.video.seen_from(self._source, self._folder))
        layout.open_group(self._folder, read_only=False).update_attributes({HEADER_KEY: moved.to_json()})

    def _copy_frame(self, frame_index: int) -> None:
        copy = self._chunks.file(frame_index)
        if self._copy_file(copy.relative_to(self._folder).as_posix()):
            self._crcs.pop(frame_index, None)
        else:
            copy.unlink(missing_ok=True)
            self._crcs[frame_index] = None

    def _copy_database(self) -> None:
        """Copies the database until the frames that were copied fit it, or are as bad as they were the last time."""
        path = self._folder / layout.DATABASE
        misfits: Mapping[int, str] | None = None
        for _ in range(_ROUNDS):
            if _copy_database(self._source / layout.DATABASE, path) < SCHEMA_VERSION:
                return  # this program migrates what it writes, so nobody is writing
            before, misfits = misfits, self._settle(path)
            if not misfits or misfits == before:
                return
            for frame_index in misfits:
                self._copy_frame(frame_index)
        raise ProjectBackupError(
            f"{self._source} changes faster than it can be copied. Pause the work in it and try again."
        )

    def _settle(self, database_path: Path) -> Mapping[int, str]:
        """Brings the copied frames to what the copied database says; returns those that cannot be, and why."""
        misfits = {}
        with closing(Database.open(database_path, self._chunks, read_only=False)) as database:
            masks = Masks(self._chunks, database)
            for frame_index in range(self._chunks.length):
                crc = database.frame_crc(frame_index)
                if frame_index in self._crcs and self._crcs[frame_index] == crc:
                    continue
                try:
                    masks.settle(frame_index)
                    self._crcs[frame_index] = crc
                except ProjectDamagedError as error:
                    misfits[frame_index] = str(error)
            with database.transaction() as transaction:
                transaction.set_position(database.meta().position, None)
        return misfits

    def _copy_run(self, name: str) -> None:
        """Copies a run that may be being written: scores before masks, since a frame's score says its masks are there.

        One that is deleted meanwhile is left out.
        """
        files = [path.relative_to(self._source).as_posix() for path in (self._source / name).rglob("*")]
        for file in sorted(files, key=lambda file: (file.startswith(f"{name}/masks/c/"), file)):
            if PARTIAL not in file:
                self._copy_file(file)
        if not (self._source / name).exists():
            shutil.rmtree(self._folder / name, ignore_errors=True)  # of which nothing may have been copied

    def _copy_file(self, name: str) -> bool:
        """Copies a file of the project; says whether there is such a file."""
        source, copy = self._source / name, self._folder / name
        if not source.is_file():
            return False
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            patiently(lambda: shutil.copyfile(source, copy))
        except FileNotFoundError:  # which came in between
            copy.unlink(missing_ok=True)
            return False
        return True


def _copy_database(source: Path, copy: Path) -> int:
    """Copies a database as it stands, whoever writes it; returns its format version."""
    with named_errors(source), closing(connect_to_read(source)) as connection:
        with closing(sqlite3.connect(copy)) as target:
            connection.backup(target)
        return migrations.check_version(connection, source)


def _remove_sides(folder: Path) -> None:
    """Removes what SQLite made to read a finished copy."""
    for side in ("-wal", "-shm"):
        (folder / f"{layout.DATABASE}{side}").unlink(missing_ok=True)
