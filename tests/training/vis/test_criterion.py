import math
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mfvis_engine.losses import SPARSE_GRID
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction
from mfvis_engine.training.vis.clips import ClipBatch
from mfvis_engine.training.vis.criterion import NotFiniteError, ObjectiveInputError, VisCriterion
from mfvis_engine.training.vis.objective_settings import (
    LossMean,
    MaskCost,
    MatcherSettings,
    ObjectiveSettings,
    VisLossWeights,
)
from mfvis_engine.training.vis.vis_losses import VisTerms
from tests.training.vis.scenes import (
    CLASSES,
    batch,
    box_filled_masks,
    head,
    random_prediction,
    random_targets,
    some_clips,
    targets,
)

SETTINGS = ObjectiveSettings(temporal_warmup_steps=0, mask_point_count=None)
TERMS = tuple(field.name for field in fields(VisTerms))
LATE = 1000


def _losses(prediction, clips, settings=SETTINGS):
    return VisCriterion(settings, CLASSES)(prediction, clips, LATE)


def _mixed_targets(seed=0):
    """Three objects in three frames: two of them masked here and there, one absent in a frame."""
    boxed = random_targets(3, 3, seed=seed)
    has_mask = torch.tensor([[True, False, False], [True, True, True], [False, False, False]])
    masks = box_filled_masks(boxed.boxes_xyxy) * has_mask[..., None, None]
    present = [[True, True, True], [True, True, True], [True, False, True]]
    return targets(boxed.boxes_xyxy, present=present, masks=masks, has_mask=has_mask)


def _gradients(prediction, loss):
    given = [logits for one in prediction.heads for logits in (one.mask_logits, one.class_logits)]
    found = torch.autograd.grad(loss, given, allow_unused=True, retain_graph=True)
    found = [torch.zeros_like(x) if g is None else g for x, g in zip(given, found, strict=True)]
    return torch.stack(found[::2]), torch.stack(found[1::2])


# --- against the released code ---


@pytest.fixture(scope="module")
def released():
    with np.load(Path(__file__).parents[2] / "data" / "mask_free_losses.npz") as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays}


@pytest.mark.parametrize("heads", [1, 3])
def test_the_released_losses(released, heads):
    clip = targets(released["boxes_xyxy"], class_index=[2, 0, 1])
    clips = ClipBatch(released["frames_rgb"].permute(0, 3, 1, 2)[None], ((96, 160),), (clip,))
    sure = 50 * F.one_hot(clip.class_index, CLASSES + 1).float()[None]
    prediction = ClipPrediction(
        tuple(head(released["mask_logits"].clone()[None], sure.clone()) for _ in range(heads)), torch.zeros(1, 3, 1)
    )
    settings = replace(SETTINGS, released_lab=True, mean=LossMean.BATCH, temporal_matches=SPARSE_GRID)
    terms = _losses(prediction, clips, settings).terms
    for ours, name in (
        (terms.projection, "loss_mask"),
        (terms.pairwise, "loss_bound"),
        (0.1 * terms.temporal, "loss_bound_neighbor"),
    ):
        gradients, _ = _gradients(prediction, ours)
        expected = released[f"grad/{name}"]
        torch.testing.assert_close(ours.detach(), heads * released[f"loss/{name}"], rtol=1e-5, atol=1e-5)
        for gradient in gradients:
            torch.testing.assert_close(gradient[0], expected, rtol=0, atol=1e-5 * float(expected.abs().max()))


# --- single terms by hand ---


def _flat_case(present=True, **known):
    """One object in one 4 x 4 frame of one colour, its box the upper left quarter; two queries, the first matched."""
    logits = torch.full((1, 2, 1, 4, 4), -math.log(3))
    logits[0, 0, 0, :2, :2] = math.log(3)
    classes = torch.zeros(1, 2, CLASSES + 1)
    classes[0, 0, 1] = math.log(2)
    clip = targets([[[0, 0, 8, 8]]], class_index=[1], present=[[present]], **known)
    clips = ClipBatch(torch.full((1, 1, 3, 16, 16), 90, dtype=torch.uint8), ((16, 16),), (clip,))
    return ClipPrediction((head(logits, classes),), torch.zeros(1, 2, 1)), clips


