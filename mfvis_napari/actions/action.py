"""What an action is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from mfvis_engine.errors import MfvisError

if TYPE_CHECKING:
    from mfvis_napari.session import Session
    from mfvis_napari.workspace import Workspace


class ActionRefusedError(MfvisError):
    """An action cannot be done as things stand; the message says what is missing."""


class Group(StrEnum):
    """Under which heading an action is listed."""

    BOXES = "Boxes"
    TRACKS = "Tracks"
    MASKS = "Masks"
    MOVING = "Moving through the video"
    WHOLE = "Project"


@dataclass(frozen=True)
class Action:
    """Something a person can do with one key.

    Attributes:
        name: Under which a key of the person's own is kept: "boxes.keyframe".
        title: For menus and the help: "Keyframe here".
        group: Under which heading it is listed.
        keys: Default keys, as `QKeySequence` reads them; the first is the one that is shown.
        run: Does it.
        says: One line more for the help.
        needs_project: Whether it is of use only while a project is open.
    """

    name: str
    title: str
    group: Group
    keys: tuple[str, ...]
    run: "Callable[[Workspace], None]"
    says: str = ""
    needs_project: bool = True


def open_session(workspace: "Workspace") -> "Session":
    """The open project's session.

    Raises:
        ActionRefusedError: None is open.
    """
    if workspace.session is None:
        raise ActionRefusedError("No project is open. Open a video or a project first.")
    return workspace.session


def selected_track(session: "Session") -> int:
    """The selected track.

    Raises:
        ActionRefusedError: None is.
    """
    if session.view.track_id is None:
        raise ActionRefusedError("No track is selected. Click a box, a mask or a row of the table first.")
    return session.view.track_id
