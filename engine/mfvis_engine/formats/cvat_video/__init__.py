"""CVAT for video, XML 1.1: tracks of box keyframes with their attributes, the best exchange of what was drawn.

- `read`: CVAT's tracks to ours.  `write`: ours to CVAT's, checked by reading back.
- `labels`: the attributes that CVAT must know of before it reads a track.

The two differ in how a track ends. In CVAT the last box stands until the end of the video unless a box with
`outside` ends it; here a track ends at its last keyframe. So a box with `outside` is written after the last
keyframe, marked as ours; and a track that is read without one gets a keyframe in the video's last frame.
"""

from mfvis_engine.formats.cvat_video.read import read_cvat_video
from mfvis_engine.formats.cvat_video.write import write_cvat_video

__all__ = ["read_cvat_video", "write_cvat_video"]
