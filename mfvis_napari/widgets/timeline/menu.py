"""What can be done at a place of a timeline, and to a marked range."""

from collections.abc import Callable
from functools import partial

from qtpy.QtWidgets import QMenu, QWidget

from mfvis_engine.annotation.verbs import ClearMask, Unverify, Verb, Verify
from mfvis_napari.actions.action import Action
from mfvis_napari.actions.catalogue import ACTIONS
from mfvis_napari.session import Session
from mfvis_napari.widgets.timeline.marked import MarkedRange
from mfvis_napari.workspace import Workspace

KeysOf = Callable[[str], tuple[str, ...]]
"""The keys of an action by its name."""

ROW_ACTIONS = (
    ("boxes.keyframe", "boxes.outside", "boxes.occluded", "boxes.delete_here"),
    ("tracks.split", "tracks.end", "tracks.swap", "tracks.merge", "tracks.delete"),
    ("masks.verify", "masks.verify_range", "masks.clear", "masks.hand_back"),
)
"""Names of actions, in groups."""

_BY_NAME = {action.name: action for action in ACTIONS}
_OF_TWO_TRACKS = ("tracks.swap", "tracks.merge")


def default_keys(name: str) -> tuple[str, ...]:
    """The keys of an action as they come."""
    return _BY_NAME[name].keys


def row_menu(parent: QWidget, workspace: Workspace, session: Session, frame_index: int, keys_of: KeysOf) -> QMenu:
    """The actions on the selected track in a frame; each goes there first, so that its effect is seen."""
    menu = QMenu(parent)
    view = session.view
    names = [
        f"{track.track_id} {track.category}" for track in session.annotations.tracks if track.track_id == view.track_id
    ]
    _add_title(menu, f"Track {', '.join(names)}, frame {frame_index}")
    go = menu.addAction(f"Go to frame {frame_index}")
    go.triggered.connect(workspace.messages.guarded(partial(_go, session, frame_index)))
    go.setEnabled(frame_index != view.frame_index)
    for group in ROW_ACTIONS:
        menu.addSeparator()
        for action in (_BY_NAME[name] for name in group):
            if action.name in _OF_TWO_TRACKS and len(view.track_ids) != 2:
                continue
            entry = menu.addAction("\t".join((action.title, *keys_of(action.name)[:1])))
            entry.setData(action.name)
            entry.setEnabled(not session.read_only)
            run = partial(_run, workspace, session, frame_index, action)
            entry.triggered.connect(workspace.messages.guarded(run))
    return menu


def range_menu(
    parent: QWidget, workspace: Workspace, session: Session, marked: MarkedRange, on_done: Callable[[], None]
) -> QMenu:
    """The verbs on the masks of a marked range; `on_done` is called after one was done."""
    menu = QMenu(parent)
    frames = marked.first_frame, marked.last_frame
    tracks = ", ".join(map(str, marked.track_ids))
    word = "Track" if len(marked.track_ids) == 1 else "Tracks"
    _add_title(menu, f"{word} {tracks}, frames {frames[0]} to {frames[1]}")
    for title, verb in (
        ("Verify these frames", Verify(marked.track_ids, *frames)),
        ("Take verification of these frames back", Unverify(marked.track_ids, *frames)),
        ("Clear the masks in these frames, for good", ClearMask(marked.track_ids, *frames)),
        ("Give the masks in these frames back to the engine", ClearMask(marked.track_ids, *frames, hand_back=True)),
    ):
        entry = menu.addAction(title)
        entry.setEnabled(not session.read_only)
        entry.triggered.connect(workspace.messages.guarded(partial(_do, workspace, session, verb, on_done)))
    return menu


def _add_title(menu: QMenu, text: str) -> None:
    menu.addAction(text).setEnabled(False)
    menu.addSeparator()


def _go(session: Session, frame_index: int, _checked: bool = False) -> None:
    session.view.frame_index = frame_index


def _run(workspace: Workspace, session: Session, frame_index: int, action: Action, _checked: bool = False) -> None:
    session.work.touch()
    session.view.frame_index = frame_index
    action.run(workspace)


def _do(
    workspace: Workspace, session: Session, verb: Verb, on_done: Callable[[], None], _checked: bool = False
) -> None:
    session.work.touch()
    done = session.do(verb)
    workspace.messages.say(done.summary[:1].upper() + done.summary[1:] if done.log_id else "Nothing had to change.")
    on_done()
