"""What a person said of the tracks that runs propose: read out of the log, so that undo and redo need nothing else."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mfvis_engine.annotation.proposed_tracks import Verdicts
from mfvis_engine.annotation.verbs import AdoptTracks, DismissTracks, MergeTracks
from mfvis_engine.project.identities import Identity
from mfvis_engine.project.log import LogRecord


class Adoption(NamedTuple):
    """What became of a proposal that was adopted.

    Attributes:
        track_id: The track.
        identity: The change that made it one.
    """

    track_id: int
    identity: Identity


@dataclass
class RunVerdicts:
    """What was said of the proposals of one run.

    Attributes:
        adopted: By the proposal's id.
        dismissed: Ids of proposals.
    """

    adopted: dict[int, Adoption] = field(default_factory=dict)
    dismissed: set[int] = field(default_factory=set)

    def plain(self) -> Verdicts:
        """The same as verbs see it."""
        return Verdicts({label: one.track_id for label, one in self.adopted.items()}, frozenset(self.dismissed))

    def adopt(self, pairs: Iterable[tuple[int, int]], identity: Identity) -> None:
        """Proposals became tracks."""
        for label, track_id in pairs:
            self.adopted[label] = Adoption(track_id, identity)
            self.dismissed.discard(label)

    def lose(self, gone: frozenset[int], into: int | None) -> None:
        """Tracks were deleted, or merged into another one."""
        for label, adoption in list(self.adopted.items()):
            if adoption.track_id in gone:
                del self.adopted[label]
                if into is not None:
                    self.adopted[label] = adoption._replace(track_id=into)


def verdicts_of(entries: Iterable[tuple[Identity, LogRecord]]) -> Mapping[str, RunVerdicts]:
    """What stands at the end of the changes given, by run.

    Args:
        entries: Changes that are done, oldest first, each with what it makes of tracks of which it says who they are:
            from the first one on that adopts or dismisses, all that do so or that say who a track is.
    """
    verdicts: defaultdict[str, RunVerdicts] = defaultdict(RunVerdicts)
    for identity, record in entries:
        if record.verb in (AdoptTracks.name, DismissTracks.name):
            arguments = json.loads(record.arguments)
            told, labels = verdicts[arguments["run_id"]], arguments["track_ids"]
            if record.verb == DismissTracks.name:
                told.dismissed.update(labels)
            else:
                told.adopt(zip(labels, arguments["new_ids"], strict=True), identity)
        elif gone := record.diff.gone_track_ids:
            into = json.loads(record.arguments)["into_track_id"] if record.verb == MergeTracks.name else None
            for told in verdicts.values():
                told.lose(gone, into)
    return verdicts
