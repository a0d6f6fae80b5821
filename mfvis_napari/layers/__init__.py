"""The session as napari layers, and what is drawn on them back into the session.

- `layer_set`: all layers of a session; made and removed together.
- `video_array`: the video as an array that reads a frame when it is asked for.
- `mask_buffer`: the masks as an array that napari paints into; `mask_layer`: their layer.
- `box_layer`: the boxes of the frame in view.
- `proposal_layer`: what the engine would make of the frame in view, while it learns.
- `colors`: one colour a track, for layers.
"""

from mfvis_napari.layers.layer_set import LayerSet

__all__ = ["LayerSet"]
