"""What an engine keeps, and how much of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What an engine keeps.

    Attributes:
        blob_bytes: Of learned weights; those used last stay.
        clip_bytes: Of uploaded videos; those used last stay.
        ended_jobs: How many jobs stay readable after their end; the oldest go first.
        event_bytes: Of events of ended jobs; the oldest go first, never the last one's.
    """

    blob_bytes: int = 4 * 10**9
    clip_bytes: int = 64 * 10**9
    ended_jobs: int = 200
    event_bytes: int = 4 * 10**9
