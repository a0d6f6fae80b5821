"""Jobs with models for many videos on projects: what is in them, as plain values. Loads no torch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations, BoxOrigin, DenseBoxes
from mfvis_engine.formats.rle import Rle
from mfvis_engine.jobs.client.requests import clip_of
from mfvis_engine.jobs.errors import NothingToSegmentError
from mfvis_engine.jobs.job import LabelledClip, VisPredictJob
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.jobs.video_model import ReleasedModel, VideoModel
from mfvis_engine.project import Project

_Codes = Mapping[int, Mapping[int, Rle]]
"""Masks by frame and row."""


@dataclass(frozen=True, eq=False)
class ProjectLabels:
    """What is known of the objects of a project.

    Attributes:
        boxes: Of all tracks; where nobody drew a box and the mask is a person's, the box is the mask's.
        annotated: (T,) bool: the frames from the first keyframe to the last, since nobody said that the others are
            empty, and those in which the masks of all tracks are a person's.
        codes: Masks that a person edited, imported or verified, by frame and row of `boxes`; empty ones too.
    """

    boxes: DenseBoxes
    annotated: NDArray[np.bool_]
    codes: _Codes

    @classmethod
    def of(cls, project: Project, *, boxes_only: bool = False) -> "ProjectLabels":
        """Reads them; masks are left unread where the boxes alone are wanted.

        Raises:
            NothingToSegmentError: No track has a box.
        """
        annotations, boxes = project.annotations(), project.boxes()
        if not boxes.present.any():
            raise NothingToSegmentError(
                f"{project.path} has no box in any frame, and masks are learned from boxes. Draw or import some, or"
                " leave the project out."
            )
        codes = {} if boxes_only else _persons_masks(project, boxes)
        return cls(_with_boxes_of_masks(boxes, codes), _annotated(annotations, codes, project.length), codes)


def labelled_clip(project: Project, *, boxes_only: bool = False) -> LabelledClip:
    """A project's video and what is known of its objects, to train from.

    Args:
        project: Open for reading, at least.
        boxes_only: Leave masks unread.

    Raises:
        NothingToSegmentError: No track has a box.
        VideoMissingError: The video is not where it was.
        VideoChangedError: What is there is another video.
    """
    labels = ProjectLabels.of(project, boxes_only=boxes_only)
    return LabelledClip(
        name=project.name,
        clip=clip_of(project),
        categories=labels.boxes.categories,
        boxes_xyxy=labels.boxes.boxes_xyxy.astype("<f4").tobytes(),
        annotated=labels.annotated.astype(np.uint8).tobytes(),
        masks=tuple(_told(frame, codes, project) for frame, codes in sorted(labels.codes.items())),
    )


def labelled_clips(paths: Sequence[Path], *, boxes_only: bool = False) -> tuple[LabelledClip, ...]:
    """Of each project; raises as `labelled_clip`, and ProjectError where one cannot be opened."""
    clips = []
    for path in paths:
        with Project.open(path, read_only=True) as project:
            clips.append(labelled_clip(project, boxes_only=boxes_only))
    return tuple(clips)


def vis_predict_job(
    project: Project,
    model: VideoModel | ReleasedModel,
    *,
    settings: Mapping[str, object] | None = None,
    min_score: float = 0.3,
    device: str = "auto",
) -> VisPredictJob:
    """Finds the objects of a project's video.

    Args:
        project: Open for reading, at least.
        model: That the engine keeps.
        settings: Of `VisInferenceSettings`, as JSON has them; what is left out is as usual.
        min_score: Of a new object, at the least.
        device: As in `Device.choose`.

    Raises:
        VideoMissingError: The video is not where it was.
        VideoChangedError: What is there is another video.
    """
    return VisPredictJob(
        clip=clip_of(project),
        annotations=project.annotations(),
        model=model,
        settings=json.dumps(settings or {}),
        min_score=min_score,
        device=device,
    )


def _persons_masks(project: Project, boxes: DenseBoxes) -> dict[int, dict[int, Rle]]:
    rows = {track_id: row for row, track_id in enumerate(boxes.track_ids.tolist())}
    wanted: dict[int, list[int]] = {}
    for state in project.mask_states():
        if state.protected and state.track_id in rows:
            wanted.setdefault(state.frame_index, []).append(state.track_id)
    codes: dict[int, dict[int, Rle]] = {}
    for frame_index, track_ids in wanted.items():
        labels = project.read_masks(frame_index)
        codes[frame_index] = {rows[track_id]: Rle.encode(labels == track_id) for track_id in track_ids}
    return codes


def _with_boxes_of_masks(boxes: DenseBoxes, codes: _Codes) -> DenseBoxes:
    boxes_xyxy, origin = boxes.boxes_xyxy.copy(), boxes.origin.copy()
    for frame_index, of_frame in codes.items():
        for row, code in of_frame.items():
            if origin[row, frame_index] in (BoxOrigin.ABSENT, BoxOrigin.INTERPOLATED) and code.area():
                x, y, width, height = code.box_xywh()
                boxes_xyxy[row, frame_index] = x, y, x + width, y + height
                origin[row, frame_index] = BoxOrigin.IMPORTED
    return replace(boxes, boxes_xyxy=boxes_xyxy, origin=origin)


def _annotated(annotations: Annotations, codes: _Codes, length: int) -> NDArray[np.bool_]:
    keyframes = [keyframe.frame_index for track in annotations.tracks for keyframe in track.keyframes]
    annotated = np.zeros(length, np.bool_)
    annotated[min(keyframes) : max(keyframes) + 1] = True
    annotated[[t for t, of_frame in codes.items() if len(of_frame) == len(annotations.tracks)]] = True
    return annotated


def _told(frame_index: int, codes: Mapping[int, Rle], project: Project) -> FrameProposals:
    rows = sorted(codes)
    return FrameProposals(
        frame_index=frame_index,
        height=project.height,
        width=project.width,
        track_ids=tuple(row + 1 for row in rows),
        codes=tuple(codes[row].counts for row in rows),
        scores=(1.0,) * len(rows),
    )
