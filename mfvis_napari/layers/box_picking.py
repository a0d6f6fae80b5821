"""Which tracks are selected once a person has clicked boxes."""

from collections.abc import Collection, Sequence


def picked_tracks(
    before: Sequence[int], here: Sequence[int], chosen: Collection[int], *, keep_absent: bool = False
) -> tuple[int, ...]:
    """The selected tracks, in the order in which they were selected.

    Args:
        before: The tracks that were selected.
        here: The tracks of the boxes in view.
        chosen: Those of them whose boxes are selected now, as positions in `here`.
        keep_absent: Whether selected tracks without a box in view stay selected, as when one more is added to them.
    """
    chosen_ids = [here[position] for position in sorted(chosen)]
    kept = [track_id for track_id in before if track_id in chosen_ids or (keep_absent and track_id not in here)]
    return (*kept, *(track_id for track_id in chosen_ids if track_id not in kept))


def positions_of(track_ids: Collection[int], here: Sequence[int]) -> set[int]:
    """Where in `here` these tracks are; those that are not there are left out."""
    return {position for position, track_id in enumerate(here) if track_id in track_ids}
