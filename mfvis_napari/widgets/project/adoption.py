"""Layers that napari itself opened of files of ours: taken over by the annotator of that window."""

from pathlib import Path

from napari.layers import Layer
from napari.utils.events import Event
from napari.viewer import Viewer
from qtpy.QtCore import QTimer

from mfvis_napari.contributions.origin import LayerOrigin, OriginKind
from mfvis_napari.session import Session
from mfvis_napari.widgets.project.opening import Opening
from mfvis_napari.workspace import Workspace


class Adoption:
    """Opens in the annotator what was dropped on the picture or opened by napari's menu, in the place of plain layers.

    The plain layers go when the project is open, and stay where that fails or is cancelled. Of several videos opened at
    once the last is taken over.
    """

    def __init__(self, workspace: Workspace, opening: Opening) -> None:
        self._viewer: Viewer = workspace.viewer
        self._opening = opening
        self._found: LayerOrigin | None = None
        self._timer = QTimer(interval=0, singleShot=True)  # when napari has added all layers of what it opened
        self._timer.timeout.connect(workspace.messages.guarded(self._adopt))
        self._slot = workspace.messages.guarded(self._on_inserted)
        self._viewer.layers.events.inserted.connect(self._slot)

    def close(self) -> None:
        """Takes nothing over any more; may be called again."""
        self._timer.stop()
        self._viewer.layers.events.inserted.disconnect(self._slot)

    def _on_inserted(self, event: Event) -> None:
        origin = LayerOrigin.of(event.value.metadata)
        if origin is not None:
            self._found = origin
            self._timer.start()

    def _adopt(self) -> None:
        origin, self._found = self._found, None
        if origin is None:
            return
        plain = [layer for layer in self._viewer.layers if LayerOrigin.of(layer.metadata) == origin]
        if plain and self._open(origin) is not None:
            self._remove(plain)

    def _open(self, origin: LayerOrigin) -> Session | None:
        if origin.kind is OriginKind.SAMPLE:
            return self._opening.open_sample()
        return self._opening.open_path(Path(origin.path))

    def _remove(self, layers: list[Layer]) -> None:
        for layer in layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._viewer.reset_view()