def test_classes_by_hand():
    terms = _losses(*_flat_case()).terms
    matched, unmatched = -math.log(2 / 5), -math.log(1 / 4)
    torch.testing.assert_close(terms.classes, torch.tensor((matched + 0.1 * unmatched) / 1.1))


def test_projection_by_hand():
    terms = _losses(*_flat_case()).terms
    torch.testing.assert_close(terms.projection, torch.tensor(2 * (1 - 2 * 1.5 / (1.25 + 2 + 1e-5))))
    assert terms.absence == terms.mask_cross_entropy == terms.mask_dice == 0


def test_pairwise_by_hand():
    """At distance 2 a pixel of the box has 3 neighbours in the frame, all of them outside of the box."""
    disagreement = -math.log(0.75 * 0.25 + 0.25 * 0.75)
    torch.testing.assert_close(_losses(*_flat_case()).terms.pairwise, torch.tensor(disagreement))


def test_absence_by_hand():
    prediction, clips = _flat_case(present=False)
    only = prediction.final
    one_query = ClipPrediction(
        (head(only.mask_logits.detach()[:, :1], only.class_logits.detach()[:, :1]),), torch.zeros(1)
    )
    terms = _losses(one_query, clips).terms
    axis = -(math.log(0.25) + math.log(0.25) + 2 * math.log(0.75)) / 4
    torch.testing.assert_close(terms.absence, torch.tensor(axis))
    assert terms.projection == terms.pairwise == 0


def test_masks_by_hand():
    mask = torch.zeros(1, 1, 16, 16, dtype=torch.uint8)
    mask[..., :8, :8] = 1
    terms = _losses(*_flat_case(masks=mask, has_mask=[[True]])).terms
    torch.testing.assert_close(terms.mask_cross_entropy, torch.tensor(-math.log(0.75)))
    torch.testing.assert_close(terms.mask_dice, torch.tensor(1 - (2 * 3 + 1) / (3 + 3 + 4 + 1)))
    assert terms.projection == terms.pairwise == terms.absence == 0


def test_temporal_by_hand():
    """Black frames have no edges, so all candidates inside match: one at (0, 0) of the grid's four corners each."""
    prediction, _ = _flat_case()
    first = prediction.final.mask_logits.detach()
    logits = torch.cat((first, -first), dim=2)  # the second frame says the opposite
    frames = torch.zeros((1, 2, 3, 16, 16), dtype=torch.uint8)
    clips = ClipBatch(frames, ((16, 16),), (targets([[[0, 0, 4, 4]] * 2], class_index=[1]),))
    prediction = ClipPrediction((head(logits, prediction.final.class_logits.detach()),), torch.zeros(1, 2, 1))
    # From the corner of the first frame to its own place, two corners beside and the one opposite: 3/4 against three
    # times the other frame's 3/4 and once its 1/4, in both pairs of frames.
    against, along = -math.log(6 / 16), -math.log(10 / 16)
    torch.testing.assert_close(_losses(prediction, clips).terms.temporal, torch.tensor(2 * (against + 3 * along) / 4))


# --- heads, clips and groups ---


@pytest.mark.parametrize("mean", LossMean)
def test_each_term_is_the_sum_over_the_heads(mean):
    settings = replace(SETTINGS, mean=mean)
    clips = batch(_mixed_targets(1), _mixed_targets(5))
    prediction = random_prediction(2, 6, 3, heads=3)
    together = _losses(prediction, clips, settings).terms
    apart = [
        _losses(ClipPrediction((one,), prediction.query_embeddings), clips, settings).terms for one in prediction.heads
    ]
    for name in TERMS:
        assert getattr(together, name) > 0, name
        torch.testing.assert_close(getattr(together, name), sum(getattr(one, name) for one in apart))


