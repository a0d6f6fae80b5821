"""Actions on the project as a whole."""

from typing import TYPE_CHECKING

from mfvis_napari.actions.action import open_session
from mfvis_napari.requests import Request

if TYPE_CHECKING:
    from mfvis_napari.workspace import Workspace


def undo(workspace: "Workspace") -> None:
    """Takes the last change back: of boxes, tracks or masks, also of an earlier day."""
    workspace.walk(open_session(workspace).undo(), "undone", "There is nothing to undo.")


def redo(workspace: "Workspace") -> None:
    """Does again what was undone."""
    workspace.walk(open_session(workspace).redo(), "done again", "There is nothing to do again.")


def train(workspace: "Workspace") -> None:
    """Has the masks learned from the boxes as they are now."""
    open_session(workspace)
    workspace.requested.emit(Request.TRAIN)


def play(workspace: "Workspace") -> None:
    """Plays the video from here, or stops."""
    open_session(workspace)
    workspace.player.toggle()


def next_review(workspace: "Workspace") -> None:
    """Goes to the next mask that needs a look."""
    open_session(workspace)
    workspace.requested.emit(Request.NEXT_REVIEW)


def previous_review(workspace: "Workspace") -> None:
    """Goes back to the mask looked at before."""
    open_session(workspace)
    workspace.requested.emit(Request.PREVIOUS_REVIEW)


def accept_review(workspace: "Workspace") -> None:
    """Approves the mask that the review is at, and goes to the next that needs a look."""
    open_session(workspace)
    workspace.requested.emit(Request.ACCEPT_REVIEW)


def export(workspace: "Workspace") -> None:
    """Writes the masks into files of other tools."""
    open_session(workspace)
    workspace.requested.emit(Request.EXPORT)


def open_something(workspace: "Workspace") -> None:
    """Opens a video or a project."""
    workspace.requested.emit(Request.OPEN)


def show_help(workspace: "Workspace") -> None:
    """Shows all keys."""
    workspace.requested.emit(Request.HELP)
