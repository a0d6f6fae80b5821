"""The project folder `NAME.mfvis`: masks, runs, annotations and the video they belong to."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import zarr
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations, InvalidFrameError
from mfvis_engine.project import layout, merge
from mfvis_engine.project.arrays import array_of
from mfvis_engine.project.database import Database, MaskState
from mfvis_engine.project.errors import (
    ProjectDamagedError,
    ReadOnlyProjectError,
    VideoChangedError,
)
from mfvis_engine.project.header import HEADER_KEY, ProjectHeader
from mfvis_engine.project.merge import MergeReport
from mfvis_engine.project.run_writer import RunSettings, RunWriter
from mfvis_engine.project.runs import Run, RunInfo, run_ids
from mfvis_engine.project.video_reference import VideoReference
from mfvis_engine.video import VideoSource


class Project:
    """An open project folder; close it, or use it as a context manager.

    The folder is a zarr v3 group with the array `masks`, the groups `runs/<id>`, the database
    `annotations.sqlite` and, where it was asked for, a copy of the video in `video`. Only one process may
    write `masks`, the one a person works in; a run is written by the process that made it. A project is for
    the thread that opened it.

    Attributes:
        path: the folder.
        masks: (T, H, W) uint16 of track ids, 0 for background; one frame a chunk.
        read_only: whether changes are refused.
    """

    def __init__(
        self, path: Path, group: zarr.Group, header: ProjectHeader, database: Database, *, read_only: bool
    ) -> None:
        """For `create` and `open`."""
        self.path = path
        self.read_only = read_only
        self._group = group
        self._header = header
        self._database = database
        self.masks = array_of(group, "masks", 3, np.uint16)
        if self.masks.shape != header.video.shape:
            raise ProjectDamagedError(
                f"The masks of {path} have shape {self.masks.shape}, the video {header.video.shape}. Restore"
                " zarr.json and masks/zarr.json from a backup."
            )

    @classmethod
    def create(cls, path: Path | str, video_path: Path | str, *, copy_video: bool = False) -> Self:
        """Makes a new project for a video; it appears whole or, if anything fails, not at all.

        Args:
            path: the new folder; `.mfvis` is added where it is missing.
            video_path: a video file, folder of pictures, TIFF stack or zarr array.
            copy_video: whether the project gets a copy of its own.

        Raises:
            ProjectExistsError: something lies at `path`.
            VideoError: the video cannot be read.
        """
        folder = layout.with_suffix(Path(path).absolute())
        layout.create_folder(folder, Path(video_path), copy_video=copy_video)
        return cls.open(folder)

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = False) -> Self:
        """Opens a project; its video need not be there.

        Args:
            path: the folder; `.mfvis` may be left out.
            read_only: refuse every change; also for folders that cannot be written.

        Raises:
            NotAProjectError: there is no project at `path`.
            NewerProjectError: it was written by a newer version.
            ProjectDamagedError: a piece is missing or unreadable.
        """
        given = Path(path).absolute()
        folder = given if given.exists() else layout.with_suffix(given)
        group = layout.open_group(folder, read_only=read_only)
        header = layout.read_header(folder, group)
        layout.check_pieces(folder)
        database = Database.open(folder / layout.DATABASE, read_only=read_only)
        try:
            return cls(folder, group, header, database, read_only=read_only)
        except BaseException:
            database.close()
            raise

    @property
    def name(self) -> str:
        """The folder's name without `.mfvis`."""
        return self.path.name.removesuffix(layout.SUFFIX)

    @property
    def length(self) -> int:
        """Number of frames."""
        return self._header.video.length

    @property
    def height(self) -> int:
        """Height of a frame in pixels."""
        return self._header.video.height

    @property
    def width(self) -> int:
        """Width of a frame in pixels."""
        return self._header.video.width

    @property
    def frame_rate(self) -> float | None:
        """Frames a second, where known."""
        return self._header.video.frame_rate

    @property
    def video_reference(self) -> VideoReference:
        """Where the video is and what it is recognised by."""
        return self._header.video

    def video(self) -> VideoSource:
        """Opens the video; the caller closes it.

        Raises:
            VideoMissingError: it is neither where it was relative to the project nor where it was at all.
            VideoChangedError: what is there is another video; see `Fingerprint` for what is compared.
            VideoError: it cannot be read.
        """
        return self._header.video.open(self.path)

    def relink_video(self, video_path: Path | str) -> None:
        """Refers to the video at another place, or to another file with the same frames.

        Raises:
            VideoChangedError: it has another number or size of frames.
            ReadOnlyProjectError: the project is open for reading.
            VideoError: it cannot be read.
        """
        self._check_writable()
        video = self._header.video.relinked(Path(video_path), self.path)
        if video.shape != self.masks.shape:
            raise VideoChangedError(
                f"{video_path} has frames, height and width {video.shape}; {self.name} is about"
                f" {self.masks.shape}. Give the video it was made for, or make a new project."
            )
        self._header = ProjectHeader(self._header.created_by, video)
        self._group.update_attributes({HEADER_KEY: self._header.to_json()})

    def annotations(self) -> Annotations:
        """Reads the tracks and their keyframes."""
        return self._database.annotations()

    def replace_annotations(self, annotations: Annotations) -> None:
        """Puts `annotations` in the place of all tracks and keyframes: all of it, or nothing.

        Raises:
            InvalidFrameError: a keyframe lies past the end of the video.
            ReadOnlyProjectError: the project is open for reading.
        """
        self._check_writable()
        for track in annotations.tracks:
            last = track.keyframes[-1].frame_index if track.keyframes else 0
            if last >= self.length:
                raise InvalidFrameError(
                    f"Track {track.track_id} has a keyframe in frame {last}; the last frame of {self.name} is"
                    f" {self.length - 1}. Were the boxes drawn in another video?"
                )
        self._database.replace_annotations(annotations)

    def read_masks(self, frame_index: int) -> NDArray[np.uint16]:
        """Returns the masks of one frame, (H, W) of track ids, 0 for background.

        Raises:
            InvalidFrameError: the video has no such frame.
        """
        if not 0 <= frame_index < self.length:
            raise InvalidFrameError(f"Frame {frame_index} is outside the frames 0 to {self.length - 1}.")
        return np.asarray(self.masks[frame_index], np.uint16)

    def mask_states(self, frame_index: int | None = None) -> tuple[MaskState, ...]:
        """Returns where masks come from, of one frame or of all, ordered by frame and track."""
        return self._database.mask_states(frame_index)

    def record_mask_states(self, states: Iterable[MaskState]) -> None:
        """Records where masks come from, such as that a person edited or verified one: all, or nothing.

        Record an edit before or after writing its pixels; pixels nothing is recorded of are protected too.

        Raises:
            ReadOnlyProjectError: the project is open for reading.
        """
        self._check_writable()
        self._database.record_mask_states(states)

    def runs(self) -> tuple[RunInfo, ...]:
        """Returns the runs, oldest first."""
        infos = [self.run(run_id).info for run_id in run_ids(self.path / layout.RUNS)]
        return tuple(sorted(infos, key=lambda info: (info.created, info.run_id)))

    def run(self, run_id: str) -> Run:
        """Opens a run for reading.

        Raises:
            UnknownRunError: there is none of this id.
        """
        return Run(self.path / layout.RUNS, run_id)

    def create_run(self, settings: RunSettings, track_ids: Iterable[int]) -> RunWriter:
        """Makes a new run, to be written by this process alone.

        Args:
            settings: a dataclass or mapping of plain JSON values, recorded with the run.
            track_ids: the tracks that masks will be proposed for.

        Raises:
            RunSettingsError: the settings are no JSON, or there is no track, or one twice.
            ReadOnlyProjectError: the project is open for reading.
        """
        self._check_writable()
        return RunWriter.create(self.path / layout.RUNS, settings, track_ids, self._header.video.shape)

    def merge_run(
        self, run_id: str, *, track_ids: Iterable[int] | None = None, frames: Iterable[int] | None = None
    ) -> MergeReport:
        """Writes a run's proposals into `masks`, only where no person has edited or verified.

        For every track and frame of the merge, the pixels of the earlier prediction give way to the
        proposal. A mask that a person edited or verified is kept, and no pixel of it is taken by another
        track; so are pixels of which nothing is recorded. Tracks that are not annotated any more are left
        out.

        Args:
            run_id: the run; it need not have finished.
            track_ids: which of its tracks; all of them by default.
            frames: which frames, from 0; all that are done by default.

        Raises:
            UnknownRunError: there is none of this id.
            UnknownTrackError: a track is not of this run.
            RunFrameError: the run has no proposals for a frame, or not yet; frames before it are merged.
            ReadOnlyProjectError: the project is open for reading.
        """
        self._check_writable()
        return merge.merge_run(self.run(run_id), self.masks, self._database, track_ids, frames)

    def close(self) -> None:
        """Closes the database. Everything that was written is on the disk already."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_writable(self) -> None:
        if self.read_only:
            raise ReadOnlyProjectError(f"{self.path} is open for reading only. Open it for writing to change it.")
