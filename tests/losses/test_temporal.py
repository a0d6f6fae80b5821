import pytest
import torch

from mfvis_engine.losses import (
    DISC,
    SPARSE_GRID,
    LossInputError,
    TubeMatches,
    match_tube,
    temporal,
    temporal_numba,
    temporal_torch,
    tk_loss,
)
from tests.losses.plain import plain_tk_loss

SIZE = (9, 11)


@pytest.fixture(params=["compiled", "torch"])
def each_path(request, monkeypatch):
    monkeypatch.setattr(temporal, "HAS_COMPILER", request.param == "compiled")


def _random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def _inputs(instances=3, frames=5, settings=DISC, seed=0, size=SIZE):
    matches = match_tube(0.7 * _random(frames, 3, *size, seed=seed), settings)
    logits = 3 * _random(instances, frames, *size, seed=seed + 1)
    region = _random(instances, *size, seed=seed + 2) > -0.5
    return logits.requires_grad_(), matches, region


@pytest.mark.usefixtures("each_path")
@pytest.mark.parametrize("settings", [DISC, SPARSE_GRID])
@pytest.mark.parametrize("frames", [2, 3, 5])
def test_loss_and_gradient_equal_the_plain_ones(frames, settings):
    logits, matches, region = _inputs(frames=frames, settings=settings)
    ours, plain = tk_loss(logits, matches, region), plain_tk_loss(logits, matches, region)
    assert plain > 0.5
    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(*(torch.autograd.grad(loss, logits)[0] for loss in (ours, plain)))


@pytest.mark.usefixtures("each_path")
def test_gradcheck():
    logits, matches, region = _inputs(instances=2, frames=2, size=(5, 6))
    assert matches.valid.sum() > 50
    assert torch.autograd.gradcheck(lambda x: tk_loss(x, matches, region), logits)


@pytest.mark.usefixtures("each_path")
def test_stacked_tubes_are_normalised_together():
    tubes = [_inputs(instances=1, frames=3, seed=10 * n) for n in range(4)]
    logits, region = (torch.cat([tube[i] for tube in tubes]) for i in (0, 2))
    ours = tk_loss(logits, TubeMatches.stack([tube[1] for tube in tubes]), region)
    counts = torch.stack([(m.valid & r[:, None]).sum((1, 2, 3)) for _, m, r in tubes]).double()
    single = torch.zeros_like(counts)
    for n, (x, m, r) in enumerate(tubes):
        for p, pair in enumerate(m.pairs):
            one_pair = TubeMatches(m.offset_index[p : p + 1], (pair,), m.settings)
            single[n, p] = plain_tk_loss(x.detach(), one_pair, r)
    expected = ((single * counts).sum(0) / counts.sum(0)).sum()
    torch.testing.assert_close(ours, expected)


@pytest.mark.usefixtures("each_path")
@pytest.mark.parametrize("stacked", [False, True])
def test_heads_are_averaged(stacked):
    logits, matches, region = _inputs(instances=2, frames=3)
    matches = TubeMatches.stack([matches, _inputs(frames=3, seed=7)[1]]) if stacked else matches
    heads = torch.stack([logits.detach(), 2 * logits.detach()]).requires_grad_()
    loss = tk_loss(heads, matches, region)
    expected = [tk_loss(head, matches, region) for head in heads.detach()]
    torch.testing.assert_close(loss, torch.stack(expected).mean())
    (gradient,) = torch.autograd.grad(loss, heads)
    (first,) = torch.autograd.grad(tk_loss(logits, matches, region), logits)
    torch.testing.assert_close(gradient[0], first / 2)


@pytest.mark.usefixtures("each_path")
def test_an_empty_region_costs_nothing():
    logits, matches, region = _inputs()
    loss = tk_loss(logits, matches, torch.zeros_like(region))
    loss.backward()
    assert loss.item() == 0
    assert torch.count_nonzero(logits.grad) == 0


