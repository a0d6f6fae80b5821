"""Writing a run. Its arrays have one writer: the process that holds its `RunWriter`."""

import dataclasses
import json
import secrets
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import zarr
from numpy.typing import ArrayLike, NDArray

from mfvis_engine.annotation import ProposedTrack
from mfvis_engine.annotation.mask_patch import label_table
from mfvis_engine.annotation.tracks import parse_track_id
from mfvis_engine.project.arrays import array_of, create_masks, create_scores
from mfvis_engine.project.errors import RunClosedError, RunFrameError, RunSettingsError
from mfvis_engine.project.files import built_aside, write_durably
from mfvis_engine.project.identities import Identity
from mfvis_engine.project.proposed_tracks import proposed_to_json
from mfvis_engine.project.runs import RUN_KEY, RunStatus, open_run_group, run_attributes
from mfvis_engine.project.seal import sealed
from mfvis_engine.project.store import ProjectStore
from mfvis_engine.project.values import JsonValue

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RunSettings: TypeAlias = "DataclassInstance | Mapping[str, JsonValue]"

TRAINING = "training"
"""The folder, in that of a run, which is there while the run is not finished."""
WEIGHTS = "weights.safetensors"
"""The file, in the folder of a run, of the weights that its masks are from, where they were kept."""


