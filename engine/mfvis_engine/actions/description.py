"""What is in a project, as values to be shown."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.actions.output import video_path
from mfvis_engine.annotation import interpolate
from mfvis_engine.project import MaskOrigin, Project, ProjectError, RunInfo, VideoReference
from mfvis_engine.video import VideoError


@dataclass(frozen=True)
class TrackSummary:
    """A track in numbers."""

    track_id: int
    category: str
    keyframe_count: int
    frame_count: int


@dataclass(frozen=True)
class ProjectDescription:
    """A project in short.

    Attributes:
        path: The project folder.
        video: The video as the project records it.
        video_path: Where the video should be.
        video_problem: Why it cannot be opened; None where it can.
        tracks: By id; `frame_count` is the number of frames with a box.
        runs: Oldest first.
        mask_counts: For each origin of a mask, pairs of track and frame recorded with it.
        verified_count: Pairs of track and frame that a person has verified.
    """

    path: Path
    video: VideoReference
    video_path: Path
    video_problem: str | None
    tracks: tuple[TrackSummary, ...]
    runs: tuple[RunInfo, ...]
    mask_counts: tuple[tuple[MaskOrigin, int], ...]
    verified_count: int


def describe(project: Project) -> ProjectDescription:
    """Describes a project; its video need not be there."""
    annotations = project.annotations()
    frame_counts = interpolate(annotations, project.length).present.sum(axis=1).tolist()
    states = project.mask_states()
    counts = Counter(state.origin for state in states)
    return ProjectDescription(
        path=project.path,
        video=project.video_reference,
        video_path=video_path(project),
        video_problem=_video_problem(project),
        tracks=tuple(
            TrackSummary(track.track_id, track.category, len(track.keyframes), frame_count)
            for track, frame_count in zip(annotations.tracks, frame_counts, strict=True)
        ),
        runs=project.runs(),
        mask_counts=tuple((origin, counts[origin]) for origin in MaskOrigin if origin is not MaskOrigin.NONE),
        verified_count=sum(state.verified for state in states),
    )


def _video_problem(project: Project) -> str | None:
    try:
        project.video().close()
    except (ProjectError, VideoError) as error:
        return str(error)
    return None
