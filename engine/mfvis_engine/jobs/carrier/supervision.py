"""What a person's masks say: supervision for training, and boxes where there were only guesses."""

from collections.abc import Iterator, Sequence

from mfvis_engine.annotation import Annotations, BoxOrigin, DenseBoxes, Keyframe, interpolate
from mfvis_engine.jobs.errors import ClipError
from mfvis_engine.jobs.job import Job
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.training.known_masks import KnownMask, KnownMasks


def known_masks(job: Job, frames: Sequence[FrameProposals]) -> KnownMasks:
    """A person's masks of a job, as training takes them.

    Raises:
        ClipError: One is of a frame that the clip has not, or of another size.
        RleError: A code is damaged.
    """
    return KnownMasks(tuple(mask for frame in frames for mask in _masks_of(job, frame)))


def boxes_of(job: Job, known: KnownMasks) -> DenseBoxes:
    """A job's boxes; where a mask is known and the box was a guess, it is the mask's, and those around it follow.

    A drawn box stays as it was drawn, and a mask where the track has no box changes nothing.

    Raises:
        InvalidFrameError: A keyframe lies past the end of the clip.
    """
    boxes = interpolate(job.annotations, job.clip.length)
    annotations = job.annotations
    for row, track_id in enumerate(boxes.track_ids.tolist()):
        annotations = _with_boxes_of_masks(annotations, track_id, boxes, row, known)
    return boxes if annotations is job.annotations else interpolate(annotations, job.clip.length)


def _with_boxes_of_masks(
    annotations: Annotations, track_id: int, boxes: DenseBoxes, row: int, known: KnownMasks
) -> Annotations:
    track = annotations.track(track_id)
    for mask in known.masks:
        if mask.track_id != track_id or boxes.origin[row, mask.frame_index] != BoxOrigin.INTERPOLATED:
            continue
        if mask.box_xyxy is not None:
            occluded = bool(boxes.occluded[row, mask.frame_index])
            track = track.with_keyframe(Keyframe(mask.frame_index, mask.box_xyxy, occluded=occluded))
    return annotations if track is annotations.track(track_id) else annotations.with_track(track)


def _masks_of(job: Job, frame: FrameProposals) -> Iterator[KnownMask]:
    clip = job.clip
    if not 0 <= frame.frame_index < clip.length or (frame.height, frame.width) != (clip.height, clip.width):
        raise ClipError(
            f"A mask to learn from is of frame {frame.frame_index}, {frame.height} x {frame.width} pixels (height x"
            f" width); the clip has the frames 0 to {clip.length - 1} of {clip.height} x {clip.width}. Leave it out, or"
            " take the clip that it was made on."
        )
    labels = frame.labels()
    for track_id in frame.track_ids:
        yield KnownMask.cut(track_id, frame.frame_index, labels == track_id)
