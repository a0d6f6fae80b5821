"""Reading runs: what the engine proposed for some tracks, with scores and how far it came."""

import enum
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import zarr
from numpy.typing import NDArray

from mfvis_engine.annotation import ProposedTrack
from mfvis_engine.project.arrays import array_of, is_laid_out_as_masks, is_laid_out_as_scores
from mfvis_engine.project.errors import ProjectDamagedError, RunFrameError, UnknownRunError
from mfvis_engine.project.files import size_bytes
from mfvis_engine.project.identities import Identity
from mfvis_engine.project.proposed_tracks import proposed_of_json
from mfvis_engine.project.seal import seal_holds
from mfvis_engine.project.store import ProjectStore
from mfvis_engine.project.values import JsonObject, JsonValue

RUN_KEY = "mfvis_run"
_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


class RunStatus(enum.StrEnum):
    """How a run stands. One whose process was killed stays `RUNNING`."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    DAMAGED = "damaged"
    """It cannot be read. Never written: it is what is found."""


@dataclass(frozen=True)
class RunInfo:
    """A run in short, as it stood when it was read.

    Attributes:
        run_id: such as `20261120-101530-1a2b`: the time it was made (UTC) and four random digits.
        status: how it stands.
        created: when it was made, UTC.
        track_ids: the tracks it proposes masks for, ascending.
        settings: what it was made with, as plain JSON.
        frames_done: the number of frames whose proposals are there.
        reason: why it failed or cannot be read; None otherwise.

    Of a damaged run `track_ids`, `settings` and `frames_done` are empty, and `created` is what its id says.
    """

    run_id: str
    status: RunStatus
    created: datetime
    track_ids: tuple[int, ...]
    settings: Mapping[str, JsonValue]
    frames_done: int
    reason: str | None = None


class Run:
    """A run opened for reading; every property reads what the disk holds now."""

    def __init__(self, runs_folder: Path, run_id: str) -> None:
        """Opens the run `run_id` of the project whose runs lie in `runs_folder`.

        Raises:
            UnknownRunError: there is none.
            ProjectDamagedError: a piece of it is missing.
        """
        check_known(runs_folder, run_id)
        self.run_id = run_id
        self._store = ProjectStore(runs_folder / run_id, read_only=True)
        self._group = open_run_group(self._store)
        self.masks = array_of(self._group, "masks", 3, np.uint16)
        self._scores = array_of(self._group, "scores", 2, np.float32)

    @property
    def track_ids(self) -> tuple[int, ...]:
        """The tracks it proposes masks for, ascending."""
        return tuple(run_attributes(self._group).get("track_ids", list))

    @property
    def identities(self) -> Mapping[int, Identity]:
        """Who its tracks were when it was made, by id; empty where it was made by a version that did not record it."""
        fields = run_attributes(self._group)
        recorded = fields.get_optional("identities", list)
        if recorded is None:
            return {}
        with readable(self._store.root / "zarr.json"):
            pairs = (Identity(int(log_id), int(crc)) for log_id, crc in recorded)
            return dict(zip(self.track_ids, pairs, strict=True))

    @property
    def created(self) -> datetime:
        """When it was made, UTC."""
        with readable(self._store.root / "zarr.json"):
            return _created(run_attributes(self._group))

    @property
    def found_ids(self) -> tuple[int, ...]:
        """Those of its tracks that are no annotated ones: ids kept for what it finds, ascending; most stay unused."""
        return tuple(run_attributes(self._group).get_optional("found_ids", list) or ())

    @property
    def proposed_tracks(self) -> tuple[ProposedTrack, ...]:
        """The new tracks that it proposes, by id; none in runs of versions that knew of none."""
        recorded = run_attributes(open_run_group(self._store)).get_optional("proposed_tracks", list) or ()
        with readable(self._store.root / "zarr.json"):
            return tuple(sorted(map(proposed_of_json, recorded), key=lambda track: track.track_id))

    @property
    def kept_ids(self) -> tuple[int, ...]:
        """The ids that it still needs for what it finds: all it was given, or of a finished one those it proposes."""
        if not self.has_finished:
            return self.found_ids
        return tuple(track.track_id for track in self.proposed_tracks)

    @property
    def has_finished(self) -> bool:
        """Whether it is whole, so that nothing of it changes any more."""
        return run_attributes(open_run_group(self._store)).get("status", str) == RunStatus.FINISHED

    def done(self) -> Sequence[int]:
        """The frames whose proposals are there, ascending, as plain numbers."""
        frames: list[int] = self.frames_done().tolist()
        return frames

    @property
    def info(self) -> RunInfo:
        """The run in short."""
        fields = run_attributes(open_run_group(self._store))
        with readable(self._store.root / "zarr.json"):
            return RunInfo(
                run_id=self.run_id,
                status=RunStatus(fields.get("status", str)),
                created=_created(fields),
                track_ids=tuple(map(int, fields.get("track_ids", list))),
                settings=fields.get("settings", dict),
                frames_done=len(self.frames_done()),
                reason=fields.get_optional("reason", str),
            )

    @property
    def is_laid_out(self) -> bool:
        """Whether its arrays are made as the program makes them."""
        return is_laid_out_as_masks(self.masks) and is_laid_out_as_scores(self._scores)

    @property
    def is_sealed(self) -> bool:
        """Whether what the run says of itself is as it was written."""
        return seal_holds(run_attributes(open_run_group(self._store)).fields)

    def frames_done(self) -> NDArray[np.int64]:
        """Returns the indices of the frames whose proposals are there, (F,), ascending."""
        return np.flatnonzero(~np.isnan(self.scores()[0]))

    def size_bytes(self) -> int:
        """Returns what it takes on the disk."""
        return size_bytes(Path(self._store.root))

    def scores(self) -> NDArray[np.float32]:
        """Returns the scores, (N, T) in the order of `track_ids`; NaN in frames that are not there yet."""
        with readable(self._store.root / "scores"):
            return np.asarray(self._scores[:], np.float32)

    def read_masks(self, frame_index: int) -> NDArray[np.uint16]:
        """Returns the proposals of one frame, (H, W) of track ids, 0 for background.

        Raises:
            RunFrameError: the run has no such frame, or not yet.
        """
        length = self._scores.shape[1]
        with readable(self._store.root / "scores"):
            is_done = 0 <= frame_index < length and not np.isnan(np.asarray(self._scores[0, frame_index]))
        if not is_done:
            raise RunFrameError(
                f"Run {self.run_id} has no proposals for frame {frame_index}; it has"
                f" {len(self.frames_done())} of the frames 0 to {length - 1}."
            )
        with readable(self._store.root / "masks" / "c" / str(frame_index)):
            return np.asarray(self.masks[frame_index], np.uint16)


def _created(fields: JsonObject) -> datetime:
    return datetime.fromisoformat(fields.get("created", str)).astimezone(UTC)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns what a damaged piece of a run at `path` raises into ProjectDamagedError."""
    try:
        yield
    except Exception as error:  # nonsense in the metadata makes zarr raise anything
        raise ProjectDamagedError(
            f"{path} cannot be read ({error}). Restore the run from a backup, or delete it and make a new one."
        ) from error


