"""The boxes of the frame in view as a Shapes layer; what is drawn on it becomes verbs."""

import numpy as np
from napari.layers import Shapes
from napari.viewer import Viewer

from mfvis_napari.layers.colors import rgba_of
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session


class BoxLayer:
    """The layer "boxes" of a session.

    Attributes:
        layer: napari's, of two dimensions: the boxes of one frame.
    """

    def __init__(self, viewer: Viewer, session: Session, messages: Messages) -> None:
        self._viewer, self._session = viewer, session
        self.layer: Shapes = viewer.add_shapes(name="boxes", ndim=2, face_color="transparent", edge_width=2)
        session.changed.connect(messages.guarded(self._show))
        session.view.frame_changed.connect(messages.guarded(self._show))
        self._show()

    def begin_drawing(self) -> None:
        """Lets the next drag draw a box."""
        self._viewer.layers.selection.active = self.layer
        self.layer.mode = "add_rectangle"

    def begin_selecting(self) -> None:
        """Lets clicks select boxes and drags move them."""
        self._viewer.layers.selection.active = self.layer
        self.layer.mode = "select"

    def close(self) -> None:
        """Lets go of the session."""

    def _show(self, *_: object) -> None:
        boxes = self._session.boxes(self._session.view.frame_index)
        corners = [np.array([box.box_xyxy[1::-1], box.box_xyxy[:1:-1]]) for box in boxes]
        self.layer.data = []
        if corners:
            self.layer.add_rectangles(corners, edge_color=[rgba_of(box.track_id) for box in boxes])
