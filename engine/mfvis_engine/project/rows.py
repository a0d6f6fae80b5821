"""The tables that hold what a person did, their rows, and a digest that tells whether a bit of them has changed."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from mfvis_engine.annotation import Attributes, Keyframe, KeyframeOrigin, MaskOrigin, MaskState, Track

Row: TypeAlias = tuple[Any, ...]
"""A row in the order of its table's columns, as SQLite gives it: the schema checks types on the way in."""

DIGEST_RANGE = 2**64


@dataclass(frozen=True)
class Table:
    """A table whose rows are only ever added and removed.

    Attributes:
        name: As in the database.
        columns: The primary key first.
    """

    name: str
    columns: tuple[str, ...]

    @property
    def select(self) -> str:
        """The statement that gives all rows."""
        return f"SELECT {', '.join(self.columns)} FROM {self.name}"

    @property
    def insert(self) -> str:
        """The statement that adds a row."""
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({', '.join('?' for _ in self.columns)})"

    @property
    def delete(self) -> str:
        """The statement that removes a row which is wholly as given."""
        return f"DELETE FROM {self.name} WHERE {' AND '.join(f'{column} IS ?' for column in self.columns)}"


TRACK = Table("track", ("track_id", "category", "attributes"))
KEYFRAME = Table(
    "keyframe",
    ("track_id", "frame_index", "x0", "y0", "x1", "y1", "outside", "occluded", "origin", "attributes"),
)
MASK_STATE = Table("mask_state", ("frame_index", "track_id", "origin", "run_id", "verified"))
MASK_FRAME = Table("mask_frame", ("frame_index", "crc"))
TABLES = (TRACK, KEYFRAME, MASK_STATE, MASK_FRAME)


def track_row(track: Track) -> Row:
    """The row of a track, without its keyframes."""
    return track.track_id, track.category, _attributes_to_json(track.attributes)


def keyframe_row(track_id: int, keyframe: Keyframe) -> Row:
    """The row of a track's keyframe."""
    return (
        track_id,
        keyframe.frame_index,
        *keyframe.box_xyxy,
        int(keyframe.outside),
        int(keyframe.occluded),
        keyframe.origin.value,
        _attributes_to_json(keyframe.attributes),
    )


def keyframe_of(row: Row) -> Keyframe:
    """The keyframe of a row of `keyframe`."""
    _, frame_index, x0, y0, x1, y1, outside, occluded, origin, attributes = row
    return Keyframe(
        frame_index,
        (x0, y0, x1, y1),
        outside=bool(outside),
        occluded=bool(occluded),
        origin=KeyframeOrigin(origin),
        attributes=attributes_of(attributes),
    )


def mask_state_row(state: MaskState) -> Row:
    """The row of a mask's state."""
    return state.frame_index, state.track_id, state.origin.value, state.run_id, int(state.verified)


def mask_state_of(row: Row) -> MaskState:
    """The state of a row of `mask_state`."""
    frame_index, track_id, origin, run_id, verified = row
    return MaskState(track_id, frame_index, MaskOrigin(origin), run_id, bool(verified))


def attributes_of(text: str) -> Attributes:
    """Attributes out of the JSON text of a row."""
    return tuple(json.loads(text).items()) if text != "{}" else ()


def digest_of(rows: Iterable[Row]) -> int:
    """The sum, modulo 2^64, of a hash of every row: the same in any order, and kept up by each change alone.

    The hash of a row is the first 8 bytes, little endian, of BLAKE2b (8 bytes long) of the row as a JSON array in
    ASCII without spaces.
    """
    return sum(map(_row_hash, rows)) % DIGEST_RANGE


def _row_hash(row: Row) -> int:
    text = json.dumps(row, separators=(",", ":"))
    return int.from_bytes(hashlib.blake2b(text.encode("ascii"), digest_size=8).digest(), "little")


def _attributes_to_json(attributes: Attributes) -> str:
    return json.dumps(dict(attributes), ensure_ascii=False, separators=(",", ":")) if attributes else "{}"
