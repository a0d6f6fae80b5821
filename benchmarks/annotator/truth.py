"""What the annotator sees in the video: boxes, outlines, and how good a mask is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import Clip, annotate
from mfvis_engine.annotation import BoxXyxy, Keyframe
from mfvis_engine.metrics import region_similarity
from mfvis_engine.models.crops import tight_box

PointXy = tuple[float, float]

OUTLINE_WITHIN_PX = 1.2
"""So near a person's outline comes to the true one; points that are not needed for that are left out."""
_MIN_PART_PX = 12


@dataclass(frozen=True)
class Truth:
    """Of a clip; track ids in its ground truth are in the order in which the annotator draws them.

    Attributes:
        clip: The clip.
    """

    clip: Clip

    @property
    def length(self) -> int:
        """Frames."""
        return len(self.clip.masks)

    @property
    def objects(self) -> tuple[int, ...]:
        """Track ids of the ground truth."""
        return self.clip.track_ids

    def keyframes(self, number: int, every: int) -> tuple[Keyframe, ...]:
        """What to draw of an object: boxes every so many frames while it is there, and where it leaves."""
        return annotate(self.clip, every).track(number).keyframes

    def mask(self, number: int, frame_index: int) -> NDArray[np.bool_]:
        """(H, W) of one object."""
        return np.asarray(self.clip.masks[frame_index] == number)

    def box(self, number: int, frame_index: int) -> BoxXyxy | None:
        """Where it is; None where it is not there."""
        found = tight_box(self.mask(number, frame_index))
        if found is None:
            return None
        x0, y0, x1, y1 = found.tolist()
        return x0, y0, x1, y1

    def outlines(self, number: int, frame_index: int) -> list[list[PointXy]]:
        """The points to click on for its mask, in pixel edges, part by part; holes are left out."""
        mask = self.mask(number, frame_index).astype(np.uint8)
        parts, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        large = [part for part in parts if cv2.contourArea(part) >= _MIN_PART_PX]
        drawn = [cv2.approxPolyDP(part, OUTLINE_WITHIN_PX, True)[:, 0] for part in large]
        return [[(float(x) + 0.5, float(y) + 0.5) for x, y in part] for part in drawn if len(part) >= 3]

    def j(self, number: int, frame_index: int, labels: NDArray[np.integer], track_id: int) -> float:
        """How good the mask of a track is for an object; (H, W) `labels`."""
        return float(region_similarity(labels == track_id, self.mask(number, frame_index)))
