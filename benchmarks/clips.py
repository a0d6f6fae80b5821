"""Clips with ground truth on disk, and an annotator simulated from it.

A clip is a folder with `frames/` (pictures), `masks/` (indexed PNGs of the same stems, value = track id) and,
optionally, `meta.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.models.crops import tight_box


@dataclass(frozen=True)
class Clip:
    """One clip.

    Attributes:
        name: Of its folder.
        frames_dir: Folder of pictures.
        masks: (T, H, W) uint8 or uint16 track ids.
    """

    name: str
    frames_dir: Path
    masks: NDArray[np.integer]

    @property
    def track_ids(self) -> tuple[int, ...]:
        """The ids that occur, without the background."""
        return tuple(int(i) for i in np.unique(self.masks) if i)


def read_clips(folder: Path, only: tuple[str, ...] = ()) -> list[Clip]:
    """All clips of a folder, or those whose name contains one of `only`."""
    found = [path for path in sorted(folder.iterdir()) if (path / "masks").is_dir()]
    chosen = [path for path in found if not only or any(part in path.name for part in only)]
    return [_read_clip(path) for path in chosen]


def _read_clip(path: Path) -> Clip:
    masks = [np.asarray(Image.open(file)) for file in sorted((path / "masks").iterdir())]
    return Clip(path.name, path / "frames", np.stack(masks))


def annotate(clip: Clip, every: int) -> Annotations:
    """What an annotator would draw: tight boxes every `every` frames of each run, and in the run's last frame."""
    tracks = []
    for track_id in clip.track_ids:
        found = {t: tight_box(mask == track_id) for t, mask in enumerate(clip.masks)}
        boxes = {t: tuple(box.tolist()) for t, box in found.items() if box is not None}
        keyframes: list[Keyframe] = []
        for run in _runs(sorted(boxes)):
            drawn = sorted({*run[::every], run[-1]})
            keyframes += [Keyframe(t, boxes[t]) for t in drawn]
            if run[-1] + 1 < len(clip.masks):
                keyframes.append(Keyframe(run[-1] + 1, boxes[run[-1]], outside=True))
        tracks.append(Track(track_id, "object", tuple(keyframes)))
    return Annotations(tuple(tracks))


def _runs(frames: list[int]) -> list[list[int]]:
    """Runs of consecutive numbers."""
    runs: list[list[int]] = []
    for t in frames:
        if runs and runs[-1][-1] == t - 1:
            runs[-1].append(t)
        else:
            runs.append([t])
    return runs
