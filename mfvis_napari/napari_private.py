"""Every use of what napari does not promise: names with an underscore, each in a function with a test of its own."""

from typing import cast

from napari.layers import Labels
from napari.viewer import Viewer
from qtpy.QtWidgets import QMainWindow


def forget_strokes(layer: Labels) -> None:
    """Empties napari's own undo: its strokes would bring back pixels from before a change of the project."""
    layer._reset_history()


def is_in_stroke(layer: Labels) -> bool:
    """Whether a stroke of the brush has begun and not ended."""
    return bool(layer._block_history or layer._staged_history)


def window_of(viewer: Viewer) -> QMainWindow:
    """The window itself, which keys and docks belong to."""
    return cast(QMainWindow, viewer.window._qt_window)
