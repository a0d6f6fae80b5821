"""All layers of a session: made together, removed together, and in the frame in view together."""

import gc
from collections.abc import Callable

from napari.layers import Image, Layer
from napari.utils.events import Event
from napari.viewer import Viewer
from qtpy.QtCore import QTimer

from mfvis_napari import napari_private
from mfvis_napari.layers.box_layer import BoxLayer
from mfvis_napari.layers.mask_layer import MaskLayer
from mfvis_napari.layers.proposal_layer import ProposalLayer
from mfvis_napari.layers.video_array import VideoArray
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session

_REST_MS = 400
"""After so long in one frame, and without a change, the list of layers shows it, too."""


class LayerSet:
    """The layers of a session, from the bottom: video, masks, proposals, boxes.

    Attributes:
        video: The frames.
        masks: Editable.
        proposals: While the engine learns.
        boxes: Of the frame in view.
    """

    def __init__(
        self, viewer: Viewer, session: Session, messages: Messages, on_removed: Callable[[], None] = lambda: None
    ) -> None:
        """Adds the layers; `on_removed` is called when a person has removed one of them."""
        self._viewer, self._session = viewer, session
        self.video: Image = viewer.add_image(
            VideoArray(session.video, messages.tell_error), rgb=True, name="video", multiscale=False
        )
        self.masks = MaskLayer(viewer, session, messages)
        self.proposals = ProposalLayer(viewer, session)
        self.boxes = BoxLayer(viewer, session, messages)
        self._step_slot = messages.guarded(self._on_step)
        self._removing_slot = messages.guarded(self._on_layer_removing)
        self._removed_slot = messages.guarded(self._on_layer_removed)
        self._removal = QTimer(singleShot=True, interval=0)  # when napari has removed all that it was to remove
        self._removal.timeout.connect(messages.guarded(on_removed))
        self._late_thumbnails = [napari_private.late_thumbnail(layer) for layer in (self.video, self.masks.layer)]
        self._resting = QTimer(singleShot=True, interval=_REST_MS)
        self._resting.timeout.connect(messages.guarded(self._draw_thumbnails))
        viewer.dims.axis_labels = ("frame", "y", "x")
        viewer.dims.set_current_step(0, session.view.frame_index)
        napari_private.allow_other_axes(viewer, allowed=False)
        viewer.dims.events.current_step.connect(self._step_slot)
        viewer.layers.events.removing.connect(self._removing_slot)
        viewer.layers.events.removed.connect(self._removed_slot)
        session.view.frame_changed.connect(messages.guarded(self._on_frame))
        session.changed.connect(messages.guarded(lambda _: self._resting.start()))
        viewer.layers.selection.active = self.boxes.layer

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Those of napari, from the bottom."""
        return self.video, self.masks.layer, self.proposals.layer, self.boxes.layer

    def remove(self) -> None:
        """Takes the layers out of the viewer."""
        self.let_go()
        napari_private.allow_other_axes(self._viewer, allowed=True)
        napari_private.keep_programs(self._viewer)
        gc.freeze()  # napari collects garbage after each layer; half a second each time, if it looks at everything
        try:
            for layer in reversed(self.layers):
                if layer in self._viewer.layers:
                    self._viewer.layers.remove(layer)
        finally:
            gc.unfreeze()

    def let_go(self) -> None:
        """Follows the viewer no more, which has its layers still."""
        self._removal.stop()
        self._resting.stop()
        self._viewer.layers.events.removing.disconnect(self._removing_slot)
        self._viewer.layers.events.removed.disconnect(self._removed_slot)
        self._viewer.dims.events.current_step.disconnect(self._step_slot)
        self.masks.close()
        self.boxes.close()

    def _on_frame(self, frame_index: int) -> None:
        if self._viewer.dims.current_step[0] != frame_index:
            self._viewer.dims.set_current_step(0, frame_index)
        self._resting.start()

    def _draw_thumbnails(self) -> None:
        for draw in self._late_thumbnails:
            draw()

    def _on_step(self, event: Event) -> None:
        self._session.view.frame_index = self._viewer.dims.current_step[0]

    def _on_layer_removing(self, event: Event) -> None:
        napari_private.keep_programs(self._viewer)

    def _on_layer_removed(self, event: Event) -> None:
        if event.value in self.layers:
            self._removal.start()