class RunWriter:
    """Writes the proposals of a run, frame by frame, in any order.

    A frame counts as done when its scores are on the disk, which is after its masks are. So a process that
    is killed leaves whole frames only.

    Attributes:
        run_id: the run.
        track_ids: the tracks it proposes masks for, ascending; those it may find are among them.
        found_ids: the ids that are kept for tracks it finds, ascending.
        training_folder: for what the job needs to go on after a stop; not there yet, and removed by `finish`.
    """

    def __init__(self, folder: Path) -> None:
        """Goes on with the run in `folder`; the caller sees to it that nobody else writes it.

        Raises:
            ProjectDamagedError: a piece of the run is missing.
        """
        self.run_id = folder.name
        self.training_folder = folder / TRAINING
        self._folder = folder
        self._store = ProjectStore(folder)
        group = open_run_group(self._store)
        self._masks = array_of(group, "masks", 3, np.uint16)
        self._scores = array_of(group, "scores", 2, np.float32)
        attributes = run_attributes(group)
        self.track_ids: tuple[int, ...] = tuple(attributes.get("track_ids", list))
        self.found_ids: tuple[int, ...] = tuple(attributes.get_optional("found_ids", list) or ())
        self._known_labels = label_table((0, *self.track_ids))
        self._open = attributes.get("status", str) == RunStatus.RUNNING

    @classmethod
    def create(
        cls,
        runs_folder: Path,
        settings: RunSettings,
        track_ids: Iterable[int],
        identities: Mapping[int, Identity],
        shape: tuple[int, int, int],
        found_ids: Iterable[int] = (),
    ) -> "RunWriter":
        """Makes a new run; it appears whole, with no frame done.

        Args:
            runs_folder: the project's `runs`.
            settings: a dataclass or mapping of JSON values, recorded as it is.
            track_ids: the tracks that masks will be proposed for; sorted here.
            identities: who the tracks are, by id; see `Database.identities`.
            shape: (T, H, W) of the video.
            found_ids: ids for tracks that the run may find; see `propose`.

        Raises:
            RunSettingsError: the settings are no JSON, or there is no track, or one twice.
        """
        found = tuple(sorted(map(parse_track_id, found_ids)))
        ids = _parse_track_ids((*track_ids, *found))
        created = datetime.now(UTC)
        run_id = f"{created:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        attributes: dict[str, JsonValue] = {
            "status": RunStatus.RUNNING.value,
            "created": created.isoformat(),
            "track_ids": list(ids),
            "identities": [list(identities.get(track_id, Identity())) for track_id in ids],
            "settings": _parse_settings(settings),
        }
        if found:
            attributes |= {"found_ids": list(found), "proposed_tracks": []}
        with built_aside(runs_folder / run_id) as folder:
            group = zarr.create_group(ProjectStore(folder), attributes={RUN_KEY: sealed(attributes)})
            create_masks(group, shape)
            create_scores(group, (len(ids), shape[0]))
        return cls(runs_folder / run_id)

    @classmethod
    def resume(cls, folder: Path) -> "RunWriter":
        """Goes on with the run in `folder`, which was killed, cancelled or failed; its frames stay.

        Raises:
            RunClosedError: the run has finished.
            ProjectDamagedError: a piece of the run is missing.
        """
        group = open_run_group(ProjectStore(folder))
        attributes = run_attributes(group)
        if attributes.get("status", str) == RunStatus.FINISHED:
            raise RunClosedError(f"Run {folder.name} has finished. Make a new run to write to.")
        fields = {name: value for name, value in attributes.fields.items() if name != "reason"}
        group.update_attributes({RUN_KEY: sealed({**fields, "status": RunStatus.RUNNING.value})})
        return cls(folder)

    @property
    def settings(self) -> Mapping[str, JsonValue]:
        """What is recorded of how the run was made, as plain JSON."""
        recorded: Mapping[str, JsonValue] = run_attributes(open_run_group(self._store)).get("settings", dict)
        return recorded

    def record(self, settings: RunSettings) -> None:
        """Adds to the settings that are recorded, in the place of earlier ones of the same names; durable.

        Raises:
            RunClosedError: the run has finished or failed.
            RunSettingsError: the settings are no JSON.
        """
        self._check_open()
        before = self.settings
        after = {**before, **_parse_settings(settings)}
        if after != before:
            self._change({"settings": after})

    def keep_weights(self, data: bytes) -> None:
        """Keeps the weights that its masks are from, a safetensors file, in the place of earlier ones; durable.

        Raises:
            RunClosedError: the run has finished or failed.
            OSError: the disk is full or refuses; earlier ones are there.
        """
        self._check_open()
        write_durably(self._folder / WEIGHTS, data)

    def propose(self, tracks: Iterable[ProposedTrack]) -> None:
        """Records the new tracks that the run proposes, in the place of earlier ones; durable.

        Args:
            tracks: under ids of `found_ids`, of which the masks bear them; ids that are left over mean nothing.

        Raises:
            RunClosedError: the run has finished or failed.
            RunSettingsError: a track has another id or one that another has, or a keyframe past the end of the video.
        """
        self._check_open()
        proposed = sorted(tracks, key=lambda track: track.track_id)
        ids = [track.track_id for track in proposed]
        if len(set(ids)) != len(ids) or not set(ids) <= set(self.found_ids):
            raise RunSettingsError(
                f"The tracks proposed are {ids}. Give each once, under an id that is kept for what run {self.run_id}"
                f" finds: {list(self.found_ids)}."
            )
        length = self._masks.shape[0]
        for track in proposed:
            if track.keyframes[-1].frame_index >= length:
                raise RunSettingsError(
                    f"Proposed track {track.track_id} has a keyframe in frame {track.keyframes[-1].frame_index}; the"
                    f" last frame of the video is {length - 1}."
                )
        self._change({"proposed_tracks": [proposed_to_json(track) for track in proposed]})

    def forget_frames(self) -> None:
        """Counts no frame as done any more: those that are there are of other weights than those to come.

        Nor is any track proposed any more.

        Raises:
            RunClosedError: the run has finished or failed.
        """
        self._check_open()
        if self.found_ids:
            self.propose(())
        self._scores[:] = np.nan

    def write_frame(self, frame_index: int, label_mask: NDArray[np.integer], scores: ArrayLike) -> None:
        """Writes the proposals of one frame, in the place of earlier ones of this run.

        Args:
            frame_index: from 0.
            label_mask: (H, W) of track ids, 0 for background.
            scores: (N,) finite, in the order of `track_ids`; 0 for a track that is not in the frame.

        Raises:
            RunClosedError: the run has finished or failed.
            RunFrameError: the frame is not in the video, or the masks or scores do not fit the run.
        """
        self._check_open()
        length, height, width = self._masks.shape
        if not 0 <= frame_index < length:
            raise RunFrameError(f"Frame {frame_index} is outside the video's frames 0 to {length - 1}.")
        labels = self._parse_labels(frame_index, label_mask, (height, width))
        values = self._parse_scores(frame_index, scores)
        self._masks[frame_index] = labels
        self._scores[:, frame_index] = values

    def finish(self) -> None:
        """Records that the run is complete, and removes what was kept to go on with it.

        Raises:
            RunClosedError: the run has finished or failed already.
        """
        self._close({"status": RunStatus.FINISHED.value})
        shutil.rmtree(self.training_folder, ignore_errors=True)

    def fail(self, reason: str) -> None:
        """Records that the run ended early, and why; the frames that are done stay.

        Raises:
            RunClosedError: the run has finished or failed already.
        """
        self._close({"status": RunStatus.FAILED.value, "reason": reason})

    def _close(self, changes: Mapping[str, JsonValue]) -> None:
        self._check_open()
        self._change(changes)
        self._open = False

    def _change(self, changes: Mapping[str, JsonValue]) -> None:
        group = open_run_group(self._store)
        group.update_attributes({RUN_KEY: sealed({**run_attributes(group).fields, **changes})})

    def _check_open(self) -> None:
        if not self._open:
            raise RunClosedError(f"Run {self.run_id} has finished or failed. Make a new run to write to.")

    def _parse_labels(
        self, frame_index: int, label_mask: NDArray[np.integer], shape: tuple[int, int]
    ) -> NDArray[np.uint16]:
        labels = np.asarray(label_mask)
        if labels.shape != shape or labels.dtype.kind not in "ui":
            raise RunFrameError(
                f"The mask of frame {frame_index} has shape {labels.shape} and type {labels.dtype}; a mask of"
                f" run {self.run_id} has shape {shape} and an integer type."
            )
        narrow = labels.astype(np.uint16)
        fits = (narrow == labels) & self._known_labels[narrow]
        if not fits.all():
            strange = np.unique(labels[~fits])
            raise RunFrameError(
                f"The mask of frame {frame_index} holds the labels {strange[:5].tolist()}, which are no"
                f" tracks of run {self.run_id}. A label is 0 or a track id out of {list(self.track_ids)}."
            )
        return narrow

    def _parse_scores(self, frame_index: int, scores: ArrayLike) -> NDArray[np.float32]:
        values = np.asarray(scores, np.float32)
        if values.shape != (len(self.track_ids),) or not np.isfinite(values).all():
            raise RunFrameError(
                f"The scores of frame {frame_index} are {values.tolist()}. Give {len(self.track_ids)} finite"
                f" numbers, one for each of the tracks {list(self.track_ids)}; 0 for one that is not there."
            )
        return values


def _parse_track_ids(track_ids: Iterable[int]) -> tuple[int, ...]:
    ids = tuple(sorted(map(parse_track_id, track_ids)))
    if not ids or len(set(ids)) != len(ids):
        raise RunSettingsError(f"The tracks of a run are {list(ids)}. Give at least one, and each once.")
    return ids


def _parse_settings(settings: RunSettings) -> dict[str, JsonValue]:
    plain = dict(settings) if isinstance(settings, Mapping) else dataclasses.asdict(settings)
    try:
        parsed: dict[str, JsonValue] = json.loads(json.dumps(plain, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise RunSettingsError(
            f"The settings of a run must be plain JSON values: {error}. They are {plain!r}."
        ) from error
    return parsed
