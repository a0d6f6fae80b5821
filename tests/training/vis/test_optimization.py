import dataclasses

import pytest
import torch
from torch import nn

from mfvis_engine.models.video_mask2former import VideoMask2Former, config_of_size
from mfvis_engine.training.vis.optimization import (
    OptimizerSettings,
    OptimizerSettingsError,
    Schedule,
    build_optimizer,
    learned_parameters,
    parameter_groups,
    set_rates,
)
from mfvis_engine.training.vis.settings import PAPER
from tests.models.video_mask2former.shapes import LIKE_A_RELEASED_ONE, SMALL, SMALL_SWIN

SETTINGS = OptimizerSettings()
SHAPES = {
    "tiny": config_of_size("tiny", ("cat",)),
    "small": SMALL,
    "r50-like": LIKE_A_RELEASED_ONE,
    "swin": dataclasses.replace(SMALL, backbone=SMALL_SWIN),
}


@pytest.fixture(params=list(SHAPES))
def model(request):
    return VideoMask2Former(SHAPES[request.param])


def decays(model):
    return {name: group.weight_decay for group in parameter_groups(model, SETTINGS) for name in group.names}


def test_each_parameter_is_in_one_group(model):
    names = [name for group in parameter_groups(model, SETTINGS) for name in group.names]
    assert sorted(names) == sorted(name for name, _ in model.named_parameters())
    learned = list(learned_parameters(build_optimizer(model, SETTINGS)))
    assert {id(one) for one in learned} == {id(one) for one in model.parameters()}
    assert len(learned) == len(names)


def test_the_backbone_learns_at_a_tenth_of_the_rate(model):
    for group in parameter_groups(model, SETTINGS):
        assert {name.startswith("backbone.") for name in group.names} == {group.rate_factor == 0.1}


def test_norms_do_not_decay_and_weights_do(model):
    decay = decays(model)
    flat = {name for name, value in model.named_parameters() if value.ndim == 1}
    norms = {name for name in decay if any(word in name for word in ("norm", "input_projections", "adapter_1.1"))}
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            assert all(decay[f"{name}.{part}"] == 0.05 for part, _ in module.named_parameters(recurse=False))
    assert all(decay[name] == 0 for name in norms & flat if not name.endswith(".0.bias"))


def test_embeddings_and_tables_of_places_do_not_decay_but_the_pixel_decoders_levels_do(model):
    decay = decays(model)
    named = {name for name in decay if "embed" in name.rsplit(".", 2)[-2] or name.endswith("_table")}
    head = {f"head.decoder.{name}.weight" for name in ("query_features", "query_places", "level_embedding")}
    tables = {name for name in decay if name.endswith("relative_position_bias_table")}
    assert head | tables <= decay.keys()
    assert {decay[name] for name in head | tables | (named - {"head.pixel_decoder.inner.level_embed"})} <= {0}
    assert decay["head.pixel_decoder.inner.level_embed"] == 0.05
    is_swin = model.config.backbone == SMALL_SWIN
    assert len(tables) == (sum(SMALL_SWIN.depths) if is_swin else 0)


def test_statistics_that_are_frozen_are_in_no_group():
    names = {n for g in parameter_groups(VideoMask2Former(LIKE_A_RELEASED_ONE), SETTINGS) for n in g.names}
    assert not any("running" in name or "normalization" in name for name in names)


def test_what_is_frozen_is_not_learned():
    model = VideoMask2Former(SMALL)
    model.backbone.requires_grad_(False)
    assert all(group.rate_factor == 1 for group in parameter_groups(model, SETTINGS))


def test_the_papers_rate_falls_to_a_tenth_after_two_thirds():
    factor = PAPER.optimizer.rate_factor
    assert [factor(step, 6000) for step in (1, 2, 4000, 4001, 6000)] == [1, 1, 1, 0.1, 0.1]


def test_the_rate_rises_in_a_straight_line():
    settings = OptimizerSettings(warmup_steps=4, fall_at=1)
    assert [settings.rate_factor(step, 100) for step in (1, 2, 3, 4, 5)] == [0.25, 0.5, 0.75, 1, 1]


def test_half_a_cosine_ends_near_a_hundredth():
    settings = OptimizerSettings(warmup_steps=0, schedule=Schedule.COSINE)
    assert settings.rate_factor(1, 100) == 1
    assert settings.rate_factor(51, 100) == pytest.approx(0.505)
    assert settings.rate_factor(26, 100) == pytest.approx(0.01 + 0.99 * (1 + 2**-0.5) / 2)
    assert settings.rate_factor(100, 100) == pytest.approx(0.01, abs=4e-4)


def test_rates_are_set_for_each_group():
    settings = OptimizerSettings(learning_rate=2e-4, backbone_factor=0.5, warmup_steps=2)
    optimizer = build_optimizer(VideoMask2Former(SMALL), settings)
    assert set_rates(optimizer, settings, 1, 10) == pytest.approx(1e-4)
    assert sorted({group["lr"] for group in optimizer.param_groups}) == pytest.approx([5e-5, 1e-4])


def test_adamw_moves_by_the_rate_and_decays():
    layer = nn.Linear(1, 1, bias=False)
    optimizer = build_optimizer(layer, settings := OptimizerSettings(learning_rate=0.1, warmup_steps=0))
    set_rates(optimizer, settings, 1, 10)
    layer.weight.data.fill_(2.0)
    layer.weight.grad = torch.tensor([[7.0]])
    optimizer.step()
    assert layer.weight.item() == pytest.approx(2 * (1 - 0.1 * 0.05) - 0.1)


@pytest.mark.parametrize(
    "wrong",
    [{"learning_rate": 0}, {"learning_rate": float("nan")}, {"most_gradient_norm": -1}, {"weight_decay": -0.1},
     {"backbone_factor": -1}, {"warmup_steps": -1}, {"fall_at": -0.5}],
)  # fmt: skip
def test_rates_out_of_range_are_refused(wrong):
    with pytest.raises(
        OptimizerSettingsError, match=rf"{next(iter(wrong))} must be .* Got {next(iter(wrong.values()))}"
    ):
        OptimizerSettings(**wrong)
