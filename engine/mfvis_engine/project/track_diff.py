"""The rows of tracks and keyframes that a change removes and adds."""

import json
from collections import defaultdict
from dataclasses import dataclass

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.project.rows import Row, attributes_of, keyframe_of, keyframe_row, track_row


@dataclass(frozen=True)
class TrackDiff:
    """The difference of two annotations; turned round, it leads back.

    Attributes:
        tracks_removed: Rows of `track`.
        tracks_added: Rows of `track`.
        keyframes_removed: Rows of `keyframe`.
        keyframes_added: Rows of `keyframe`.
    """

    tracks_removed: tuple[Row, ...] = ()
    tracks_added: tuple[Row, ...] = ()
    keyframes_removed: tuple[Row, ...] = ()
    keyframes_added: tuple[Row, ...] = ()

    @classmethod
    def between(cls, before: Annotations, after: Annotations) -> "TrackDiff":
        """What leads from one to the other. Tracks that are one object in both cost nothing."""
        old = {track.track_id: track for track in before.tracks}
        new = {track.track_id: track for track in after.tracks}
        changed = [i for i in sorted(old.keys() | new.keys()) if old.get(i) is not new.get(i)]
        removed_tracks, added_tracks = _difference(
            [track_row(old[i]) for i in changed if i in old], [track_row(new[i]) for i in changed if i in new]
        )
        removed, added = _difference(
            [keyframe_row(i, keyframe) for i in changed if i in old for keyframe in old[i].keyframes],
            [keyframe_row(i, keyframe) for i in changed if i in new for keyframe in new[i].keyframes],
        )
        return cls(removed_tracks, added_tracks, removed, added)

    @classmethod
    def from_json(cls, text: str) -> "TrackDiff":
        """Reads what `to_json` wrote."""
        tables = json.loads(text)
        rows = (
            tuple(tuple(row) for row in tables[table][kind])
            for table in ("track", "keyframe")
            for kind in ("removed", "added")
        )
        return cls(*rows)

    def to_json(self) -> str:
        """The rows by table, as JSON text."""
        return json.dumps(
            {
                "track": {"removed": self.tracks_removed, "added": self.tracks_added},
                "keyframe": {"removed": self.keyframes_removed, "added": self.keyframes_added},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    def reversed(self) -> "TrackDiff":
        """What leads back."""
        return TrackDiff(self.tracks_added, self.tracks_removed, self.keyframes_added, self.keyframes_removed)

    @property
    def track_ids(self) -> frozenset[int]:
        """The tracks that change."""
        rows = (*self.tracks_removed, *self.tracks_added, *self.keyframes_removed, *self.keyframes_added)
        return frozenset(row[0] for row in rows)

    @property
    def gone_track_ids(self) -> frozenset[int]:
        """The tracks that are there before the change and not after it."""
        return frozenset(row[0] for row in self.tracks_removed) - {row[0] for row in self.tracks_added}

    def applied(self, annotations: Annotations) -> Annotations:
        """The annotations after the change; only the tracks that change are made anew."""
        tracks = {track.track_id: track for track in annotations.tracks}
        about = {row[0]: row for row in self.tracks_added}
        gone = {row[0] for row in self.tracks_removed}
        keyframes: dict[int, dict[int, Keyframe]] = defaultdict(dict)
        for track_id in self.track_ids & tracks.keys():
            keyframes[track_id] = {keyframe.frame_index: keyframe for keyframe in tracks[track_id].keyframes}
        for row in self.keyframes_removed:
            del keyframes[row[0]][row[1]]
        for row in self.keyframes_added:
            keyframe = keyframe_of(row)
            keyframes[row[0]][keyframe.frame_index] = keyframe
        for track_id in self.track_ids:
            if track_id in gone and track_id not in about:
                del tracks[track_id]
                continue
            row = about.get(track_id) or track_row(tracks[track_id])
            tracks[track_id] = Track(track_id, row[1], tuple(keyframes[track_id].values()), attributes_of(row[2]))
        return Annotations(tuple(tracks.values()))


def _difference(before: list[Row], after: list[Row]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    kept = set(before) & set(after)
    return tuple(row for row in before if row not in kept), tuple(row for row in after if row not in kept)
