import pytest
import torch
import transformers

from mfvis_engine.models.pretrained import BackboneNet, PretrainedError, load_backbone_net


@pytest.fixture
def backbone_folder(tmp_path):
    torch.manual_seed(0)
    config = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16, 16, 24], depths=[1, 1, 1, 1])
    # Saved with its classification head, as backbones are published.
    transformers.ResNetForImageClassification(config).save_pretrained(tmp_path / "resnet")
    return tmp_path / "resnet"


def test_a_backbone_from_a_folder_learns(backbone_folder):
    net = load_backbone_net(str(backbone_folder))
    assert isinstance(net, BackboneNet)
    logits = net(torch.randn(2, 12, net.crop_size, net.crop_size))
    assert logits.shape == (2, net.crop_size, net.crop_size)
    logits.square().mean().backward()
    assert net.lateral[0].weight.grad.abs().sum() > 0


def test_weights_that_cannot_be_had_name_the_way_out(tmp_path):
    with pytest.raises(PretrainedError, match=r"config.json and model.safetensors"):
        load_backbone_net(str(tmp_path / "nothing-here"))
