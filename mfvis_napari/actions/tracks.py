"""Actions on whole tracks."""

from typing import TYPE_CHECKING

from mfvis_engine.annotation.verbs import DeleteTrack, MergeTracks, RenameCategory, SplitTrack, SwapTracks
from mfvis_napari.actions.action import ActionRefusedError, open_session, selected_track
from mfvis_napari.session import Session

if TYPE_CHECKING:
    from mfvis_napari.workspace import Workspace


def begin_new_track(workspace: "Workspace") -> None:
    """Lets the next box that is drawn be a new track's."""
    session = open_session(workspace)
    session.view.select(())
    if workspace.layers is not None:
        workspace.layers.boxes.begin_drawing()


def merge_selected(workspace: "Workspace") -> None:
    """Says that the two selected tracks are one object, which keeps the id of the one selected first."""
    session = open_session(workspace)
    kept, gone = _two_selected(session, "merge")
    session.do(MergeTracks(gone, kept))
    session.view.select([kept])


def swap_selected(workspace: "Workspace") -> None:
    """Says that the two selected tracks were taken for each other from this frame on."""
    session = open_session(workspace)
    one, other = _two_selected(session, "swap")
    session.do(SwapTracks(one, other, session.view.frame_index))


def split_here(workspace: "Workspace") -> None:
    """Says that the selected track is another object from this frame on."""
    session = open_session(workspace)
    new_track_id = session.project.free_track_id()
    session.do(SplitTrack(selected_track(session), session.view.frame_index, new_track_id))
    session.view.select([new_track_id])


def delete_selected(workspace: "Workspace") -> None:
    """Deletes the selected tracks with all their boxes and masks."""
    session = open_session(workspace)
    selected_track(session)
    for track_id in session.view.track_ids:
        session.do(DeleteTrack(track_id))


def set_category(workspace: "Workspace", position: int) -> None:
    """Gives the selected tracks the category at a position of the list; the next new track gets it too."""
    categories = open_session(workspace).categories.names
    if position >= len(categories):
        raise ActionRefusedError(f"There are {len(categories)} categories, so key {position + 1} has none yet.")
    choose_category(workspace, categories[position])


def choose_category(workspace: "Workspace", category: str) -> None:
    """Gives the selected tracks a category, new or not; the next new track gets it too."""
    session = open_session(workspace)
    session.categories.current = category
    for track_id in session.view.track_ids:
        session.do(RenameCategory(track_id, category))


def _two_selected(session: Session, what: str) -> tuple[int, int]:
    chosen = session.view.track_ids
    if len(chosen) != 2:
        raise ActionRefusedError(
            f"{len(chosen)} tracks are selected. To {what}, select two: click one, then the other with Ctrl held."
        )
    return chosen[0], chosen[1]
