import dataclasses
from pathlib import Path

import msgspec
import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, BoxOrigin, Keyframe, Track
from mfvis_engine.formats.errors import RleError
from mfvis_engine.jobs.carrier.supervision import boxes_of, known_masks
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.errors import ClipError
from mfvis_engine.jobs.job import SegmentJob
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.project.fingerprint import Fingerprint

LENGTH, HEIGHT, WIDTH = 9, 40, 60
CLIP = ClipReference(
    path=str(Path("clip.mp4")), fingerprint=Fingerprint(1, "0" * 64), length=LENGTH, height=HEIGHT, width=WIDTH
)


def box_of(left):
    return (left, 10.0, left + 10, 20.0)


TRACKS = (
    Track(3, "fish", (Keyframe(0, box_of(0.0)), Keyframe(2, box_of(0.0), occluded=True), Keyframe(8, box_of(30.0)))),
    Track(5, "fish", (Keyframe(0, box_of(40.0)), Keyframe(4, box_of(40.0), outside=True))),
)


def masks_of(frame_index, **lefts):
    """Squares of 10 x 10 from a column on, one a track; None for an empty mask."""
    ids = np.asarray([int(name[1:]) for name in lefts])
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    for track_id, left in zip(ids, lefts.values(), strict=True):
        if left is not None:
            labels[10:20, left : left + 10] = track_id
    return FrameProposals.of(frame_index, labels, ids, np.ones(len(ids), np.float32))


def job_with(*masks):
    return SegmentJob(clip=CLIP, annotations=Annotations(TRACKS), masks=masks)


def boxes_with(*masks):
    job = job_with(*masks)
    return boxes_of(job, known_masks(job, job.masks))


def test_only_the_named_tracks_are_known_empty_masks_too():
    job = job_with(masks_of(1, t3=4, t5=None), masks_of(6, t3=20))
    known = known_masks(job, job.masks)
    assert [(m.track_id, m.frame_index, m.box_xyxy) for m in known.masks] == [
        (3, 1, box_of(4.0)),
        (5, 1, None),
        (3, 6, box_of(20.0)),
    ]


def test_a_mask_moves_a_guessed_box_and_those_around_it():
    boxes = boxes_with(masks_of(5, t3=30))
    assert boxes.boxes_xyxy[0, 5].tolist() == list(box_of(30.0))
    assert boxes.origin[0, 5] == BoxOrigin.DRAWN
    assert boxes.boxes_xyxy[0, 4, 0] == pytest.approx(20.0)  # 10 on the straight line without the mask
    assert boxes.occluded[0, 5]  # as the keyframe before says


def test_a_drawn_box_stays_and_nothing_appears_where_no_box_is():
    plain = boxes_with()
    for masks in ([masks_of(0, t3=7)], [masks_of(6, t5=7)], [masks_of(3, t3=None)], [masks_of(3, t9=7)]):
        boxes = boxes_with(*masks)
        assert np.array_equal(boxes.boxes_xyxy, plain.boxes_xyxy, equal_nan=True)
        assert np.array_equal(boxes.origin, plain.origin)


@pytest.mark.parametrize("change", [{"frame_index": LENGTH}, {"frame_index": -1}, {"height": HEIGHT + 1}, {"width": 1}])
def test_a_mask_of_another_clip_is_refused(change):
    job = job_with(msgspec.structs.replace(masks_of(1, t3=4), **change))
    with pytest.raises(ClipError, match=r"frames 0 to 8 of 40 x 60"):
        known_masks(job, job.masks)


def test_a_damaged_mask_is_named():
    job = job_with(msgspec.structs.replace(masks_of(1, t3=4), codes=(b"~~~",)))
    with pytest.raises(RleError, match="damaged"):
        known_masks(job, job.masks)


def test_annotations_are_left_as_they_are():
    job = job_with(masks_of(5, t3=30))
    before = dataclasses.replace(job.annotations)
    boxes_of(job, known_masks(job, job.masks))
    assert job.annotations == before
