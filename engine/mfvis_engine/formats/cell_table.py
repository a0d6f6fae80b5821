"""The table of tracks of the Cell Tracking Challenge: `label begin end parent`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.label_images import MAX_LABEL
from mfvis_engine.formats.text_file import in_line, parse_whole, read_text

COLUMNS = ("label", "begin", "end", "parent")


@dataclass(frozen=True, slots=True)
class CellTrack:
    """A row of the table.

    Attributes:
        label: 1..65535, the track id.
        first_frame: From 0.
        last_frame: From 0, included.
        parent: The label of the track that this one goes on from; 0 for none.
    """

    label: int
    first_frame: int
    last_frame: int
    parent: int = 0

    def text(self) -> str:
        """The row as the file has it."""
        return f"{self.label} {self.first_frame} {self.last_frame} {self.parent}\n"


def read_cell_table(path: Path) -> tuple[CellTrack, ...]:
    """The tracks, sorted by label.

    Raises:
        FormatError: The file cannot be read, or a row is wrong or contradicts another; names file, line and
            value.
    """
    tracks: dict[int, CellTrack] = {}
    for line, text in enumerate(read_text(path).splitlines(), start=1):
        if not text.strip():
            continue
        with in_line(path, line):
            track = _parse_track(text.split())
            if track.label in tracks:
                raise FormatError(f"label {track.label} has a row already: give a track one row")
        tracks[track.label] = track
    for track in tracks.values():
        _check_parent(path, track, tracks)
    return tuple(tracks[label] for label in sorted(tracks))


def _parse_track(cells: list[str]) -> CellTrack:
    if len(cells) != len(COLUMNS):
        raise FormatError(f"{len(cells)} values, but a row has {len(COLUMNS)}: {' '.join(COLUMNS)}")
    label, first, last, parent = map(parse_whole, COLUMNS, cells)
    if not 1 <= label <= MAX_LABEL:
        raise FormatError(f"label {label} is outside 1..{MAX_LABEL}: renumber it")
    if not 0 <= first <= last:
        raise FormatError(f"label {label} is there from frame {first} to {last}: frames count from 0, the end is last")
    return CellTrack(label, first, last, parent)


def _check_parent(path: Path, track: CellTrack, tracks: Mapping[int, CellTrack]) -> None:
    if track.parent == 0:
        return
    parent = tracks.get(track.parent)
    if parent is None:
        raise FormatError(f"{path.name}: label {track.label} has the parent {track.parent}, which has no row: add it")
    if parent.last_frame >= track.first_frame:
        raise FormatError(
            f"{path.name}: label {track.label} begins in frame {track.first_frame}, but its parent {parent.label} is "
            f"there until frame {parent.last_frame}: a parent ends before its children begin"
        )


def only_children_joined(tracks: Sequence[CellTrack]) -> dict[int, int]:
    """For every label, the one at the head of the chain of only children that it ends; itself if it is none."""
    children = Counter(track.parent for track in tracks)
    joined_to: dict[int, int] = {}
    for track in sorted(tracks, key=lambda track: track.first_frame):  # parents come first
        is_only_child = track.parent and children[track.parent] == 1
        joined_to[track.label] = joined_to[track.parent] if is_only_child else track.label
    return joined_to


def join_cell_tracks(tracks: Sequence[CellTrack], joined_to: Mapping[int, int]) -> tuple[CellTrack, ...]:
    """The tracks that `only_children_joined` leaves, each as long as its parts together."""
    last_frames: dict[int, int] = {}
    for track in tracks:
        whole = joined_to[track.label]
        last_frames[whole] = max(last_frames.get(whole, 0), track.last_frame)
    return tuple(
        replace(track, last_frame=last_frames[track.label], parent=joined_to.get(track.parent, 0))
        for track in tracks
        if joined_to[track.label] == track.label
    )
