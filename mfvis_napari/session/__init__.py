"""A project that is open in a window, and where in it the person is. Neither Qt nor napari.

- `session`: `Session`, through which all is looked at and changed.
- `view`: the frame in view and the selected tracks.
- `mask_table`: where the mask of every track and frame is from.
- `categories`: what a track can be, and what the next one is.
- `frame_boxes`: the boxes of one frame.
- `work_record`: how long a person worked on what, for the cost report.
"""

from mfvis_napari.session.frame_boxes import FrameBox, frame_boxes
from mfvis_napari.session.mask_table import MaskTable
from mfvis_napari.session.session import Session
from mfvis_napari.session.view import View

__all__ = ["FrameBox", "MaskTable", "Session", "View", "frame_boxes"]
