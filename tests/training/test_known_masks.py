"""A person's masks as supervision: what is kept of them, where they go, and what they teach."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.inference import predict_video
from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet, CheckpointError, Device
from mfvis_engine.models.crops import CropWindow
from mfvis_engine.training import FineTuner, FineTuneSettings
from mfvis_engine.training.known_masks import KnownMask, KnownMasks
from mfvis_engine.training.objective import TubeTargets
from mfvis_engine.training.tubes import choose_tubes, read_tubes
from mfvis_engine.video import ArrayVideo
from tests.training.scenes import HEIGHT, WIDTH, disc_boxes, disc_masks, disc_video

CPU = Device(torch.device("cpu"), bfloat16=False)
LENGTH, SIDE, HOLE = 7, 24, 10
CORRECTED = 3


def ring_corner(t):
    """Left upper corner (x, y) of the square in frame t."""
    return 10 + 2 * t, 12


def square(t, side):
    """A centred square of the object, (H, W) bool."""
    x, y = (corner + (SIDE - side) // 2 for corner in ring_corner(t))
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[y : y + side, x : x + side] = True
    return mask


def ring_video():
    """A yellow square with a violet middle, which may be a part of it or a hole: the boxes do not tell."""
    rng = np.random.default_rng(0)
    frames = rng.normal(np.asarray([50, 60, 90]), 6, (LENGTH, HEIGHT, WIDTH, 3))
    for t, frame in enumerate(frames):
        frame[square(t, SIDE)] += [140, 100, -40]
        frame[square(t, HOLE)] += [-60, -110, 120]
    return ArrayVideo(frames.clip(0, 255).astype(np.uint8))


def ring_boxes():
    keys = [(t, ring_corner(t)) for t in range(LENGTH)]
    keyframes = tuple(Keyframe(t, (x, y, x + SIDE, y + SIDE)) for t, (x, y) in keys)
    return interpolate(Annotations((Track(2, "ring", keyframes),)), LENGTH)


def middle_labelled(mask):
    """The part of the middle that is labelled in frames around the corrected one, after training with its mask."""
    torch.manual_seed(0)
    net = BoxPromptedNet(BoxPromptedConfig(widths=(8, 16, 16), crop_size=32))
    steps = FineTuneSettings(steps=120, seconds=600, tubes_per_step=2, refresh_steps=40, learning_rate=3e-3)
    known = KnownMasks((KnownMask.cut(2, CORRECTED, mask),))
    tuner = FineTuner(net, ring_video(), ring_boxes(), steps, CPU, masks=known)
    tuner.run()
    neighbours = (CORRECTED - 2, CORRECTED - 1, CORRECTED + 1, CORRECTED + 2)
    found = predict_video(tuner.average, ring_video(), ring_boxes(), CPU, neighbours)
    return np.mean([(frame.labels == 2)[square(frame.frame_index, HOLE)].mean() for frame in found])


def test_one_corrected_frame_decides_what_boxes_cannot_in_its_neighbours():
    hole = square(CORRECTED, SIDE) & ~square(CORRECTED, HOLE)
    assert middle_labelled(hole) < 0.2 < 0.8 < middle_labelled(square(CORRECTED, SIDE))


def test_tubes_of_known_frames_are_always_chosen():
    boxes = disc_boxes(every=3)
    known = np.zeros(boxes.present.shape, np.bool_)
    known[0, [1, 7]] = True
    for seed in range(5):
        specs = choose_tubes(boxes, 3, np.random.default_rng(seed), known)
        assert len(specs) == 3
        supervised = {t for spec in specs for t in spec.supervised}
        assert {1, 7} <= supervised


def test_a_mask_goes_into_the_crops_of_its_frame_only():
    mask = disc_masks()[4]
    boxes = disc_boxes()
    specs = choose_tubes(boxes, 100, np.random.default_rng(0))
    tubes = read_tubes(disc_video(), boxes, specs, 32, KnownMasks((KnownMask.cut(7, 4, mask),)))
    frames = np.asarray([spec.supervised for spec in specs])
    assert np.array_equal(tubes.known, frames == 4)
    bright = tubes.crops_rgb[:, 1:-1].mean(-1) > 100
    assert np.mean((tubes.masks > 127)[tubes.known] == bright[tubes.known]) > 0.97
    assert not tubes.masks[~tubes.known].any()


def test_a_mask_beyond_its_box_is_allowed_there():
    boxes = disc_boxes()
    wide = np.zeros((HEIGHT, WIDTH), np.bool_)
    wide[20:28, 5:60] = True
    specs = choose_tubes(boxes, 100, np.random.default_rng(0))
    tubes = read_tubes(disc_video(), boxes, specs, 32, KnownMasks((KnownMask.cut(7, 4, wide),)))
    assert (tubes.allowed | (tubes.masks == 0))[tubes.known].all()
    assert (tubes.allowed.sum((2, 3))[tubes.known] > tubes.inside.sum((2, 3))[tubes.known] * 1.1).all()


@pytest.mark.parametrize("masked", [True, False])
def test_the_term_wants_the_mask_and_is_nothing_without_one(masked):
    boxes = disc_boxes()
    known = KnownMasks((KnownMask.cut(7, 4, disc_masks()[4]),) if masked else ())
    specs = choose_tubes(boxes, 4, np.random.default_rng(0), known.table(boxes))
    tubes = read_tubes(disc_video(), boxes, specs, 32, known)
    targets, teacher = TubeTargets.of(tubes, CPU), torch.full(tubes.inside.shape, 0.5)
    truth = torch.from_numpy(np.where(tubes.crops_rgb[:, 1:-1].mean(-1) > 100, 8.0, -8.0)).float()
    right, wrong = (float(targets.losses(logits, teacher).masks) for logits in (truth, -truth))
    assert (right < 0.3 < 3 < wrong) if masked else (right == wrong == 0)


def test_an_empty_mask_says_that_nothing_is_there():
    boxes = disc_boxes()
    known = KnownMasks((KnownMask.cut(7, 4, np.zeros((HEIGHT, WIDTH), np.bool_)),))
    tubes = read_tubes(disc_video(), boxes, choose_tubes(boxes, 100, np.random.default_rng(0)), 32, known)
    targets, teacher = TubeTargets.of(tubes, CPU), torch.full(tubes.inside.shape, 0.5)
    costs = [float(targets.losses(torch.full(tubes.inside.shape, v), teacher).masks) for v in (-9.0, 9.0)]
    assert costs[0] < 0.5 < costs[1]


def test_masks_without_a_box_are_left_out():
    boxes = disc_boxes()
    known = KnownMasks(tuple(KnownMask.cut(i, t, disc_masks()[0]) for i, t in ((7, 2), (7, 50), (9, 2))))
    assert np.argwhere(known.table(boxes)).tolist() == [[0, 2]]


def test_a_snapshot_of_other_masks_is_refused(tmp_path):
    torch.manual_seed(0)
    net = BoxPromptedNet(BoxPromptedConfig(widths=(8, 8), crop_size=32))
    few = FineTuneSettings(steps=4, seconds=600, tubes_per_step=1, refresh_steps=2)
    some, others = (KnownMasks((KnownMask.cut(7, t, disc_masks()[t]),)) for t in (4, 5))
    FineTuner(net, disc_video(), disc_boxes(), few, CPU, tmp_path, masks=some).run()
    with pytest.raises(CheckpointError, match="other boxes, masks or settings"):
        FineTuner(net, disc_video(), disc_boxes(), few, CPU, tmp_path, masks=others)
    smaller = dataclasses.replace(few, tubes_per_step=2, most_tubes=5)  # memory may shrink on the way
    assert FineTuner(net, disc_video(), disc_boxes(), smaller, CPU, tmp_path, masks=some).step == 2


@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
@settings(max_examples=60)
def test_a_cut_mask_read_through_the_whole_frame_is_the_mask(mask):
    side = max(mask.shape)
    whole = np.zeros((side, side), np.bool_)
    whole[: mask.shape[0], : mask.shape[1]] = mask
    known = KnownMask.cut(1, 0, whole)
    assert np.array_equal(known.crop(CropWindow(0, 0, side, side), side) > 127, whole)
    assert known.mask.sum() == mask.sum()
    assert (known.box_xyxy is None) == (not mask.any())


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3), st.integers(0, 2**9 - 1)), max_size=5))
@settings(max_examples=60)
def test_equal_masks_have_one_digest_in_any_order_and_others_have_another(places):
    def known(items):
        bits = {(i, t): np.asarray([v >> k & 1 for k in range(9)], np.bool_).reshape(3, 3) for i, t, v in items}
        return KnownMasks(tuple(KnownMask.cut(i, t, mask) for (i, t), mask in bits.items()))

    unique = list({(i, t): (i, t, v) for i, t, v in places}.values())
    assert known(unique).digest() == known(unique[::-1]).digest()
    if unique:
        i, t, v = unique[0]
        assert known(unique).digest() != known([(i, t, v ^ 1), *unique[1:]]).digest()
