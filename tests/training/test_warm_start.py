import torch

from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet, load_net
from mfvis_engine.training.warm_start import WarmStartSettings, mask_loss, train


def test_a_few_steps_learn_and_are_saved(tmp_path, capsys):
    torch.manual_seed(0)
    net = BoxPromptedNet(BoxPromptedConfig(widths=(8, 16, 16), crop_size=32))
    settings = WarmStartSettings(steps=200, batch=8, pool_tubes=12, new_tubes_per_step=0, warmup_steps=10)
    trained = train(settings, tmp_path / "warm.safetensors", net)
    losses = [float(line.split()[3]) for line in capsys.readouterr().out.splitlines()]
    assert losses[1] < losses[0]
    saved = load_net(tmp_path / "warm.safetensors")
    assert torch.allclose(saved.stem.weight, trained.stem.weight, atol=1e-3)


def test_the_right_mask_costs_nothing_and_the_wrong_one_much():
    mask = torch.zeros(1, 8, 8)
    mask[:, 2:6, 2:6] = 1
    logits = (2 * mask - 1) * 20
    assert mask_loss(logits, mask) < 0.01
    assert mask_loss(-logits, mask) > 10
