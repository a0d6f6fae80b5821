"""All layers of a session: made together, removed together, and in the frame in view together."""

import gc
from collections.abc import Callable

from napari.layers import Image, Layer
from napari.utils.events import Event
from napari.viewer import Viewer

from mfvis_napari import napari_private
from mfvis_napari.layers.box_layer import BoxLayer
from mfvis_napari.layers.mask_layer import MaskLayer
from mfvis_napari.layers.proposal_layer import ProposalLayer
from mfvis_napari.layers.video_array import VideoArray
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session


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
        self._viewer, self._session, self._on_removed = viewer, session, on_removed
        self.video: Image = viewer.add_image(VideoArray(session.video), rgb=True, name="video", multiscale=False)
        self.masks = MaskLayer(viewer, session, messages)
        self.proposals = ProposalLayer(viewer, session)
        self.boxes = BoxLayer(viewer, session, messages)
        self._step_slot = messages.guarded(self._on_step)
        self._removed_slot = messages.guarded(self._on_layer_removed)
        viewer.dims.axis_labels = ("frame", "y", "x")
        viewer.dims.set_current_step(0, session.view.frame_index)
        napari_private.allow_other_axes(viewer, allowed=False)
        viewer.dims.events.current_step.connect(self._step_slot)
        viewer.layers.events.removed.connect(self._removed_slot)
        session.view.frame_changed.connect(messages.guarded(self._on_frame))
        viewer.layers.selection.active = self.boxes.layer

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Those of napari, from the bottom."""
        return self.video, self.masks.layer, self.proposals.layer, self.boxes.layer

    def remove(self) -> None:
        """Takes the layers out of the viewer."""
        self.let_go()
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
        self._viewer.layers.events.removed.disconnect(self._removed_slot)
        self._viewer.dims.events.current_step.disconnect(self._step_slot)
        napari_private.allow_other_axes(self._viewer, allowed=True)
        self.masks.close()
        self.boxes.close()

    def _on_frame(self, frame_index: int) -> None:
        if self._viewer.dims.current_step[0] != frame_index:
            self._viewer.dims.set_current_step(0, frame_index)

    def _on_step(self, event: Event) -> None:
        self._session.view.frame_index = self._viewer.dims.current_step[0]

    def _on_layer_removed(self, event: Event) -> None:
        if event.value in self.layers:
            self._on_removed()
