"""Who a track id is, so that what was proposed for one object is not taken over for another.

Tracks are split, merged and swapped, and ids of deleted ones are given anew. An id is the same object's as long as the
last change of the log that is done and says who it is (`Verb.says_who`) is the same one.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from mfvis_engine.annotation.verbs import VERBS, AdoptTracks
from mfvis_engine.project.log import LogRecord

VERBS_THAT_KEEP_WHO = tuple(name for name, verb in VERBS.items() if not verb.says_who)
"""Every other verb of a log, also one that this program does not know, says who the tracks are that it touches."""


class Identity(NamedTuple):
    """The last change that said who a track id is.

    Attributes:
        log_id: Its id in the log; 0 where no change did.
        crc: That of its row, for ids are given twice where a database was restored from a backup.
    """

    log_id: int = 0
    crc: int = 0


def tracks_said_of(record: LogRecord) -> Collection[int]:
    """The tracks of which a change says who they are: all that it touches, but for one that adopts proposals.

    The masks of an adopted track may take pixels of other predictions; whose those are stays as it was.
    """
    return record.diff.track_ids if record.verb == AdoptTracks.name else record.track_ids


def reidentified(
    recorded: Mapping[int, Identity], now: Mapping[int, Identity], summary_of: Callable[[int], str | None]
) -> Mapping[int, str]:
    """The track ids that are another object's than they were, each with what made them so, in words.

    Args:
        recorded: Who the ids were, by id.
        now: Who they are, by id; one that is missing is who it always was.
        summary_of: The summary of a change by its id in the log; None where it is gone.
    """
    return {
        track_id: _told(identity, now.get(track_id, Identity()), summary_of)
        for track_id, identity in recorded.items()
        if identity != now.get(track_id, Identity())
    }


def _told(was: Identity, now: Identity, summary_of: Callable[[int], str | None]) -> str:
    undone = now.log_id < was.log_id
    log_id = was.log_id if undone else now.log_id
    summary = summary_of(log_id)
    about = "" if summary is None else f" ({summary})"
    return f"change {log_id} of the log{about} {'was undone' if undone else 'came since'}"