def run_ids(runs_folder: Path) -> tuple[str, ...]:
    """The ids of the runs, sorted; one that is just being made is not among them."""
    return tuple(sorted(path.name for path in runs_folder.iterdir() if _RUN_ID.fullmatch(path.name)))


def run_infos(runs_folder: Path) -> tuple[RunInfo, ...]:
    """The runs, oldest first; one that cannot be read is told as damaged, with the reason."""
    infos = (_info_of(runs_folder, run_id) for run_id in run_ids(runs_folder))
    return tuple(sorted(infos, key=lambda info: (info.created, info.run_id)))


def _info_of(runs_folder: Path, run_id: str) -> RunInfo:
    try:
        return Run(runs_folder, run_id).info
    except ProjectDamagedError as error:
        return RunInfo(run_id, RunStatus.DAMAGED, _time_in(run_id), (), {}, 0, str(error))


def _time_in(run_id: str) -> datetime:
    try:
        return datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:  # of a folder that somebody named
        return datetime.min.replace(tzinfo=UTC)


def check_known(runs_folder: Path, run_id: str) -> None:
    """Raises UnknownRunError where there is no run of this id."""
    known = run_ids(runs_folder)
    if run_id not in known:
        listed = ", ".join(known) or "none"
        raise UnknownRunError(f"There is no run {run_id!r}. The runs of this project: {listed}.")


def open_run_group(store: ProjectStore) -> zarr.Group:
    """The zarr group of a run, its attributes read afresh, or ProjectDamagedError."""
    try:
        return zarr.open_group(store, mode="r" if store.read_only else "r+")
    except Exception as error:  # nonsense in the metadata makes zarr raise anything
        raise ProjectDamagedError(f"The run in {store.root} cannot be read ({error}). Delete the folder.") from error


def run_attributes(group: zarr.Group) -> JsonObject:
    """What a run records about itself."""
    return JsonObject(group.attrs.asdict(), f"{group.store_path}/zarr.json: attributes").object(RUN_KEY)
