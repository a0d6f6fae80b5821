"""Track ids that nobody uses."""

from collections.abc import Collection

from mfvis_engine.annotation import MAX_TRACK_ID, VerbRefusedError


def free_ids(used: Collection[int], count: int) -> tuple[int, ...]:
    """The first `count` ids above all that are used, and if these do not suffice, the first gaps; ascending.

    Raises:
        VerbRefusedError: There are not as many.
    """
    above = range(max(used, default=0) + 1, MAX_TRACK_ID + 1)[:count]
    missing = count - len(above)
    gaps = sorted(set(range(1, MAX_TRACK_ID + 1)).difference(used, above))[:missing] if missing else []
    if len(gaps) < missing:
        free = f"only {len(gaps) + len(above)} are free" if gaps or above else f"all {MAX_TRACK_ID} are in use"
        raise VerbRefusedError(f"{count} track ids are needed, and {free}. Delete a track first.")
    return (*gaps, *above)