@pytest.mark.usefixtures("each_path")
def test_a_single_frame_costs_nothing():
    matches = match_tube(_random(1, 3, *SIZE))
    assert tk_loss(_random(2, 1, *SIZE), matches, torch.ones(SIZE)).item() == 0


@pytest.mark.usefixtures("each_path")
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_single(dtype):
    logits, matches, region = _inputs()
    half = logits.detach().to(dtype).requires_grad_()
    loss = tk_loss(half, matches, region)
    loss.backward()
    assert (loss.dtype, half.grad.dtype) == (torch.float32, dtype)
    torch.testing.assert_close(loss, tk_loss(half.detach().float(), matches, region))


@pytest.mark.usefixtures("each_path")
def test_huge_logits_stay_finite_and_pull_together():
    _, matches, region = _inputs(frames=2, settings=SPARSE_GRID)
    logits = torch.full((3, 2, *SIZE), 1000.0)
    logits[:, 1] = -1000.0
    logits.requires_grad_()
    loss = tk_loss(logits, matches, region)
    loss.backward()
    assert loss.isfinite()
    assert loss > 100
    assert (logits.grad[:, 0] >= 0).all()
    assert (logits.grad[:, 1] <= 0).all()
    assert logits.grad.abs().sum() > 0.1


@pytest.mark.usefixtures("each_path")
def test_a_training_that_diverged_shows():
    logits, matches, _ = _inputs()
    assert tk_loss(logits.detach() * float("nan"), matches, torch.ones(SIZE)).isnan()


def test_the_two_paths_agree_in_single_precision():
    logits, matches, region = _inputs(instances=4)
    scale = torch.rand(len(matches.pairs))
    arguments = (5 * logits.detach().float(), matches, region, scale)
    compiled, plain = (path.value_and_gradient(*arguments) for path in (temporal_numba, temporal_torch))
    torch.testing.assert_close(compiled, plain, rtol=1e-4, atol=1e-5)


def test_logits_need_not_be_contiguous():
    logits, matches, region = _inputs()
    permuted = logits.detach().permute(3, 2, 1, 0).contiguous().permute(3, 2, 1, 0)
    torch.testing.assert_close(tk_loss(permuted, matches, region), tk_loss(logits, matches, region).detach())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_agrees():
    logits, matches, region = _inputs()
    on_gpu = tk_loss(logits.detach().cuda(), matches.to("cuda"), region.cuda())
    torch.testing.assert_close(on_gpu.cpu(), tk_loss(logits, matches, region).detach())


@pytest.mark.parametrize(
    ("logits_shape", "region_shape", "message"),
    [
        ((3, 5, 8, 8), (3, 9, 11), r"\(\.\.\., T, 9, 11\) with T >= 5\. Got \(3, 5, 8, 8\)"),
        ((3, 4, 9, 11), (3, 9, 11), r"T >= 5\. Got \(3, 4, 9, 11\)"),
        ((3, 5, 9, 11), (2, 9, 11), r"region must broadcast to \(3, 9, 11\).*Got \(2, 9, 11\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(logits_shape, region_shape, message):
    matches = _inputs()[1]
    with pytest.raises(LossInputError, match=message):
        tk_loss(torch.zeros(logits_shape), matches, torch.ones(region_shape))


def test_stacked_tubes_need_as_many_masks():
    matches = TubeMatches.stack([_inputs()[1]] * 2)
    with pytest.raises(LossInputError, match=r"2 stacked tubes.*Got \(3, 5, 9, 11\)"):
        tk_loss(torch.zeros(3, 5, *SIZE), matches, torch.ones(SIZE))


def test_the_device_of_the_matches_is_checked():
    matches = _inputs()[1]
    with pytest.raises(LossInputError, match=r"matches\.to\(device\)"):
        tk_loss(torch.zeros(1, 5, *SIZE), matches.to("meta"), torch.ones(SIZE))
