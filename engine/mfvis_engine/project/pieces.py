"""Changes that were made in pieces, as the masks of a run come, and are undone and done again as one."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from mfvis_engine.annotation.verbs import AcceptRun, AdoptTracks
from mfvis_engine.project.done import Done
from mfvis_engine.project.log import LogRecord


@dataclass(frozen=True)
class Piece:
    """An entry of the log that is one of several pieces of a change.

    Attributes:
        run_id: The run whose masks are taken over.
        track_ids: For which tracks, ascending; None for all.
        begins: Whether it is the first piece: it adopts the tracks.
    """

    run_id: str
    track_ids: tuple[int, ...] | None
    begins: bool

    @classmethod
    def of(cls, record: LogRecord) -> Self | None:
        """The piece that an entry is; None for a whole change."""
        if record.verb not in (AcceptRun.name, AdoptTracks.name):
            return None
        arguments = json.loads(record.arguments)
        if not arguments.get("is_part"):
            return None
        begins = record.verb == AdoptTracks.name
        track_ids = arguments["new_ids" if begins else "track_ids"]
        return cls(arguments["run_id"], None if track_ids is None else tuple(sorted(track_ids)), begins)

    def goes_with(self, later: Self) -> bool:
        """Whether a piece that comes after it in the log is of the same change."""
        return not later.begins and (self.run_id, self.track_ids) == (later.run_id, later.track_ids)


def steps(step: Callable[[], Done | None], following: Callable[[], Piece | None], *, back: bool) -> Iterator[Done]:
    """Undoes or redoes a change piece by piece, as it is iterated.

    Args:
        step: Undoes or redoes one entry of the log; None where there is none.
        following: The piece that `step` would take now; None where that is a whole change, or there is none.
        back: Whether it undoes.
    """
    piece = following()
    while (done := step()) is not None:
        yield done
        here, piece = piece, following()
        if here is None or piece is None or not (piece.goes_with(here) if back else here.goes_with(piece)):
            return
