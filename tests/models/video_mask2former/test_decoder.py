import pytest
import torch

from mfvis_engine.models.video_mask2former.decoder import VideoDecoder
from mfvis_engine.models.video_mask2former.pixel_decoder import FrameFeatures

from .shapes import SMALL


@pytest.fixture
def decoder():
    torch.manual_seed(0)
    return VideoDecoder(SMALL).eval()


def features(frames, height=16, width=24):
    levels = tuple(torch.randn(frames, 32, height // s, width // s) for s in (8, 4, 2))
    return FrameFeatures(levels, torch.randn(frames, 16, height, width))


def part(of, start, stop):
    return FrameFeatures(tuple(level[start:stop] for level in of.levels), of.mask_features[start:stop])


def test_heads_come_before_the_first_layer_and_after_each(decoder):
    answer = decoder(features(6), batch=2, frames=3)
    assert len(answer.heads) == 5
    assert {head.class_logits.shape for head in answer.heads} == {(2, 5, 3)}
    assert {head.mask_logits.shape for head in answer.heads} == {(2, 5, 3, 16, 24)}
    # Before the first layer nothing has been seen of the clips: the classes are the same for all.
    assert torch.equal(answer.heads[0].class_logits[0], answer.heads[0].class_logits[1])
    assert not torch.allclose(answer.heads[1].class_logits[0], answer.heads[1].class_logits[1])


def test_masks_are_products_of_embeddings_and_features(decoder):
    seen = features(2)
    answer = decoder(seen, batch=1, frames=2)
    _, classes, embeddings = decoder.head(decoder.query_features.weight[None])
    torch.testing.assert_close(answer.heads[0].class_logits, classes)
    torch.testing.assert_close(
        answer.heads[0].mask_logits, torch.einsum("bqc,tchw->bqthw", embeddings, seen.mask_features)
    )
    torch.testing.assert_close(answer.final.class_logits, decoder.head.classes(answer.query_embeddings))


def test_clips_of_a_batch_do_not_see_each_other(decoder):
    seen = features(6)
    together = decoder(seen, batch=2, frames=3)
    for index in range(2):
        alone = decoder(part(seen, 3 * index, 3 * index + 3), batch=1, frames=3)
        torch.testing.assert_close(together.final.mask_logits[index], alone.final.mask_logits[0], atol=1e-4, rtol=1e-4)


def test_frames_of_a_clip_see_each_other(decoder):
    seen = features(2)
    alone = decoder(part(seen, 0, 1), batch=1, frames=1).final
    assert not torch.allclose(decoder(seen, batch=1, frames=2).final.mask_logits[:, :, :1], alone.mask_logits)


def test_the_last_head_alone_is_the_last_of_all(decoder):
    seen = features(3)
    every, last = decoder(seen, batch=1, frames=3), decoder(seen, batch=1, frames=3, deep_supervision=False)
    assert len(last.heads) == 1
    torch.testing.assert_close(last.final.mask_logits, every.final.mask_logits, atol=1e-5, rtol=1e-5)
    assert torch.equal(last.query_embeddings, every.query_embeddings)


def test_levels_take_turns_from_the_coarsest(decoder, monkeypatch):
    cells = []
    for layer in decoder.layers:
        layer.register_forward_pre_hook(lambda module, given: cells.append(given[2].shape[1]))
    decoder(features(2), batch=1, frames=2)
    assert cells == [2 * 2 * 3, 2 * 4 * 6, 2 * 8 * 12, 2 * 2 * 3]


def test_a_query_whose_mask_is_empty_sees_the_whole_clip(decoder):
    """Without a mask anywhere, cross-attention is that of unblocked cells."""
    seen = features(2)
    given = []
    decoder.layers[0].register_forward_pre_hook(lambda module, args: given.append(args[4]))
    with torch.no_grad():
        decoder.head.masks[-1].weight.zero_()
        decoder.head.masks[-1].bias.zero_()
        decoder.head.masks[-1].bias[0] = -1.0
        seen.mask_features[:, 0] = 1.0
        decoder(seen, batch=1, frames=2)
    assert given[0].all()


def test_no_gradient_comes_through_the_blocking(decoder):
    """With masks of no class weight, class logits of the last layer depend on mask features by blocking alone."""
    seen = features(2)
    seen.mask_features.requires_grad_()
    decoder(seen, batch=1, frames=2).final.class_logits.sum().backward()
    assert seen.mask_features.grad is None or not seen.mask_features.grad.any()
