"""Why an action on tracks cannot be done as things stand, for what would be greyed out."""

from collections.abc import Callable

from mfvis_napari.session import Session
from mfvis_napari.widgets.tracks.row import TrackRow, is_in_view, track_row


def why_not(name: str, session: Session) -> str:
    """Why the action of this name cannot be done now, for people; empty where nothing speaks against it."""
    if session.read_only:
        return "The project is open for reading only."
    check = _CHECKS.get(name)
    return "" if check is None else check(session)


def what_then(name: str, session: Session) -> str:
    """What an action that can be done would do, where its title does not say."""
    if name == "tracks.merge":
        kept, gone = session.view.track_ids
        return f"Track {gone} becomes part of track {kept}, which was selected first."
    return ""


def _one_selected(session: Session) -> str:
    return "" if session.view.track_ids else "Select a track first: click a row, a box or a mask."


def _two_selected(session: Session) -> str:
    count = len(session.view.track_ids)
    return "" if count == 2 else f"Select two tracks: click one, then the other with Ctrl held. Selected now: {count}."


def _split(session: Session) -> str:
    row = _selected_row(session)
    if row is None or row.first_frame is None or row.last_frame is None:
        return _one_selected(session) or "The track has no box and no mask."
    frame_index = session.view.frame_index
    if row.first_frame < frame_index <= row.last_frame:
        return ""
    return (
        f"Go to a frame within track {row.track_id}, after its first: it is in frames {row.first_frame} to"
        f" {row.last_frame}."
    )


def _end(session: Session) -> str:
    row = _selected_row(session)
    if row is None:
        return _one_selected(session)
    if row.last_frame is None or row.last_frame <= session.view.frame_index:
        return f"Track {row.track_id} has no box and no mask after frame {session.view.frame_index}."
    return ""


def _delete_here(session: Session) -> str:
    track_id = session.view.track_id
    if track_id is None:
        return _one_selected(session)
    if is_in_view(session, session.annotations.track(track_id)):
        return ""
    return f"Track {track_id} has no box and no mask in frame {session.view.frame_index}."


def _selected_row(session: Session) -> TrackRow | None:
    track_id = session.view.track_id
    return None if track_id is None else track_row(session.annotations.track(track_id), session.masks.codes(track_id))


_CHECKS: dict[str, Callable[[Session], str]] = {
    "tracks.merge": _two_selected,
    "tracks.swap": _two_selected,
    "tracks.split": _split,
    "tracks.end": _end,
    "boxes.delete_here": _delete_here,
    "tracks.delete": _one_selected,
}
