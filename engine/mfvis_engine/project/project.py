"""The project folder `NAME.mfvis`: masks, runs, annotations and the video they belong to."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import zarr
from numpy.typing import NDArray

from mfvis_engine.annotation import (
    Annotations,
    BoxOrigin,
    DenseBoxes,
    InvalidFrameError,
    MaskState,
    Work,
    interpolate,
)
from mfvis_engine.annotation.interpolation import BOX_ORIGINS
from mfvis_engine.annotation.presence import standing_keyframe
from mfvis_engine.annotation.proposed_tracks import Verdicts
from mfvis_engine.annotation.verbs import AcceptRun, AdoptTracks, ReplaceAnnotations, Verb
from mfvis_engine.annotation.verbs.runs import labels_of_tracks
from mfvis_engine.project import layout
from mfvis_engine.project.database import Database
from mfvis_engine.project.done import Done
from mfvis_engine.project.errors import (
    ProjectError,
    ReadOnlyProjectError,
    RunSettingsError,
    VideoChangedError,
)
from mfvis_engine.project.files import remove_partials
from mfvis_engine.project.free_ids import free_ids
from mfvis_engine.project.header import HEADER_KEY, ProjectHeader
from mfvis_engine.project.history import History
from mfvis_engine.project.lock import ProjectLock
from mfvis_engine.project.log import LogEntry
from mfvis_engine.project.mask_chunks import MaskChunks
from mfvis_engine.project.masks import Masks
from mfvis_engine.project.merge import MergeReport
from mfvis_engine.project.neighbours import OME_KEY, ome_attributes
from mfvis_engine.project.open_proposals import FoundTracks, OpenProposal
from mfvis_engine.project.run_removal import remove_run
from mfvis_engine.project.run_writer import RunSettings, RunWriter
from mfvis_engine.project.runs import Run, RunInfo, check_known, run_infos
from mfvis_engine.project.scene import ProjectScene
from mfvis_engine.project.video_reference import VideoReference
from mfvis_engine.video import VideoSource


class Project:
    """An open project folder; close it, or use it as a context manager.

    The folder is a zarr v3 group with the array `masks`, the groups `runs/<id>`, the database
    `annotations.sqlite` and, where it was asked for, a copy of the video in `video`. Only one process may
    have it open for writing, the one a person works in; a run is written by the process that made it. A project
    is for the thread that opened it.

    Every change is a verb (`mfvis_engine.annotation.verbs`), done by `do`, undone by `undo`, also after the project
    was closed and opened again.

    Attributes:
        path: the folder.
        masks: (T, H, W) uint16 of track ids, 0 for background; one frame a chunk. As the disk holds it, to look at;
            `read_masks` checks what it reads, and verbs change it.
        read_only: whether changes are refused.
        repairs: what opening it had to put right, in words; empty where it was closed in peace.
    """

    def __init__(
        self, path: Path, group: zarr.Group, header: ProjectHeader, database: Database, resources: ExitStack
    ) -> None:
        """For `create` and `open`."""
        self.path = path
        self.read_only = group.store.read_only
        self.masks = layout.open_masks(path, header, read_only=True)
        self._group = group
        self._header = header
        self._database = database
        self._resources = resources
        self._masks = Masks(MaskChunks(layout.open_masks(path, header, read_only=self.read_only), path), database)
        self._scene = ProjectScene(database, self._masks, header.video.shape, path / layout.RUNS)
        self._history = History(database, self._masks, self._scene)
        self._found = FoundTracks(path / layout.RUNS)
        self.repairs = () if self.read_only else self._repaired()

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

        What was interrupted in the middle of a change is finished; `repairs` tells.

        Args:
            path: the folder; `.mfvis` may be left out.
            read_only: refuse every change; also for folders that cannot be written, and beside a writer.

        Raises:
            NotAProjectError: there is no project at `path`.
            NewerProjectError: it was written by a newer version.
            ProjectDamagedError: a piece is missing or unreadable.
            ProjectLockedError: it is open for writing elsewhere, and `read_only` is false.
            ReadOnlyProjectError: the folder cannot be written, and `read_only` is false.
            ProjectStorageError: the disk is too full to finish what was interrupted.
        """
        given = Path(path).absolute()
        folder = layout.found(given)
        group = layout.open_group(folder, read_only=read_only)
        header = layout.read_header(folder, group)
        layout.check_pieces(folder)
        with ExitStack() as resources:
            if not read_only:
                resources.callback(ProjectLock(folder).release)
                remove_partials(folder / "zarr.json")
            chunks = MaskChunks(layout.open_masks(folder, header, read_only=True), folder)
            database = Database.open(folder / layout.DATABASE, chunks, read_only=read_only)
            resources.callback(database.close)
            opened = cls(folder, group, header, database, resources)
            opened._resources = resources.pop_all()
            return opened

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

    def do(self, verb: Verb) -> Done:
        """Does a verb: all of it, or nothing. What was undone before can then not be redone any more.

        Returns:
            What changed; its `log_id` is None where nothing had to.

        Raises:
            AnnotationError: a precondition of the verb is not met; nothing was changed.
            ReadOnlyProjectError: the project is open for reading.
            ProjectDamagedError: a frame the verb touches cannot be read; nothing was changed.
            ProjectStorageError: the disk is full. The message says whether nothing was changed, or the change is
                recorded and its pixels are to follow.
        """
        self._check_writable()
        return self._history.do(verb)

    def undo(self) -> Done | None:
        """Undoes the last change that is done; None where there is none. Raises as `do`."""
        self._check_writable()
        return self._history.undo()

    def redo(self) -> Done | None:
        """Does the first change that is undone again; None where there is none. Raises as `do`."""
        self._check_writable()
        return self._history.redo()

    def undo_steps(self) -> Iterator[Done]:
        """Undoes the last change; one that was made in pieces (see `pieces`) piece by piece, as it is iterated.

        Between two pieces the project is as sound as ever, and may be read and changed; where a person's changes lie
        between the pieces, it ends before them. Raises as `do`.
        """
        self._check_writable()
        return self._history.undo_steps()

    def redo_steps(self) -> Iterator[Done]:
        """Does the first change that is undone again, in the pieces in which it was made; see `undo_steps`."""
        self._check_writable()
        return self._history.redo_steps()

    def log(self) -> tuple[LogEntry, ...]:
        """Returns the changes, oldest first; those that are undone come last.

        Raises:
            ProjectDamagedError: a row of the log has changed behind the program's back.
        """
        return self._database.entries()

    def record_work(self, work: Work) -> None:
        """Keeps how long a person worked on something; undo leaves it, since the time was spent all the same.

        Raises:
            ReadOnlyProjectError: the project is open for reading.
            ProjectStorageError: the disk is full; nothing was recorded.
        """
        self._check_writable()
        with self._database.transaction() as transaction:
            transaction.add_work(work)

    def work(self) -> tuple[Work, ...]:
        """Returns what a person worked on and how long, in the order in which it was recorded.

        Raises:
            ProjectDamagedError: a row has changed behind the program's back.
        """
        return self._database.work()

    def annotations(self) -> Annotations:
        """Returns the tracks and their keyframes."""
        return self._scene.annotations

    def boxes(self) -> DenseBoxes:
        """Returns the box of every track and frame, with its origin."""
        return interpolate(self.annotations(), self.length)

    def box_origin(self, track_id: int, frame_index: int) -> BoxOrigin:
        """Returns where the box of a track in a frame is from; `ABSENT` where it has none.

        Raises:
            UnknownTrackError: there is no such track.
            InvalidFrameError: the video has no such frame.
        """
        self._check_frame(frame_index)
        keyframe = standing_keyframe(self.annotations().track(track_id).keyframes, frame_index)
        return BoxOrigin.ABSENT if keyframe is None else BOX_ORIGINS[keyframe.origin]

    def free_track_id(self) -> int:
        """Returns an id that no track has and no mask bears: one above the highest, or the first gap.

        Raises:
            VerbRefusedError: all 65535 are in use.
        """
        return free_ids(self._ids_in_use(), 1)[0]

    def free_track_ids(self, count: int) -> tuple[int, ...]:
        """Returns `count` ids as of `free_track_id` that no run keeps for what it finds either, ascending.

        Raises:
            VerbRefusedError: there are not as many.
        """
        return free_ids(self._ids_in_use() | self._found.kept_ids(), count)

    def replace_annotations(self, annotations: Annotations, *, source: str = "") -> Done:
        """Puts `annotations` in the place of all tracks and keyframes; masks stay. Can be undone.

        Args:
            annotations: the tracks.
            source: where they are from, for the log.

        Raises:
            InvalidFrameError: a keyframe lies past the end of the video.
            ReadOnlyProjectError: the project is open for reading.
        """
        return self.do(ReplaceAnnotations(annotations, source))

    def read_masks(self, frame_index: int) -> NDArray[np.uint16]:
        """Returns the masks of one frame, (H, W) of track ids, 0 for background, as of the last change.

        Raises:
            InvalidFrameError: the video has no such frame.
            ProjectDamagedError: the frame's file is not what was written.
        """
        self._check_frame(frame_index)
        return self._masks.read(int(frame_index))  # SQLite knows no numbers of numpy's

    def mask_states(self, frame_index: int | None = None, track_id: int | None = None) -> tuple[MaskState, ...]:
        """Returns where masks are from, of all or of one frame, track or both, ordered by frame and track."""
        return self._database.mask_states(frame_index, track_id)

    def mask_codes(self, frame_index: int | None = None, track_id: int | None = None) -> NDArray[np.int64]:
        """Returns the same as `mask_states` in numbers, fast for a great many.

        Returns:
            (K, 3) rows of track id, frame and `MaskCode`, `VERIFIED_BIT` added where a person approved; in any order.
        """
        return self._database.mask_codes(frame_index, track_id)

    def runs(self) -> tuple[RunInfo, ...]:
        """Returns the runs, oldest first; one that cannot be read is told as damaged, with the reason."""
        return run_infos(self.path / layout.RUNS)

    def run(self, run_id: str) -> Run:
        """Opens a run for reading.

        Raises:
            UnknownRunError: there is none of this id.
        """
        return Run(self.path / layout.RUNS, run_id)

    def create_run(self, settings: RunSettings, track_ids: Iterable[int], found_ids: Iterable[int] = ()) -> RunWriter:
        """Makes a new run, to be written by this process alone.

        Args:
            settings: a dataclass or mapping of plain JSON values, recorded with the run.
            track_ids: the tracks that masks will be proposed for.
            found_ids: ids for tracks that the run may find where nobody annotated any, out of `free_track_ids`; it need
                not use them all. Which tracks they are, says `RunWriter.propose`.

        Raises:
            RunSettingsError: the settings are no JSON, or there is no track, or one twice, or one of `found_ids` is
                annotated.
            ReadOnlyProjectError: the project is open for reading.
        """
        self._check_writable()
        found = tuple(found_ids)
        taken = sorted(set(found).intersection(self.annotations().track_ids))
        if taken:
            raise RunSettingsError(f"There are tracks {taken}. Keep ids of free_track_ids for what a run may find.")
        identities = self._database.identities()
        shape = self._header.video.shape
        return RunWriter.create(self.path / layout.RUNS, settings, track_ids, identities, shape, found)

    def open_proposals(self) -> tuple[OpenProposal, ...]:
        """Returns the tracks that runs found and that were neither adopted nor dismissed, of the oldest run first.

        One whose track was deleted again is among them; those of a run that cannot be read are not.
        """
        return self._found.open(self._scene.verdicts_by_run())

    def tracks_of_run(self, run_id: str) -> tuple[int, ...]:
        """Returns the track that each row of a run's scores is of, by its id; 0 for one that is of none.

        It is the label itself, but where a proposal was adopted under another id, since its own was in use.

        Raises:
            UnknownRunError: there is none of this id.
        """
        run = self.run(run_id)
        verdicts = self._scene.verdicts(run_id) if run.found_ids else Verdicts()
        tracks = {label: track_id for track_id, label in labels_of_tracks(run.track_ids, verdicts).items()}
        return tuple(tracks.get(label, 0) for label in run.track_ids)

    def adoption(
        self,
        run_id: str,
        track_ids: Iterable[int] | None = None,
        frames: Iterable[int] | None = None,
        *,
        is_part: bool = False,
    ) -> AdoptTracks:
        """Returns the verb that adopts tracks a run proposes, each under its own id if that is free, else another.

        Args:
            run_id: the run.
            track_ids: which of its proposals; all that are open by default.
            frames: in which frames masks are taken over, from 0; in all that are done by default.
            is_part: whether masks in other frames follow in pieces that are undone with it.

        Raises:
            UnknownRunError: there is none of this id.
            VerbRefusedError: no proposal is open or named, or all ids are in use.
        """
        verdicts, proposed = self._scene.verdicts(run_id), self.run(run_id).proposed_tracks
        chosen = [one.track_id for one in proposed if verdicts.is_open(one.track_id)]
        labels = tuple(chosen if track_ids is None else track_ids)
        used = self._ids_in_use()
        taken = sorted(used.intersection(labels))
        others = free_ids(used | self._found.kept_ids() | set(labels), len(taken)) if taken else ()
        new_ids = dict(zip(taken, others, strict=True))
        return AdoptTracks(
            run_id,
            labels,
            tuple(new_ids.get(label, label) for label in labels),
            None if frames is None else tuple(frames),
            is_part,
        )

    def resume_run(self, run_id: str) -> RunWriter:
        """Goes on with a run that was killed, cancelled or failed; the caller sees to it that nobody else writes it.

        Raises:
            UnknownRunError: there is none of this id.
            RunClosedError: it has finished.
            ReadOnlyProjectError: the project is open for reading.
        """
        self._check_writable()
        check_known(self.path / layout.RUNS, run_id)
        return RunWriter.resume(self.path / layout.RUNS / run_id)

    def delete_run(self, run_id: str) -> int:
        """Deletes a run for good. Masks that were taken over from it stay; only their scores are gone with it.

        Returns:
            How many bytes were freed.

        Raises:
            UnknownRunError: there is none of this id.
            ReadOnlyProjectError: the project is open for reading.
        """
        self._check_writable()
        return remove_run(self.path / layout.RUNS, run_id)

    def merge_run(
        self, run_id: str, *, track_ids: Iterable[int] | None = None, frames: Iterable[int] | None = None
    ) -> MergeReport:
        """Writes a run's proposals into `masks`, only where no person has edited or verified; see `AcceptRun`.

        Args:
            run_id: the run; it need not have finished.
            track_ids: which of its tracks; all of them by default.
            frames: which frames, from 0; all that are done by default.

        Raises:
            UnknownRunError: there is none of this id.
            UnknownTrackError: a track is not of this run.
            VerbRefusedError: the run has no proposals for a frame, or not yet; or a track of `track_ids` is another
                object by now than it was when the run was made.
            ReadOnlyProjectError: the project is open for reading.
        """
        verb = AcceptRun(
            run_id,
            None if track_ids is None else tuple(track_ids),
            None if frames is None else tuple(frames),
        )
        done = self.do(verb)
        run, verdicts = self.run(run_id), self._scene.verdicts(run_id)
        never_tracks = set(run.found_ids).difference(verdicts.adopted)
        labels = labels_of_tracks(run.track_ids, verdicts)
        named = labels if verb.track_ids is None else verb.track_ids
        chosen = [track_id for track_id in named if labels[track_id] not in never_tracks]
        annotated, others = set(self.annotations().track_ids), self._scene.reidentified(run_id)
        return MergeReport(
            run_id,
            done.log_id,
            done.written,
            done.skipped,
            unannotated_track_ids=tuple(i for i in chosen if i not in annotated),
            reidentified_track_ids=tuple(i for i in chosen if i in annotated and i in others),
        )

    def close(self) -> None:
        """Closes the project and gives its lock back; everything that was done is on the disk already."""
        with self._resources:
            if not self.read_only:
                with suppress(OSError, ProjectError):  # a courtesy to other programs; damage is told where it is met
                    self._tell_neighbours()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_writable(self) -> None:
        if self.read_only:
            raise ReadOnlyProjectError(f"{self.path} is open for reading only. Open it for writing to change it.")

    def _ids_in_use(self) -> frozenset[int]:
        """The ids that a track has or a mask bears."""
        return self._database.labels_in_use().union(self.annotations().track_ids)

    def _check_frame(self, frame_index: int) -> None:
        if not 0 <= frame_index < self.length:
            raise InvalidFrameError(f"Frame {frame_index} is outside the frames 0 to {self.length - 1}.")

    def _repaired(self) -> tuple[str, ...]:
        settled = self._history.settle()
        if settled is None:
            return ()
        what = "undoing" if settled.undone else "change"
        done = f"finished an interrupted {what}: {settled.summary} ({settled.frame_count} frames)"
        return (*([done] if settled.frame_count else []), *settled.damages)

    def _tell_neighbours(self) -> None:
        told = ome_attributes(self.name, self.annotations())
        if self._group.attrs.get(OME_KEY) != told:
            self._group.update_attributes({OME_KEY: told})
