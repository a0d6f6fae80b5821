"""Pictures of masks and boxes over a video's frames, for people to look at.

- `frame_view`: what there is to show of one frame.
- `overlay`: a frame with masks, boxes and ids drawn on it.
- `contact_sheet`: a grid of such frames.
- `lettering`: text on pictures.
"""

from mfvis_engine.preview.contact_sheet import MAX_TILES, choose_columns, draw_contact_sheet, spread_frames
from mfvis_engine.preview.frame_view import FrameView, ShownBox
from mfvis_engine.preview.overlay import draw_overlay

__all__ = [
    "MAX_TILES",
    "FrameView",
    "ShownBox",
    "choose_columns",
    "draw_contact_sheet",
    "draw_overlay",
    "spread_frames",
]
