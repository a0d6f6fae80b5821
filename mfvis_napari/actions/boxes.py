"""Actions on the box of the selected track in the frame in view."""

from typing import TYPE_CHECKING

from mfvis_engine.annotation.verbs import (
    AddKeyframe,
    DeleteHere,
    DeleteKeyframe,
    EndTrack,
    SetBox,
    SetOccluded,
    SetOutside,
)
from mfvis_napari.actions.action import ActionRefusedError, open_session, selected_track
from mfvis_napari.session import FrameBox, Session

if TYPE_CHECKING:
    from mfvis_napari.workspace import Workspace


def begin_drawing_here(workspace: "Workspace") -> None:
    """Lets the next box that is drawn be the selected track's, in the place of the one that it has here, if any."""
    selected_track(open_session(workspace))
    if workspace.layers is not None:
        workspace.layers.boxes.begin_drawing(again=True)


def toggle_keyframe(workspace: "Workspace") -> None:
    """Makes the box on the line a keyframe, or takes the keyframe away."""
    session = open_session(workspace)
    track_id, frame_index = selected_track(session), session.view.frame_index
    if session.annotations.track(track_id).keyframe(frame_index) is None:
        session.do(AddKeyframe(track_id, frame_index))
    else:
        session.do(DeleteKeyframe(track_id, frame_index))


def toggle_outside(workspace: "Workspace") -> None:
    """Says that the object leaves here; where a keyframe says so already, that it is here after all."""
    session = open_session(workspace)
    track_id, frame_index = selected_track(session), session.view.frame_index
    keyframe = session.annotations.track(track_id).keyframe(frame_index)
    session.do(SetOutside(track_id, frame_index, outside=keyframe is None or not keyframe.outside))


def toggle_occluded(workspace: "Workspace") -> None:
    """Says that the object is hidden from here on, or that it can be seen again."""
    session = open_session(workspace)
    box = _box_here(session)
    session.do(SetOccluded(box.track_id, session.view.frame_index, occluded=not box.occluded))


def copy_to_next_frame(workspace: "Workspace") -> None:
    """Puts the box into the next frame as it is, and goes there."""
    session = open_session(workspace)
    box, next_frame = _box_here(session), session.view.frame_index + 1
    if next_frame >= session.view.length:
        raise ActionRefusedError(f"Frame {session.view.frame_index} is the last one: there is none to copy the box to.")
    session.do(SetBox(box.track_id, next_frame, box.box_xyxy))
    session.view.frame_index = next_frame


def delete_here(workspace: "Workspace") -> None:
    """Takes the track out of this frame alone."""
    session = open_session(workspace)
    session.do(DeleteHere(selected_track(session), session.view.frame_index))


def end_here(workspace: "Workspace") -> None:
    """Lets the track end with this frame."""
    session = open_session(workspace)
    session.do(EndTrack(selected_track(session), session.view.frame_index))


def _box_here(session: Session) -> FrameBox:
    track_id, frame_index = selected_track(session), session.view.frame_index
    box = session.box(track_id, frame_index)
    if box is None:
        raise ActionRefusedError(
            f"Track {track_id} has no box in frame {frame_index}. Draw one, or go to another frame."
        )
    return box
