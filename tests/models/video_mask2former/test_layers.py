import math

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from mfvis_engine.models.video_mask2former.layers import Attention, DecoderLayer, PredictionHead, visible_cells


def test_a_query_sees_its_mask_and_one_with_none_sees_all():
    logits = torch.tensor([[[2.0, -1.0, 0.0], [-1.0, -2.0, -3.0]]])
    assert visible_cells(logits).tolist() == [[[True, False, True], [True, True, True]]]


@given(st.lists(st.lists(st.floats(-30, 30, width=32), min_size=4, max_size=4), min_size=1, max_size=5))
def test_every_query_sees_something(rows):
    logits = torch.tensor(rows)[None]
    visible = visible_cells(logits)
    assert visible.any(-1).all()
    assert visible[logits >= 0].all()


def plain_attention():
    """One head of two channels whose projections change nothing."""
    attention = Attention(2, 1)
    with torch.no_grad():
        attention.in_proj_weight.copy_(torch.eye(2).repeat(3, 1))
        attention.out_proj.weight.copy_(torch.eye(2))
    return attention


def test_blocked_cells_are_not_looked_at_by_hand():
    keys = torch.zeros(1, 3, 2)
    values = torch.tensor([[[1.0, 0.0], [0.0, 3.0], [2.0, 0.0]]])
    visible = visible_cells(torch.tensor([[[1.0, -1.0, -1.0], [1.0, -1.0, 1.0], [-1.0, -1.0, -1.0]]]))
    found = plain_attention()(torch.zeros(1, 3, 2), keys, values, visible)
    # One cell; the mean of two; wholly blocked, so the mean of all three.
    torch.testing.assert_close(found, torch.tensor([[[1.0, 0.0], [1.5, 0.0], [1.0, 1.0]]]))


def test_likeness_weighs_cells_by_hand():
    # Scores ln 2 and 0 after the division by sqrt(2), so weights 2/3 and 1/3; the third cell is blocked.
    query = torch.tensor([[[math.log(2) * math.sqrt(2), 0.0]]])
    keys = torch.tensor([[[1.0, 5.0], [0.0, 7.0], [9.0, 0.0]]])
    values = torch.tensor([[[3.0, 0.0], [0.0, 3.0], [100.0, 100.0]]])
    found = plain_attention()(query, keys, values, torch.tensor([[[True, True, False]]]))
    torch.testing.assert_close(found, torch.tensor([[[2.0, 1.0]]]))


def test_a_state_of_torchs_attention_gives_the_same():
    torch.manual_seed(0)
    reference, own = nn.MultiheadAttention(16, 4, batch_first=True), Attention(16, 4)
    nn.init.normal_(reference.in_proj_bias)
    own.load_state_dict(reference.state_dict())
    query, key, value = torch.randn(2, 5, 16), torch.randn(2, 7, 16), torch.randn(2, 7, 16)
    visible = visible_cells(torch.randn(2, 5, 7))
    expected, _ = reference(query, key, value, attn_mask=~visible.repeat_interleave(4, dim=0))
    torch.testing.assert_close(own(query, key, value, visible), expected)


def test_a_layer_looks_then_compares_then_thinks():
    torch.manual_seed(1)
    layer = DecoderLayer(8, 2, 16)
    queries, places = torch.randn(1, 3, 8), torch.randn(3, 8)
    keys, values = torch.randn(1, 4, 8), torch.randn(1, 4, 8)
    visible = torch.ones(1, 3, 4, dtype=torch.bool)
    looked = layer.cross_norm(queries + layer.cross_attention(queries + places, keys, values))
    compared = layer.self_norm(looked + layer.self_attention(looked + places, looked + places, looked))
    expected = layer.ffn_norm(compared + layer.linear2(layer.linear1(compared).relu()))
    torch.testing.assert_close(layer(queries, places, keys, values, visible), expected)


def test_a_head_answers_from_normed_queries():
    head = PredictionHead(8, 4, 3)
    normed, classes, masks = head(torch.randn(2, 5, 8) * 100)
    assert (classes.shape, masks.shape) == ((2, 5, 4), (2, 5, 4))
    torch.testing.assert_close(normed.mean(-1), torch.zeros(2, 5), atol=1e-5, rtol=0)
    torch.testing.assert_close(classes, head.classes(normed))
