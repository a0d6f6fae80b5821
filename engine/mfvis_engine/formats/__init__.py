"""Files of boxes and masks, one module a format.

- `box_csv`: box keyframes, read and written.  `mot`: MOT Challenge text, read.
- `coco_vis`: COCO-VIS (YouTube-VIS JSON), read, written and checked.
- `davis`: indexed PNGs, read and written.
- `rle`: run-length codes of masks.
- `box_rows`, `text_file`, `json_file`, `atomic`: what those share.
- `errors`: what may go wrong.
"""

from mfvis_engine.formats import coco_vis
from mfvis_engine.formats.box_csv import read_box_csv, write_box_csv
from mfvis_engine.formats.davis import davis_palette, read_davis, write_davis
from mfvis_engine.formats.errors import FormatError, RleError, VerificationError
from mfvis_engine.formats.mot import MotOptions, read_mot
from mfvis_engine.formats.rle import Rle

__all__ = [
    "FormatError",
    "MotOptions",
    "Rle",
    "RleError",
    "VerificationError",
    "coco_vis",
    "davis_palette",
    "read_box_csv",
    "read_davis",
    "read_mot",
    "write_box_csv",
    "write_davis",
]
