"""COCO-VIS (YouTube-VIS JSON): ground truth and results, read, written and checked.

- `types`: datasets, videos, categories, tracks and results as immutable values.
- `read`, `write`: files to values and back; what is written is verified before it takes its place.
- `codes`: run-length codes in such a file.
- `verify`: what was just written, against the rules and against what it should hold.
- `rules`: what evaluators and loaders punish silently, as checks.
- `build`: label masks and boxes to tracks.  `boxes`: tracks to box keyframes.
"""

from mfvis_engine.formats.coco_vis.boxes import annotations_of, read_boxes
from mfvis_engine.formats.coco_vis.build import single_video_dataset, tracks_from_label_masks
from mfvis_engine.formats.coco_vis.read import read_ground_truth, read_results
from mfvis_engine.formats.coco_vis.rules import check_ground_truth, check_results
from mfvis_engine.formats.coco_vis.types import (
    BoxXywh,
    CocoVisCategory,
    CocoVisDataset,
    CocoVisFrame,
    CocoVisResult,
    CocoVisTrack,
    CocoVisVideo,
    DenseBox,
    DenseBoxOrigin,
    Occlusion,
    categories_of,
)
from mfvis_engine.formats.coco_vis.write import write_ground_truth, write_results

__all__ = [
    "BoxXywh",
    "CocoVisCategory",
    "CocoVisDataset",
    "CocoVisFrame",
    "CocoVisResult",
    "CocoVisTrack",
    "CocoVisVideo",
    "DenseBox",
    "DenseBoxOrigin",
    "Occlusion",
    "annotations_of",
    "categories_of",
    "check_ground_truth",
    "check_results",
    "read_boxes",
    "read_ground_truth",
    "read_results",
    "single_video_dataset",
    "tracks_from_label_masks",
    "write_ground_truth",
    "write_results",
]
