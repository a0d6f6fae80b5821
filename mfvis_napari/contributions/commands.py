"""Entries of napari's menus that open the annotator and ask it for something."""

from typing import TYPE_CHECKING

from napari.viewer import Viewer

if TYPE_CHECKING:
    from mfvis_napari.widgets.main import MaskFreeVis

PLUGIN_NAME, WIDGET_NAME = "mfvis-napari", "Mask-free VIS"


def annotator(viewer: Viewer) -> "MaskFreeVis":
    """The annotator of a window, opened if it is not."""
    dock, widget = viewer.window.add_plugin_dock_widget(PLUGIN_NAME, WIDGET_NAME)
    dock.show()
    found: MaskFreeVis = widget
    return found


def open_video(viewer: Viewer) -> None:
    """Asks for a video to annotate."""
    from mfvis_napari.actions.whole import open_something

    workspace = annotator(viewer).workspace
    workspace.messages.guarded(open_something)(workspace)


def export_masks(viewer: Viewer) -> None:
    """Shows what the open project can be exported to."""
    from mfvis_napari.actions.whole import export

    workspace = annotator(viewer).workspace
    workspace.messages.guarded(export)(workspace)