@pytest.mark.parametrize("box_cost", MaskCost)
def test_the_loss_of_clips_is_the_mean_of_each(box_cost):
    settings = replace(SETTINGS, matcher=MatcherSettings(box_cost=box_cost))
    clips = batch(_mixed_targets(1), random_targets(2, 3, seed=3), random_targets(0, 3), random_targets(1, 3, seed=4))
    prediction = random_prediction(4, 6, 3, heads=2)
    together = _losses(prediction, clips, settings)
    alone = []
    for index in range(4):
        only = ClipBatch(clips.frames_rgb[index : index + 1], clips.sizes_hw[:1], clips.targets[index : index + 1])
        alone.append((some_clips(prediction, slice(index, index + 1)), only))
    losses = [_losses(*one, settings) for one in alone]
    for name in TERMS:
        mean = sum(getattr(one.terms, name) for one in losses) / 4
        torch.testing.assert_close(getattr(together.terms, name), mean)
    torch.testing.assert_close(together.total(), sum(one.total() for one in losses) / 4)
    gradients, _ = _gradients(prediction, together.total())
    for index, (one, loss) in enumerate(zip(alone, losses, strict=True)):
        own, _ = _gradients(one[0], loss.total())
        torch.testing.assert_close(4 * gradients[:, index : index + 1], own)


def test_clips_together_are_one_mean_as_in_the_released_code():
    clips = batch(random_targets(1, 2, seed=3), random_targets(3, 2, seed=4))
    prediction = random_prediction(2, 4, 2)
    settings = replace(SETTINGS, mean=LossMean.BATCH)
    together = _losses(prediction, clips, settings).terms
    first, second = (
        _losses(
            some_clips(prediction, slice(i, i + 1)),
            ClipBatch(clips.frames_rgb[i : i + 1], clips.sizes_hw[:1], clips.targets[i : i + 1]),
            settings,
        ).terms
        for i in range(2)
    )
    torch.testing.assert_close(together.projection, (first.projection + 3 * second.projection) / 4)
    low, high = sorted((first.pairwise.item(), second.pairwise.item()))
    assert low < together.pairwise < high
    assert together.temporal > 0


def test_absent_frames_are_part_of_the_mean_in_the_released_code():
    clips = batch(random_targets(2, 2, seed=3, present=[[True, True], [True, False]]))
    prediction = random_prediction(1, 3, 2)
    ours = _losses(prediction, clips).terms
    theirs = _losses(prediction, clips, replace(SETTINGS, mean=LossMean.BATCH)).terms
    torch.testing.assert_close(theirs.projection, (3 * ours.projection + 2) / 4)


def test_a_batch_without_objects_learns_classes_alone():
    prediction = random_prediction(2, 3, 2, heads=2)
    losses = _losses(prediction, batch(*[random_targets(0, 2)] * 2))
    masks, classes = _gradients(prediction, losses.total())
    assert losses.terms.classes > 0
    assert [getattr(losses.terms, name).item() for name in TERMS[1:]] == [0] * 6
    assert not masks.any()
    assert (classes != 0).all()
    # Connected all the same, as training in several processes requires.
    assert torch.autograd.grad(losses.total(), prediction.final.mask_logits)[0].shape == (2, 3, 2, 8, 12)


# --- where gradients go ---


def test_only_matched_queries_are_drawn_to_the_objects():
    prediction = random_prediction(1, 6, 2, heads=2)
    losses = _losses(prediction, batch(random_targets(2, 2, seed=6)))
    masks, classes = _gradients(prediction, losses.total())
    assert (masks.abs().sum((1, 3, 4, 5)) > 0).sum(1).tolist() == [2, 2]
    assert (classes.abs().sum(-1) > 0).all()


