"""Where the sample clip lies: in a source checkout, or inside the installed package."""

from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.errors import MfvisError

_PACKAGE = Path(__file__).resolve().parent
_FOLDERS = (_PACKAGE / "sample_data", _PACKAGE.parents[1] / "sample_data")
"""In a wheel the sample is package data; an editable install finds it at the root of the checkout."""


class SampleMissingError(MfvisError):
    """The sample clip is in none of the places where it should be."""


@dataclass(frozen=True)
class SampleClip:
    """The sample clip with its annotations and exact ground truth.

    Attributes:
        video_path: The clip, H.264 in mp4.
        boxes_path: Keyframe boxes, CSV with `track_id,frame,x0,y0,x1,y1,category,occluded,outside`.
        masks_dir: One indexed PNG a frame, `00000.png` onwards; the value is the track id, 0 the background.
    """

    video_path: Path
    boxes_path: Path
    masks_dir: Path


def sample_clip() -> SampleClip:
    """Find the sample clip.

    Raises:
        SampleMissingError: A part of the sample is missing in every place looked at.
    """
    for folder in _FOLDERS:
        clip = SampleClip(folder / "clip.mp4", folder / "boxes.csv", folder / "masks")
        if clip.video_path.is_file() and clip.boxes_path.is_file() and clip.masks_dir.is_dir():
            return clip
    places = " nor ".join(str(folder) for folder in _FOLDERS)
    raise SampleMissingError(
        f"The sample clip (clip.mp4, boxes.csv, masks/) is complete neither in {places}. "
        "Reinstall mfvis-napari, or in a source checkout run: python sample_data/make_sample.py"
    )
