"""Folders of the Cell Tracking Challenge: a label TIFF a frame, and a table of tracks `label begin end parent`.

Results have `mask000.tif` and `res_track.txt`, ground truth has `man_track000.tif` and `man_track.txt`. Frames
count from 0; the parent is 0 for none. The challenge wants a track to be there in each of its frames: one with
a gap is written as several, each the only child of the one before. After a division there are two children.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray

from mfvis_engine.formats.atomic import folder_when_done
from mfvis_engine.formats.cell_table import CellTrack, join_cell_tracks, only_children_joined, read_cell_table
from mfvis_engine.formats.errors import FormatError, VerificationError
from mfvis_engine.formats.label_images import (
    MAX_LABEL,
    Labels,
    as_labels,
    numbered_files,
    of_one_size,
    read_frames,
    read_label_tiff,
    unknown_track,
)

RESULT_NAMES = ("res_track.txt", "mask")
TRUTH_NAMES = ("man_track.txt", "man_track")
MIN_DIGITS = 3


@dataclass(frozen=True, slots=True)
class CellTrackingVideo:
    """A folder that has been read; the masks are read when they are asked for.

    Attributes:
        files: The TIFF of each frame.
        tracks: Sorted by label.
        joined_to: For every label of the files, the label that stands for it; itself where nothing is joined.
    """

    files: tuple[Path, ...]
    tracks: tuple[CellTrack, ...]
    joined_to: Mapping[int, int]

    @property
    def length(self) -> int:
        """Frames."""
        return len(self.files)

    def label_masks(self) -> Iterator[Labels]:
        """The masks of every frame, one at a time.

        Yields:
            (H, W) uint16, the track id of each pixel.

        Raises:
            FormatError: A file cannot be read, or shows a label in a frame where the table has none.
        """
        spans = {track.label: track for track in self.tracks}
        label_of = np.zeros(MAX_LABEL + 1, np.uint16)
        label_of[list(self.joined_to)] = list(self.joined_to.values())
        for frame_index, labels in enumerate(read_frames(self.files, read_label_tiff)):
            for label in _present(labels):
                track = spans.get(self.joined_to.get(label, 0))
                if track is None or not track.first_frame <= frame_index <= track.last_frame:
                    raise FormatError(
                        f"{self.files[frame_index]} shows label {label}, which is not there in frame {frame_index} by "
                        f"the table of tracks: mend one of them"
                    )
            yield label_of[labels]


def read_cell_tracking(folder: Path | str, *, join_gaps: bool = False) -> CellTrackingVideo:
    """Read a folder of results or ground truth.

    Args:
        folder: With `res_track.txt` and `mask000.tif` and on, or `man_track.txt` and `man_track000.tif` and on;
            the numbers may have any number of digits.
        join_gaps: Make one track of a track and its only child, as which a track with a gap is written.
            Otherwise they are kept apart.

    Raises:
        FormatError: The table or the files are missing, or a row is wrong; names file, line and value.
    """
    folder = Path(folder)
    table, prefix = TRUTH_NAMES if (folder / TRUTH_NAMES[0]).exists() else RESULT_NAMES
    tracks = read_cell_table(folder / table)
    files = numbered_files(folder, ".tif", prefix, first=0)
    late = next((track for track in tracks if track.last_frame >= len(files)), None)
    if late:
        raise FormatError(
            f"{table}: label {late.label} ends in frame {late.last_frame}, but there are {len(files)} masks, from "
            f"frame 0: copy the missing files"
        )
    joined_to = {track.label: track.label for track in tracks}
    if join_gaps:
        joined_to = only_children_joined(tracks)
        tracks = join_cell_tracks(tracks, joined_to)
    return CellTrackingVideo(tuple(files), tracks, joined_to)


def write_cell_tracking(
    folder: Path | str,
    label_masks: Iterable[NDArray[np.integer]],
    track_ids: Sequence[int],
    *,
    parents: Mapping[int, int] | None = None,
) -> tuple[CellTrack, ...]:
    """Write a video's label masks as results, one frame at a time.

    A track with gaps keeps its id up to the first; each later part has a label of its own, above all ids where
    there is room, and the part before as its parent.

    The folder takes its place only when every frame is written and has been read back and compared.

    Args:
        folder: Must not exist yet, or be empty; its parent must exist.
        label_masks: Frames of (H, W); each value is a track id, 0 background.
        track_ids: Every id in the masks.
        parents: The id of the track that divided, for each track that came of a division. An only child looks like
            the part after a gap: `read_cell_tracking` joins it too when asked to join.

    Returns:
        The table that was written, sorted by label.

    Raises:
        FormatError: A mask holds another id, frames have different sizes, a child begins before its parent has
            ended, too many labels are needed, or the folder is in use.
        VerificationError: What was written does not read back.
    """
    parts = _Parts(track_ids)
    with folder_when_done(Path(folder)) as unfinished:
        count = 0
        for frame_index, labels in enumerate(of_one_size(label_masks)):
            _write_frame(unfinished / _frame_name(frame_index), parts.relabelled(frame_index, labels))
            count += 1
        _pad_names(unfinished, count)
        tracks = parts.table(parents or {})
        text = "".join(track.text() for track in tracks)
        (unfinished / RESULT_NAMES[0]).write_text(text, encoding="ascii", newline="\n")
        if read_cell_table(unfinished / RESULT_NAMES[0]) != tracks:
            raise VerificationError(f"{RESULT_NAMES[0]} did not read back as written: nothing was kept; try again")
    return tracks


class _Parts:
    """Parts of tracks without gaps, found while frames go by.

    Attributes:
        parts: For every track id, its parts; the last one may still grow.
    """

    def __init__(self, track_ids: Sequence[int]) -> None:
        self.parts: dict[int, list[CellTrack]] = {track_id: [] for track_id in track_ids}
        above = range(max(track_ids, default=0) + 1, MAX_LABEL + 1)
        below = (label for label in range(1, above.start) if label not in self.parts)
        self._free: Iterator[int] = chain(above, below)

    def relabelled(self, frame_index: int, labels: NDArray[np.integer]) -> Labels:
        """A frame with the labels of the parts that its tracks are in, (H, W)."""
        labels = as_labels(f"frame {frame_index}", labels)
        label_of = np.arange(MAX_LABEL + 1, dtype=np.uint16)
        for track_id in _present(labels):
            label_of[track_id] = self._see(frame_index, track_id)
        return label_of[labels]

    def table(self, parents: Mapping[int, int]) -> tuple[CellTrack, ...]:
        """All parts, those of divided tracks linked too."""
        for child, parent in parents.items():
            before, after = self._seen(parent)[-1], self._seen(child)[0]
            if before.last_frame >= after.first_frame:
                raise FormatError(
                    f"track {child} begins in frame {after.first_frame}, but its parent {parent} is there until frame "
                    f"{before.last_frame}: a parent ends before its children begin"
                )
            self.parts[child][0] = replace(after, parent=before.label)
        found = [part for parts in self.parts.values() for part in parts]
        return tuple(sorted(found, key=lambda part: part.label))

    def _see(self, frame_index: int, track_id: int) -> int:
        """The label of a track in the next frame."""
        if track_id not in self.parts:
            raise unknown_track(frame_index, track_id)
        parts = self.parts[track_id]
        if parts and parts[-1].last_frame == frame_index - 1:
            parts[-1] = replace(parts[-1], last_frame=frame_index)
        elif parts:
            parts.append(CellTrack(self._next_label(), frame_index, frame_index, parts[-1].label))
        else:
            parts.append(CellTrack(track_id, frame_index, frame_index))
        return parts[-1].label

    def _seen(self, track_id: int) -> list[CellTrack]:
        if not self.parts.get(track_id):
            raise FormatError(f"track {track_id} is said to be of a division, but has no mask: leave it out")
        return self.parts[track_id]

    def _next_label(self) -> int:
        label = next(self._free, None)
        if label is None:
            raise FormatError(f"the tracks have so many gaps that {MAX_LABEL} labels do not do: fill the short ones")
        return label


def _write_frame(path: Path, labels: Labels) -> None:
    tifffile.imwrite(path, labels, compression="zlib", photometric="minisblack", metadata=None)
    if not np.array_equal(read_label_tiff(path), labels):
        raise VerificationError(f"{path.name} did not read back as written: nothing was kept; try again")


def _frame_name(frame_index: int, digits: int = MIN_DIGITS) -> str:
    return f"{RESULT_NAMES[1]}{frame_index:0{digits}d}.tif"


def _pad_names(folder: Path, count: int) -> None:
    """Give all frames of a long video numbers of as many digits as the last one needs."""
    digits = len(str(max(0, count - 1)))
    if digits > MIN_DIGITS:
        for frame_index in range(count):
            (folder / _frame_name(frame_index)).rename(folder / _frame_name(frame_index, digits))


def _present(labels: Labels) -> list[int]:
    """The labels of a frame but 0, ascending."""
    found: list[int] = np.flatnonzero(np.bincount(labels.ravel())).tolist()
    return found[1:] if found and found[0] == 0 else found
