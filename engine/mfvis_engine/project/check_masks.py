"""Every frame of the masks against what the database says it must hold."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zarr

from mfvis_engine.annotation.mask_patch import Labels, frame_crc, labels_in
from mfvis_engine.annotation.verbs.verb import listed
from mfvis_engine.project.arrays import is_laid_out_as_masks
from mfvis_engine.project.database import Database
from mfvis_engine.project.errors import ProjectDamagedError, ProjectError
from mfvis_engine.project.findings import Finding, Severity, reason_of
from mfvis_engine.project.mask_chunks import MaskChunks
from mfvis_engine.project.migrations import UNKNOWN_CRC
from mfvis_engine.project.store import ProjectStore

_ROUNDS = 5
_PAUSE_S = 0.1
"""Frames that do not fit are looked at again: a writer changes the database and, a moment later, the chunk."""


def open_chunks(folder: Path) -> MaskChunks:
    """The masks of the project in `folder`, whatever its header says.

    Raises:
        ProjectDamagedError: The array's metadata are missing, unreadable, or not those of masks.
    """
    path = folder / "masks" / "zarr.json"
    try:
        array = zarr.open_array(ProjectStore(folder / "masks", read_only=True), mode="r")
    except Exception as error:  # nonsense in the metadata makes zarr raise anything
        raise ProjectDamagedError(f"{path} cannot be read ({error}). Restore it from a backup.") from error
    if not is_laid_out_as_masks(array):
        raise ProjectDamagedError(f"{path} does not describe an array as the program makes it")
    return MaskChunks(array, folder)


def frame_findings(
    chunks: MaskChunks, database: Database | None, progress: Callable[[int, int], None]
) -> tuple[Finding, ...]:
    """Looks at every frame, its pixels and its states.

    Args:
        chunks: The masks.
        database: What they must hold; without it, only whether they can be read is looked at.
        progress: Called with the number of frames that were looked at, and of all.
    """
    found: dict[int, tuple[Finding, ...]] = {}
    for frame_index in range(chunks.length):
        found[frame_index] = _findings_of(chunks, database, frame_index)
        progress(frame_index + 1, chunks.length)
    for _ in range(_ROUNDS - 1):
        suspects = [frame_index for frame_index, findings in found.items() if findings]
        if suspects:
            time.sleep(_PAUSE_S)
        found = {frame_index: _findings_of(chunks, database, frame_index) for frame_index in suspects}
    return (*(finding for findings in found.values() for finding in findings), *_files_beyond(chunks))


def _findings_of(chunks: MaskChunks, database: Database | None, frame_index: int) -> tuple[Finding, ...]:
    """Looks at one frame: chunk first, so that the log, read later, leads from what it held to what it must hold."""
    if database is not None and not chunks.file(frame_index).exists() and _is_background(database, frame_index):
        return ()
    try:
        labels = chunks.read(frame_index)
    except ProjectDamagedError as error:
        record = _recorded(database, frame_index, np.zeros((chunks.height, chunks.width), np.uint16))
        return (_damage(chunks, frame_index, f"cannot be read: {reason_of(error)}", record),)
    record = _recorded(database, frame_index, labels)
    if record is None:
        return ()
    if record.labels is None:
        return (_foreign(chunks, frame_index, frame_crc(labels), record),)
    return (*_lag(chunks, frame_index, frame_crc(labels), record), *_unrecorded(chunks, frame_index, record))


def _is_background(database: Database, frame_index: int) -> bool:
    try:
        return database.frame_crc(frame_index) is None
    except ProjectError:
        return False


@dataclass(frozen=True)
class _Record:
    """What the database says of a frame.

    Attributes:
        crc: Of what it must hold.
        labels: What it must hold, (H, W), as the log leads there from what it does hold; None where it does not.
        track_ids: The tracks whose state is recorded.
        can_be_remade: Whether the log leads there from an empty frame.
        is_pending: Whether its pixels are still to be written.
    """

    crc: int | None
    labels: Labels | None
    track_ids: frozenset[int]
    can_be_remade: bool
    is_pending: bool


def _recorded(database: Database | None, frame_index: int, held: Labels) -> _Record | None:
    """What is recorded of a frame that holds this; None where the database cannot tell, which is found elsewhere."""
    if database is None:
        return None
    try:
        with database.one_state():
            crc, pending = database.frame_crc(frame_index), database.meta().pending_log_id
            labels = _led(database, frame_index, held, crc)
            return _Record(
                crc,
                labels,
                frozenset(state.track_id for state in database.mask_states(frame_index)),
                labels is None and _led(database, frame_index, np.zeros_like(held), crc) is not None,
                pending is not None and frame_index in database.changed_frames(pending, pixels_only=True),
            )
    except ProjectError:
        return None


def _led(database: Database, frame_index: int, labels: Labels, wanted: int | None) -> Labels | None:
    """Where the log leads from `labels`, if that is what is wanted."""
    try:
        for patch in database.patches_between(frame_index, frame_crc(labels), wanted):
            labels = patch.applied(labels)
    except ProjectDamagedError:  # of a patch
        return None
    return labels if frame_crc(labels) == wanted else None


def _foreign(chunks: MaskChunks, frame_index: int, found: int | None, record: _Record) -> Finding:
    wanted = "that of an unreadable file" if record.crc == UNKNOWN_CRC else record.crc
    how = "is not what was written" if chunks.file(frame_index).exists() else "is missing"
    return _damage(chunks, frame_index, f"{how}: its CRC-32 is {found}, and {wanted} was recorded.", record)


def _damage(chunks: MaskChunks, frame_index: int, what: str, record: _Record | None) -> Finding:
    remedy = (
        "Delete the file: the log has all that was ever drawn in this frame, and makes it anew."
        if record is not None and (record.can_be_remade or record.labels is not None)
        else "Restore the file from a backup; all other frames can be used."
    )
    where = str(chunks.file(frame_index))
    return Finding(Severity.DAMAGE, f"The file of frame {frame_index} {what}", where, remedy)


def _lag(chunks: MaskChunks, frame_index: int, found: int | None, record: _Record) -> Iterator[Finding]:
    if found != record.crc and not record.is_pending:
        file = chunks.file(frame_index)
        yield Finding(
            Severity.WARNING,
            f"The file of frame {frame_index} is {'behind' if file.exists() else 'missing'}; the log has what it must"
            " hold.",
            str(file),
            "Nothing is lost: reading goes by the log, and the next change of the frame writes the file.",
        )


def _unrecorded(chunks: MaskChunks, frame_index: int, record: _Record) -> Iterator[Finding]:
    strange = sorted(set(labels_in(record.labels)) - record.track_ids) if record.labels is not None else []
    if strange:
        yield Finding(
            Severity.DAMAGE,
            f"Frame {frame_index} has pixels of the tracks {listed(strange)}, of which no state is recorded.",
            str(chunks.file(frame_index)),
            "Restore annotations.sqlite from a backup.",
        )


def _files_beyond(chunks: MaskChunks) -> Iterator[Finding]:
    folder = chunks.file(0).parents[2]
    known = {str(frame_index) for frame_index in range(chunks.length)}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name not in known:
            yield Finding(
                Severity.WARNING,
                f"There is no frame {path.name}; the frames are 0 to {chunks.length - 1}.",
                str(path),
                "Delete it, if you know it is not needed.",
            )
