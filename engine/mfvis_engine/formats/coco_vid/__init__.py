"""CocoVID, COCO with videos: `videos`, `images` (frames), and `annotations`, one an object and frame.

An image has `video_id` and `frame_id`, from 0; an annotation has `image_id`, `instance_id`, `category_id`, `bbox`
and `segmentation`.

- `survey`: what must be known of a file before its annotations can be read one at a time.
- `segmentation`: masks as run-length codes or polygons.
- `read`, `write`: annotations of frames, streaming.
"""

from mfvis_engine.formats.coco_vid.read import read_coco_vid_boxes, read_coco_vid_masks
from mfvis_engine.formats.coco_vid.write import write_coco_vid

__all__ = ["read_coco_vid_boxes", "read_coco_vid_masks", "write_coco_vid"]
