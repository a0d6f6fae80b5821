import dataclasses

import msgspec
import pytest

from mfvis_engine.losses import DISC, SPARSE_GRID
from mfvis_engine.training.vis.objective_settings import LossMean, MaskCost
from mfvis_engine.training.vis.optimization import OptimizerSettingsError, Schedule
from mfvis_engine.training.vis.sampling import ClipSettingsError, FrameOrder
from mfvis_engine.training.vis.settings import (
    PAPER,
    PRESETS,
    SMALL,
    STANDARD,
    Precision,
    VisSettingsError,
    VisTrainSettings,
    changed_settings,
    setting_names,
)


def test_the_paper_is_what_the_released_code_does():
    assert (PAPER.steps, PAPER.clips_per_step, PAPER.average_decay) == (6000, 16, None)
    clips = PAPER.clips
    assert (clips.frames, clips.frame_range, clips.short_sides, clips.max_long_side) == (5, 20, (360, 480), 1333)
    assert (clips.order, clips.repeat_frames, clips.flip_probability) == (FrameOrder.ORDERED, True, 0.5)
    assert clips.objects_at_most is None
    objective, matcher, weights = PAPER.objective, PAPER.objective.matcher, PAPER.objective.weights
    assert (objective.mean, objective.released_lab) == (LossMean.BATCH, True)
    assert (objective.temporal_matches, objective.temporal_warmup_steps) == (SPARSE_GRID, 200)
    assert (objective.pairwise_min_similarity, objective.pairwise_warmup_steps) == (0.3, 0)
    assert (matcher.box_cost, matcher.point_count) == (MaskCost.TIGHT_RECTANGLE, 20000)
    assert (matcher.class_weight, matcher.mask_weight) == (2, 5)
    assert dataclasses.astuple(weights)[:6] == (2, 0.1, 5, 5, 0.5, 0)
    optimizer = PAPER.optimizer
    assert (optimizer.learning_rate, optimizer.backbone_factor, optimizer.weight_decay) == (1e-4, 0.1, 0.05)
    assert (optimizer.most_gradient_norm, optimizer.schedule, optimizer.warmup_steps) == (0.01, Schedule.STEPS, 0)
    assert optimizer.fall_at * PAPER.steps == 4000


def test_the_other_presets_mend_what_is_a_mistake():
    for preset in (STANDARD, SMALL):
        assert not preset.objective.released_lab
        assert not preset.clips.repeat_frames
        assert preset.objective.mean is LossMean.CLIP
        assert preset.objective.weights.absence > 0


def test_from_random_weights_masks_take_shape_before_the_temporal_loss():
    assert 0 < SMALL.objective.temporal_delay_steps < SMALL.steps / 2
    assert SMALL.objective.temporal_matches == dataclasses.replace(DISC, patch_size=1, min_similarity=0.37)
    assert STANDARD.objective.temporal_delay_steps == PAPER.objective.temporal_delay_steps == 0


@pytest.mark.parametrize("settings", [*PRESETS.values(), VisTrainSettings()], ids=[*PRESETS, "usual"])
def test_settings_survive_json(settings):
    assert msgspec.json.decode(msgspec.json.encode(settings), type=VisTrainSettings) == settings
    assert changed_settings(settings, {}) == settings


def test_settings_are_changed_by_their_dotted_names():
    changes = {
        "steps": "12",
        "precision": "bfloat16",
        "average_decay": "null",
        "clips.short_sides": "[64, 96]",
        "clips.order": '"shuffled"',
        "objective.released_lab": "true",
        "objective.weights.absence": "0",
        "objective.matcher.box_cost": "tight_rectangle",
        "objective.temporal_matches.top_k": "3",
        "optimizer.schedule": "steps",
    }
    got = changed_settings(SMALL, changes)
    assert (got.steps, got.precision, got.average_decay) == (12, Precision.BFLOAT16, None)
    assert (got.clips.short_sides, got.clips.order) == ((64, 96), FrameOrder.SHUFFLED)
    assert (got.objective.released_lab, got.objective.weights.absence) == (True, 0.0)
    assert got.objective.matcher.box_cost is MaskCost.TIGHT_RECTANGLE
    assert got.objective.temporal_matches == dataclasses.replace(SMALL.objective.temporal_matches, top_k=3)
    assert got.optimizer == dataclasses.replace(SMALL.optimizer, schedule=Schedule.STEPS)
    assert changed_settings(got, {"steps": "4000"}).clips_per_step == SMALL.clips_per_step


@pytest.mark.parametrize(
    "name", ["stepz", "clips.frame", "clip.frames", "steps.more", "clips", "objective.weights", ""]
)
def test_unknown_settings_and_groups_are_refused(name):
    with pytest.raises(VisSettingsError, match=rf"no setting '{name}'. There are: steps, .*objective.weights.absence"):
        changed_settings(PAPER, {name: "{}"})


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("steps", "many", r"steps=many cannot be used: Expected `int`, got `str`"),
        ("steps", "1.5", r"Expected `int`, got `float`"),
        ("clips.short_sides", "64", r"Expected `array`, got `int` - at `\$.clips.short_sides`"),
        ("precision", "float12", "Invalid enum value 'float12'"),
        ("steps", "0", "steps must be at least 1. Got 0"),
        ("clips_per_step", "-4", "clips_per_step must be at least 1. Got -4"),
        ("passes_per_step", "0", "passes_per_step"),
        ("save_every_steps", "0", "save_every_steps"),
        ("seed", "-1", "seed must be at least 0"),
        ("average_decay", "1", "average_decay must lie in 0..1, below 1"),
    ],
)
def test_values_that_cannot_be_are_refused(name, value, told):
    with pytest.raises(VisSettingsError, match=told):
        changed_settings(SMALL, {name: value})


def test_values_out_of_range_of_parts_are_refused():
    with pytest.raises(ClipSettingsError, match="frames of a clip must be at least 1"):
        changed_settings(SMALL, {"clips.frames": "0"})
    with pytest.raises(OptimizerSettingsError, match="learning_rate must be above 0"):
        changed_settings(SMALL, {"optimizer.learning_rate": "0"})


@pytest.mark.parametrize(("passes", "processes", "share"), [(1, 1, 12), (2, 1, 6), (1, 3, 4), (2, 3, 2), (4, 3, 1)])
def test_clips_are_shared(passes, processes, share):
    settings = VisTrainSettings(clips_per_step=12, passes_per_step=passes)
    assert settings.clips_per_pass(processes) == share


def test_uneven_shares_are_refused():
    with pytest.raises(VisSettingsError, match=r"4 clips a step .* 3 processes of 2 passes each. Take a multiple of 6"):
        VisTrainSettings(clips_per_step=4, passes_per_step=2).clips_per_pass(3)


def test_all_settings_are_listed():
    names = setting_names(PAPER)
    assert names["objective.weights.temporal"] == 0.5
    assert names["clips.order"] == "ordered"
    for name, value in names.items():
        text = msgspec.json.encode(value).decode()
        assert changed_settings(PAPER, {name: text}) == PAPER
