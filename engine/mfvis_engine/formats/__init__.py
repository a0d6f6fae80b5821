"""Files of boxes and masks, one module a format.

- `box_csv`: box keyframes.  `mot`: MOT Challenge text.  `cvat_video`: CVAT's tracks of keyframes, XML.
- `coco_vis`: COCO-VIS (YouTube-VIS JSON), read, written and checked.
- `bdd100k`, `coco_vid`: JSON with the objects of every frame, boxes and masks; `object_frames`: what they share.
- `mots`, `mots_rows`: MOTS text and PNGs.  `davis`: indexed PNGs.  `cell_tracking`, `cell_table`: folders of the Cell
  Tracking Challenge.  `label_images`: what the pictures of these share.
- `frame_folder`: the frames of a video as pictures, beside COCO-VIS.
- `registry`: the formats by name, and which one a file is of.  `content`: a file of any format as tracks and masks.
  `mask_survey`: whether its masks fit, and the boxes around them.  `class_names`: a file of names beside MOT and MOTS.
  `dataset_classes`: those of datasets that released models know.
- `rle`, `label_runs`: run-length codes of masks.
- `box_rows`, `track_numbers`, `file_names`, `text_file`, `json_file`, `json_stream`, `xml_stream`, `atomic`: what
  modules above share.
- `errors`: what may go wrong.
"""

from mfvis_engine.formats import coco_vis
from mfvis_engine.formats.bdd100k import read_bdd100k_boxes, read_bdd100k_masks, write_bdd100k
from mfvis_engine.formats.box_csv import read_box_csv, write_box_csv
from mfvis_engine.formats.cell_tracking import read_cell_tracking, write_cell_tracking
from mfvis_engine.formats.coco_vid import read_coco_vid_boxes, read_coco_vid_masks, write_coco_vid
from mfvis_engine.formats.content import FileContent, FileSource, read_content
from mfvis_engine.formats.cvat_video import read_cvat_video, write_cvat_video
from mfvis_engine.formats.davis import davis_palette, read_davis, write_davis
from mfvis_engine.formats.errors import FormatError, RleError, VerificationError, WriteError
from mfvis_engine.formats.frame_folder import PictureFormat, write_frames
from mfvis_engine.formats.mot import MotOptions, read_mot, read_mot_labels, write_mot, write_mot_labels
from mfvis_engine.formats.mots import read_mots, read_mots_pngs, write_mots
from mfvis_engine.formats.registry import FileFormat, detect_format
from mfvis_engine.formats.rle import Rle

__all__ = [
    "FileContent",
    "FileFormat",
    "FileSource",
    "FormatError",
    "MotOptions",
    "PictureFormat",
    "Rle",
    "RleError",
    "VerificationError",
    "WriteError",
    "coco_vis",
    "davis_palette",
    "detect_format",
    "read_bdd100k_boxes",
    "read_bdd100k_masks",
    "read_box_csv",
    "read_cell_tracking",
    "read_coco_vid_boxes",
    "read_coco_vid_masks",
    "read_content",
    "read_cvat_video",
    "read_davis",
    "read_mot",
    "read_mot_labels",
    "read_mots",
    "read_mots_pngs",
    "write_bdd100k",
    "write_box_csv",
    "write_cell_tracking",
    "write_coco_vid",
    "write_cvat_video",
    "write_davis",
    "write_frames",
    "write_mot",
    "write_mot_labels",
    "write_mots",
]