def test_each_frame_learns_from_what_is_known_of_it():
    """Object 0 has a mask in frame 0, a box in frame 1 and is absent from frame 2."""
    boxed = random_targets(1, 3, seed=8)
    present, has_mask = [[True, True, False]], torch.tensor([[True, False, False]])
    masks = box_filled_masks(boxed.boxes_xyxy) * has_mask[..., None, None]
    clips = batch(targets(boxed.boxes_xyxy, present=present, masks=masks, has_mask=has_mask))
    prediction = random_prediction(1, 2, 3)
    terms = _losses(prediction, clips).terms
    expected = {
        "classes": [False, False, False],
        "projection": [False, True, False],
        "pairwise": [False, True, False],
        "absence": [False, False, True],
        "mask_cross_entropy": [True, False, False],
        "mask_dice": [True, False, False],
        "temporal": [True, True, True],
    }
    for name, frames in expected.items():
        gradient, _ = _gradients(prediction, getattr(terms, name))
        assert (gradient.abs().sum((0, 1, 2, 4, 5)) > 0).tolist() == frames, name


def test_objects_known_by_masks_leave_the_colours_alone():
    boxed = random_targets(2, 2, seed=8)
    has_mask = torch.tensor([[True, True], [True, False]])
    masks = box_filled_masks(boxed.boxes_xyxy) * has_mask[..., None, None]
    # The second object is absent where it has no mask: nothing is left to guess.
    clips = batch(targets(boxed.boxes_xyxy, present=has_mask, masks=masks, has_mask=has_mask))
    terms = _losses(random_prediction(1, 3, 2), clips).terms
    assert terms.temporal == terms.pairwise == terms.projection == 0
    assert terms.absence > 0
    assert terms.mask_dice > 0


def test_colours_count_inside_the_boxes_alone():
    """The temporal term looks at matches up to 3 grid pixels from the union of the boxes, the pairwise one up to 2."""
    clips = batch(targets([[[4, 4, 12, 12]] * 2]))
    prediction = random_prediction(1, 1, 2)
    terms = _losses(prediction, clips).terms
    for loss, reach in ((terms.pairwise, 2), (terms.temporal, 3)):
        gradient = _gradients(prediction, loss)[0][0, 0, 0]
        assert gradient.any()
        assert not gradient[:, :, 3 + reach :].any()
        assert not gradient[:, 3 + reach :].any()


# --- odd inputs ---


def test_one_frame_has_no_temporal_term():
    prediction = random_prediction(1, 3, 1)
    losses = _losses(prediction, batch(random_targets(2, 1, seed=2)))
    assert losses.terms.temporal == 0
    assert losses.terms.pairwise > 0
    losses.total().backward()


def test_five_frames_and_the_settings_of_the_paper():
    torch.manual_seed(0)
    settings = ObjectiveSettings(
        matcher=MatcherSettings(point_count=2000), released_lab=True, mean=LossMean.BATCH, mask_point_count=500
    )
    prediction = random_prediction(2, 5, 5, heads=4)
    boxed = random_targets(2, 5, seed=4)
    has_mask = torch.ones(2, 5, dtype=torch.bool)
    masked = targets(boxed.boxes_xyxy, masks=box_filled_masks(boxed.boxes_xyxy), has_mask=has_mask)
    losses = _losses(prediction, batch(masked, random_targets(3, 5, seed=5)), settings)
    losses.total().backward()
    assert losses.total().isfinite()
    assert all(getattr(losses.terms, name) > 0 for name in TERMS if name != "absence")


def test_more_objects_than_queries_are_counted():
    prediction = random_prediction(1, 2, 2, heads=2)
    losses = _losses(prediction, batch(random_targets(5, 2, seed=2)))
    assert losses.surplus_count == 3
    losses.total().backward()
    assert prediction.final.mask_logits.grad.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_single(dtype):
    prediction = random_prediction(1, 4, 2, heads=2, dtype=dtype)
    clips = batch(random_targets(2, 2, seed=2))
    with torch.autocast("cpu", torch.bfloat16):
        losses = _losses(prediction, clips)
    same = ClipPrediction(
        tuple(head(one.mask_logits.detach().float(), one.class_logits.detach().float()) for one in prediction.heads),
        prediction.query_embeddings,
    )
    assert losses.total().dtype == torch.float32
    torch.testing.assert_close(losses.total(), _losses(same, clips).total())
    losses.total().backward()
    assert prediction.final.mask_logits.grad.dtype == dtype


