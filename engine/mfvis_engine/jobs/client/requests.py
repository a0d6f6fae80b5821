"""Jobs on a project: what is in it, as plain values."""

import numpy as np

from mfvis_engine.annotation import Annotations
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.errors import NothingToSegmentError
from mfvis_engine.jobs.job import AS_USUAL, SHIPPED, SegmentJob, TrainingLimits, Weights
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.project import Project

MOST_MASK_FRAMES = 200
"""Frames whose masks go with a job; of more, some spread evenly do."""


def segment_job(
    project: Project,
    *,
    start: Weights = SHIPPED,
    limits: TrainingLimits = AS_USUAL,
    device: str = "auto",
    focus_frame: int = 0,
    learn_from_masks: bool = True,
    previews: bool = True,
) -> SegmentJob:
    """The main job: learn from all boxes of a project, and segment every frame.

    Args:
        project: Open for reading, at least.
        start: The weights that training starts from.
        limits: When training ends.
        device: As in `Device.choose`.
        focus_frame: The frame in view.
        learn_from_masks: Whether masks that a person edited, imported or verified are learned from besides the boxes.
        previews: Whether to tell previews while it trains.

    Raises:
        NothingToSegmentError: No track has a box.
        VideoMissingError: The video is not where it was.
        VideoChangedError: What is there is another video.
    """
    annotations = project.annotations()
    if not any(not keyframe.outside for track in annotations.tracks for keyframe in track.keyframes):
        raise NothingToSegmentError(
            f"{project.path} has no box in any frame, and masks are learned from boxes.",
            command=f"Bring some in first: mfvis boxes import {project.path} FILE",
        )
    return SegmentJob(
        clip=clip_of(project),
        annotations=annotations,
        device=device,
        focus_frame=focus_frame,
        start=start,
        limits=limits,
        previews=previews,
        masks=persons_masks(project, annotations) if learn_from_masks else (),
    )


def clip_of(project: Project) -> ClipReference:
    """The video of a project; raises as `VideoReference.found`."""
    video = project.video_reference
    return ClipReference(
        path=str(video.found(project.path)),
        fingerprint=video.fingerprint,
        length=video.length,
        height=video.height,
        width=video.width,
        normalization=video.normalization,
    )


def persons_masks(project: Project, annotations: Annotations) -> tuple[FrameProposals, ...]:
    """The masks that a person edited, imported or verified, of tracks that are annotated, by frame."""
    known = set(annotations.track_ids)
    of_frame: dict[int, list[int]] = {}
    for state in project.mask_states():
        if state.protected and state.track_id in known:
            of_frame.setdefault(state.frame_index, []).append(state.track_id)
    frames = sorted(of_frame)
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), MOST_MASK_FRAMES)).round().astype(int))
    return tuple(_masks(project, frames[position], of_frame[frames[position]]) for position in chosen)


def _masks(project: Project, frame_index: int, track_ids: list[int]) -> FrameProposals:
    ids = np.array(sorted(track_ids), np.int64)
    return FrameProposals.of(frame_index, project.read_masks(frame_index), ids, np.ones(len(ids), np.float32))
