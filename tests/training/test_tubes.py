import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.models.crops import GUESS_MARGIN
from mfvis_engine.training.tubes import choose_tubes, read_tubes
from mfvis_engine.video import ArrayVideo

BOX = (10.0, 8.0, 30.0, 28.0)


def boxes_of(*keyframe_lists, length=20):
    tracks = [Track(i, "thing", tuple(keys)) for i, keys in enumerate(keyframe_lists, start=1)]
    return interpolate(Annotations(tuple(tracks)), length)


def span(first, last, every=1):
    return [Keyframe(t, BOX) for t in range(first, last + 1, every)]


def numbered_video(length=20):
    """Every pixel of frame t has the value 10 t."""
    return ArrayVideo(np.repeat(np.arange(length, dtype=np.uint8) * 10, 40 * 40).reshape(length, 40, 40))


def test_every_supervised_frame_has_a_box():
    boxes = boxes_of(span(3, 9), [*span(0, 1), Keyframe(2, BOX, outside=True), *span(15, 19)])
    for spec in choose_tubes(boxes, 100, np.random.default_rng(0)):
        assert boxes.present[spec.row, list(spec.supervised)].all()


def test_tracks_share_the_tubes_and_drawn_frames_come_first():
    boxes = boxes_of(span(0, 19), [Keyframe(0, BOX), Keyframe(10, BOX), Keyframe(19, BOX)])
    specs = choose_tubes(boxes, 8, np.random.default_rng(0))
    rows = [spec.row for spec in specs]
    assert rows.count(0) == rows.count(1) == 4
    centres = {spec.supervised[1] for spec in specs if spec.row == 1}
    assert 10 in centres


@pytest.mark.parametrize("length", [1, 2])
def test_a_run_too_short_for_a_tube_repeats_its_frame(length):
    specs = choose_tubes(boxes_of(span(4, 3 + length), length=8), 10, np.random.default_rng(0))
    assert {spec.frame_indices for spec in specs} == {(t,) * 5 for t in range(4, 4 + length)}


def test_no_box_no_tube():
    assert choose_tubes(boxes_of([Keyframe(0, BOX, outside=True)]), 10, np.random.default_rng(0)) == ()


def test_crops_come_from_their_frames_in_order():
    boxes = boxes_of(span(0, 19))
    specs = choose_tubes(boxes, 6, np.random.default_rng(0))
    tubes = read_tubes(numbered_video(), boxes, specs, 16)
    seen = tubes.crops_rgb[:, :, 8, 8, 0]
    assert np.array_equal(seen, np.asarray([spec.frame_indices for spec in specs]) * 10)
    middle = tubes.frame(np.asarray([2]), 1)
    assert np.array_equal(middle.crops_rgb[0, :, 8, 8, 0], np.asarray(specs[2].frame_indices[1:4]) * 10)


def test_a_guessed_box_leaves_the_mask_a_margin_and_a_drawn_one_none():
    boxes = boxes_of([*span(0, 19, every=10), Keyframe(19, BOX)])
    specs = choose_tubes(boxes, 100, np.random.default_rng(0))
    tubes = read_tubes(numbered_video(), boxes, specs, 64)
    area, allowed = tubes.inside.sum((2, 3)), tubes.allowed.sum((2, 3))
    assert not tubes.drawn.all()
    assert tubes.drawn.any()
    assert (allowed[~tubes.drawn] > area[~tubes.drawn] * (1 + GUESS_MARGIN)).all()
    assert (allowed[tubes.drawn] <= (np.sqrt(area[tubes.drawn]) + 2) ** 2).all()
