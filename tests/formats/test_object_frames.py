import re

import pytest

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.formats import FormatError
from mfvis_engine.formats.box_rows import rounded_box_xyxy
from mfvis_engine.formats.coco_vis import CocoVisVideo
from mfvis_engine.formats.object_frames import frame_objects

VIDEO = CocoVisVideo.of_size(1, "clip", width=16, height=12, length=6)


def test_objects_of_frames_have_masks_boxes_or_both(annotations, label_masks):
    frames = [*frame_objects(annotations, VIDEO, iter(label_masks))]
    assert [[item.track_id for item in items] for items in frames] == [[2, 7], [2, 7], [2], [2, 9], [2, 7], [2, 7]]
    masked, boxed = frames[4]
    assert (masked.box_xyxy, masked.mask.area(), masked.occluded) == ((5, 1, 8, 4), 9, True)  # tight, not as drawn
    assert (boxed.box_xyxy, boxed.mask, boxed.category) == ((10, 6, 14, 10), None, "Zelle")


def test_attributes_hold_until_the_next_keyframe():
    keyframes = (
        Keyframe(1, (0, 0, 1, 1), attributes=(("turn", "left"), ("truncated", "true"))),
        Keyframe(3, (0, 0, 1, 1), attributes=(("sex", "?"), ("crowd", "false"))),
    )
    annotations = Annotations((Track(1, "a", keyframes, (("sex", "f"),)),))
    assert [[item.attributes for item in items] for items in frame_objects(annotations, VIDEO)] == [
        [],
        [(("sex", "f"), ("truncated", "true"), ("turn", "left"))],
        [(("sex", "f"), ("truncated", "true"), ("turn", "left"))],
        [(("sex", "?"),)],
        [],
        [],
    ]


def test_an_attribute_with_the_name_of_the_flag_is_refused():
    annotations = Annotations((Track(1, "a", (), (("occluded", "half"),)),))
    with pytest.raises(FormatError, match="track 1 has an attribute 'occluded', as the flag is called"):
        [*frame_objects(annotations, VIDEO)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda masks: masks[:5], "there are masks for 5 frames, but the video has 6"),
        (lambda masks: [*masks, masks[0]], "there are masks after the video's last frame: give 6"),
        (lambda masks: masks[:, :5], "the masks of frame 0 have the shape (5, 16), but the video is (12, 16)"),
        (lambda masks: masks + 1, "frame 0 has pixels of track 1, but no track has this id"),
    ],
)
def test_masks_that_do_not_fit_are_refused(annotations, label_masks, change, message):
    with pytest.raises(FormatError, match=re.escape(message)):
        [*frame_objects(annotations, VIDEO, change(label_masks))]


def test_a_rounded_box_covers_something():
    assert rounded_box_xyxy((0.12345, -1.0, 0.12346, 3.00049)) == (0.123, -1.0, 0.124, 3.0)
