"""Files of boxes and masks, one module a format.

- `box_csv`: box keyframes.  `mot`: MOT Challenge text.  `cvat_video`: CVAT's tracks of keyframes, XML.
- `bdd100k`, `coco_vid`: JSON with the objects of every frame, boxes and masks; `object_frames`: what they share.
- `coco_vis`: COCO-VIS (YouTube-VIS JSON), read, written and checked.
- `davis`: indexed PNGs, read and written.
- `rle`: run-length codes of masks.
- `box_rows`, `track_numbers`, `text_file`, `json_file`, `json_stream`, `xml_stream`, `atomic`: what those share.
- `errors`: what may go wrong.
"""

from mfvis_engine.formats import coco_vis
from mfvis_engine.formats.bdd100k import read_bdd100k_boxes, read_bdd100k_masks, write_bdd100k
from mfvis_engine.formats.box_csv import read_box_csv, write_box_csv
from mfvis_engine.formats.coco_vid import read_coco_vid_boxes, read_coco_vid_masks, write_coco_vid
from mfvis_engine.formats.cvat_video import read_cvat_video, write_cvat_video
from mfvis_engine.formats.davis import davis_palette, read_davis, write_davis
from mfvis_engine.formats.errors import FormatError, RleError, VerificationError
from mfvis_engine.formats.mot import MotOptions, read_mot, read_mot_labels, write_mot, write_mot_labels
from mfvis_engine.formats.rle import Rle

__all__ = [
    "FormatError",
    "MotOptions",
    "Rle",
    "RleError",
    "VerificationError",
    "coco_vis",
    "davis_palette",
    "read_bdd100k_boxes",
    "read_bdd100k_masks",
    "read_box_csv",
    "read_coco_vid_boxes",
    "read_coco_vid_masks",
    "read_cvat_video",
    "read_davis",
    "read_mot",
    "read_mot_labels",
    "write_bdd100k",
    "write_box_csv",
    "write_coco_vid",
    "write_cvat_video",
    "write_davis",
    "write_mot",
    "write_mot_labels",
]
