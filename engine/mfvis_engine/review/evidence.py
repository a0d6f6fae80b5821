"""The facts of the annotated tracks beside their boxes, as far as the eye compares them."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import VERIFIED_BIT, Annotations, DenseBoxes, MaskCode, interpolate
from mfvis_engine.review.survey import Survey

Boxes: TypeAlias = NDArray[np.float32]
"""(..., 4) x0, y0, x1, y1 in pixel edges; NaN where there is none."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of N annotated tracks in T frames.

    Attributes:
        facts: (N, T) of `FACT`.
        boxes: Theirs, N tracks in T frames.
        boxes_xyxy: (N, T, 4) float32, cut at the picture's border; NaN where the track is absent.
    """

    facts: NDArray[np.void]
    boxes: DenseBoxes
    boxes_xyxy: Boxes

    @classmethod
    def of(cls, survey: Survey, annotations: Annotations) -> "Evidence":
        """Of a survey and the tracks as they stand."""
        boxes = interpolate(annotations, survey.length)
        corner = np.array([survey.width, survey.height, survey.width, survey.height], np.float32)
        return cls(survey.of_tracks(annotations.track_ids), boxes, np.clip(boxes.boxes_xyxy, 0, corner))

    @cached_property
    def verified(self) -> NDArray[np.bool_]:
        """(N, T): a person has approved it."""
        return np.asarray(self.facts["code"] & VERIFIED_BIT, np.bool_)

    @cached_property
    def by_person(self) -> NDArray[np.bool_]:
        """(N, T): the mask is a person's, painted or imported."""
        return np.isin(self.facts["code"] & ~np.uint8(VERIFIED_BIT), (MaskCode.EDITED, MaskCode.IMPORTED))

    @cached_property
    def has_mask(self) -> NDArray[np.bool_]:
        """(N, T): it has a pixel."""
        return np.asarray(self.facts["area_px"] > 0)

    @cached_property
    def predicted(self) -> NDArray[np.bool_]:
        """(N, T): there is a mask, and it is a machine's that nobody has approved."""
        return self.has_mask & ~self.by_person & ~self.verified

    @cached_property
    def box_overlap(self) -> NDArray[np.float32]:
        """(N, T): intersection over union of the box and the tight box around the mask; NaN where one is missing."""
        found = box_overlaps(self.facts["box_xyxy"].astype(np.float32), self.boxes_xyxy)
        return np.where(self.has_mask, found, np.float32(np.nan))

    @cached_property
    def box_motion_overlap(self) -> NDArray[np.float32]:
        """(N, T): intersection over union of the box and that of the frame before; NaN where one is missing."""
        found = np.full(self.facts.shape, np.nan, np.float32)
        found[:, 1:] = box_overlaps(self.boxes_xyxy[:, 1:], self.boxes_xyxy[:, :-1])
        return found


def areas(boxes_xyxy: Boxes) -> NDArray[np.float32]:
    """(...,) square pixels; NaN where there is no box."""
    found: NDArray[np.float32] = (boxes_xyxy[..., 2] - boxes_xyxy[..., 0]) * (boxes_xyxy[..., 3] - boxes_xyxy[..., 1])
    return found


def shared_areas(boxes_xyxy: Boxes, others_xyxy: Boxes) -> NDArray[np.float32]:
    """(...,) square pixels that lie in both boxes; NaN where one is missing."""
    top_left = np.maximum(boxes_xyxy[..., :2], others_xyxy[..., :2])
    bottom_right = np.minimum(boxes_xyxy[..., 2:], others_xyxy[..., 2:])
    found: NDArray[np.float32] = np.prod(np.maximum(bottom_right - top_left, 0), axis=-1)
    return found


def box_overlaps(boxes_xyxy: Boxes, others_xyxy: Boxes) -> NDArray[np.float32]:
    """(...,) intersection over union; NaN where one is missing."""
    shared = shared_areas(boxes_xyxy, others_xyxy)
    union = areas(boxes_xyxy) + areas(others_xyxy) - shared
    found: NDArray[np.float32] = shared / np.maximum(union, np.float32(1e-6))
    return found