def test_terms_without_weight_are_left_out():
    weights = VisLossWeights(pairwise=0.0, temporal=0.0)
    losses = _losses(
        random_prediction(1, 4, 2), batch(random_targets(2, 2, seed=2)), replace(SETTINGS, weights=weights)
    )
    assert losses.terms.pairwise == losses.terms.temporal == 0
    assert losses.terms.projection > 0


def test_a_term_that_has_no_weight_yet_is_not_looked_for():
    criterion = VisCriterion(replace(SETTINGS, temporal_delay_steps=10), CLASSES)
    given = random_prediction(1, 4, 2), batch(random_targets(2, 2, seed=2))
    assert criterion(*given, 9).terms.temporal == 0 < criterion(*given, 10).terms.temporal


def test_the_step_decides_the_weights():
    criterion = VisCriterion(replace(SETTINGS, temporal_warmup_steps=10), CLASSES)
    given = random_prediction(1, 4, 2), batch(random_targets(2, 2, seed=2))
    first, later = criterion(*given, 0), criterion(*given, 5)
    assert (first.weights.temporal, later.weights.temporal) == (0, 0.25)
    torch.testing.assert_close(later.total() - first.total(), 0.25 * later.terms.temporal, rtol=1e-3, atol=1e-4)


def test_the_seconds_of_the_parts_are_told():
    seconds = _losses(random_prediction(1, 4, 2), batch(random_targets(2, 2))).seconds
    assert all(value > 0 for value in vars(seconds).values())
    assert 0 < seconds.losses < sum(vars(seconds).values())


def test_a_training_that_diverged_is_refused():
    prediction = random_prediction(1, 4, 2)
    with torch.no_grad():
        prediction.final.mask_logits[0, 0, 0, 0, 0] = torch.nan
    with pytest.raises(NotFiniteError, match="not finite"):
        _losses(prediction, batch(random_targets(2, 2)))


@pytest.mark.parametrize(
    ("prediction", "message"),
    [
        (random_prediction(2, 4, 2), r"For 1 clips of 2 frames.*\(1, 4, 2, 8, 12\).*Got \(2, 4, 2, 8, 12\)"),
        (random_prediction(1, 4, 3), r"Got \(1, 4, 3, 8, 12\)"),
        (random_prediction(1, 4, 2, grid_hw=(4, 12)), r"32 x 48 pixels.*Got \(1, 4, 2, 4, 12\)"),
    ],
)
def test_predictions_of_something_else_are_refused(prediction, message):
    with pytest.raises(ObjectiveInputError, match=message):
        _losses(prediction, batch(random_targets(2, 2)))


def test_classes_of_another_model_are_refused():
    with pytest.raises(ObjectiveInputError, match="end in 8"):
        VisCriterion(SETTINGS, 7)(random_prediction(1, 4, 2), batch(random_targets(2, 2)), 0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_agrees():
    prediction, clips = random_prediction(2, 6, 3, heads=3), batch(_mixed_targets(1), _mixed_targets(5))
    on_gpu = ClipPrediction(
        tuple(head(one.mask_logits.detach().cuda(), one.class_logits.detach().cuda()) for one in prediction.heads),
        prediction.query_embeddings,
    )
    ours, theirs = _losses(prediction, clips).terms, _losses(on_gpu, clips.to(torch.device("cuda"))).terms
    for name in TERMS:
        torch.testing.assert_close(getattr(theirs, name).cpu(), getattr(ours, name), rtol=1e-4, atol=1e-4)
