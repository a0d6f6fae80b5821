"""Actions on the mask of the selected track in the frame in view."""

from typing import TYPE_CHECKING

import numpy as np

from mfvis_engine.annotation import VERIFIED_BIT
from mfvis_engine.annotation.verbs import ClearMask, Unverify, Verify
from mfvis_napari.actions.action import ActionRefusedError, open_session, selected_track
from mfvis_napari.session import Session

if TYPE_CHECKING:
    from mfvis_napari.workspace import Workspace


def toggle_verified(workspace: "Workspace") -> None:
    """Approves the masks of the selected tracks here, or takes that back."""
    session = open_session(workspace)
    selected_track(session)
    track_ids, frame_index = session.view.track_ids, session.view.frame_index
    all_verified = all(session.masks.codes(track_id)[frame_index] & VERIFIED_BIT for track_id in track_ids)
    verb = Unverify if all_verified else Verify
    session.do(verb(track_ids, frame_index, frame_index))


def verify_up_to_here(workspace: "Workspace") -> None:
    """Approves the masks of each selected track from its last verified frame, or its first box, to here."""
    session = open_session(workspace)
    track_id, last = selected_track(session), session.view.frame_index
    begins = {track_id: _first_to_verify(session, track_id, last) for track_id in session.view.track_ids}
    found = {track_id: first for track_id, first in begins.items() if first is not None}
    if not found:
        raise ActionRefusedError(f"Track {track_id} begins after frame {last}: there is nothing to verify up to here.")
    for chosen, first in found.items():
        session.do(Verify((chosen,), first, last))
    spans = (f"track {chosen} from frame {first}" for chosen, first in found.items())
    workspace.messages.say(f"Verified up to frame {last}: {', '.join(spans)}.")


def _first_to_verify(session: Session, track_id: int, last: int) -> int | None:
    """After the last verified frame before `last`, or where the track begins; None where that is later."""
    codes = session.masks.codes(track_id)[: last + 1]
    earlier = np.flatnonzero(codes[:last] & VERIFIED_BIT)
    if earlier.size:
        return int(earlier[-1]) + 1
    given = [keyframe.frame_index for keyframe in session.annotations.track(track_id).keyframes]
    begins = [*given[:1], *np.flatnonzero(codes)[:1].tolist()]
    return min(begins) if begins and min(begins) <= last else None


def clear_mask(workspace: "Workspace") -> None:
    """Takes the mask away here, for good: no machine fills it again."""
    session = open_session(workspace)
    selected_track(session)
    session.do(ClearMask(session.view.track_ids, session.view.frame_index, session.view.frame_index))


def hand_back(workspace: "Workspace") -> None:
    """Takes a person's mask away here and lets the engine make one again."""
    session = open_session(workspace)
    selected_track(session)
    frame_index = session.view.frame_index
    session.do(ClearMask(session.view.track_ids, frame_index, frame_index, hand_back=True))


def edit_masks(workspace: "Workspace") -> None:
    """Goes to painting: the brush is the selected track's."""
    session = open_session(workspace)
    selected_track(session)
    if workspace.layers is not None:
        workspace.layers.masks.begin_painting()


def edit_boxes(workspace: "Workspace") -> None:
    """Goes back to the boxes."""
    open_session(workspace)
    if workspace.layers is not None:
        workspace.layers.boxes.begin_selecting()
