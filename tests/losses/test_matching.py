from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.losses import (
    DISC,
    SPARSE_GRID,
    LossInputError,
    MatchSettings,
    match_pair,
    match_tube,
    matching,
    matching_numba,
    matching_torch,
)
from tests.losses.plain import plain_index

PATHS = pytest.mark.parametrize("path", [matching_numba, matching_torch])
SETTINGS = pytest.mark.parametrize(
    "match_settings",
    [
        DISC,
        SPARSE_GRID,
        replace(SPARSE_GRID, patch_size=5, top_k=9, min_similarity=1e-4),
        replace(DISC, patch_size=1, top_k=1),
    ],
)


def _frames(height, width, scale=0.8, levels=None, seed=0):
    """Two LAB frames; of whole numbers if `levels` is given: exact distances, and ties."""
    generator = torch.Generator().manual_seed(seed)
    if levels is not None:
        return torch.randint(0, levels, (2, 3, height, width), generator=generator).float()
    return scale * torch.randn(2, 3, height, width, generator=generator)


@PATHS
@SETTINGS
def test_equal_to_algorithm_1(path, match_settings):
    source, target = _frames(13, 17)
    expected = plain_index(source, target, match_settings)
    assert (expected >= 0).any()
    assert torch.equal(path.best_offsets(source, target, match_settings).long(), expected)


@PATHS
@SETTINGS
def test_ties_go_to_the_earlier_offset(path, match_settings):
    source, target = _frames(9, 11, levels=2)
    expected = plain_index(source, target, match_settings)
    assert torch.equal(path.best_offsets(source, target, match_settings).long(), expected)


@PATHS
def test_one_colour_everywhere_matches_in_the_order_of_the_offsets(path):
    frame = torch.full((3, 20, 20), 50.0)
    index = path.best_offsets(frame, frame, DISC)
    assert index[:, 10, 10].tolist() == [0, 1, 2, 3, 4]


@PATHS
def test_candidates_outside_the_image_never_match_even_in_black(path):
    black = torch.zeros(3, 4, 4)
    index = path.best_offsets(black, black, SPARSE_GRID)
    assert [SPARSE_GRID.offsets_yx[i] for i in index[:, 0, 0] if i >= 0] == [(0, 0), (0, 3), (3, 0), (3, 3)]


@PATHS
def test_a_shifted_frame_is_found_at_its_shift(path):
    source = 10 * _frames(24, 30)[0]
    target = source.roll((-2, 3), dims=(-2, -1))
    index = path.best_offsets(source, target, DISC)
    assert (index[0, 4:-4, 4:-4] == DISC.offsets_yx.index((2, -3))).all()


@PATHS
def test_a_distance_at_the_threshold_counts(path):
    one_pixel = MatchSettings(((0, 0),), patch_size=1, top_k=1, min_similarity=0.05)
    limit = torch.tensor(one_pixel.max_squared_distance).sqrt().item()
    target = torch.zeros(3, 1, 2)
    target[0, 0] = torch.tensor([limit * (1 - 1e-6), limit * (1 + 1e-6)])
    assert path.best_offsets(torch.zeros(3, 1, 2), target, one_pixel).flatten().tolist() == [0, -1]


@given(height=st.integers(1, 40), width=st.integers(1, 12), seed=st.integers(0, 99), sparse=st.booleans())
@settings(max_examples=25)
def test_both_paths_agree_at_every_size(height, width, seed, sparse):
    source, target = _frames(height, width, levels=4, seed=seed)
    match_settings = SPARSE_GRID if sparse else DISC
    compiled = matching_numba.best_offsets(source, target, match_settings)
    assert torch.equal(compiled, matching_torch.best_offsets(source, target, match_settings))


def test_every_thread_count_gives_the_same(monkeypatch):
    source, target = _frames(50, 20)
    answers = []
    for threads in (1, 3):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        answers.append(matching_numba.best_offsets(source, target, DISC))
    assert torch.equal(*answers)


def test_torch_serves_the_cpu_where_nothing_can_be_compiled(monkeypatch):
    source, target = _frames(8, 9)
    expected = match_pair(source, target).offset_index
    monkeypatch.setattr(matching, "HAS_COMPILER", False)
    monkeypatch.delattr(matching_numba, "best_offsets")
    assert torch.equal(match_pair(source, target).offset_index, expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_agrees():
    source, target = _frames(40, 50, levels=4)
    on_gpu = match_pair(source.cuda(), target.cuda()).offset_index
    assert torch.equal(on_gpu.cpu(), match_pair(source, target).offset_index)


def test_a_tube_holds_the_matches_of_its_pairs():
    lab = torch.cat([_frames(8, 9), _frames(8, 9, seed=1)])
    tube = match_tube(lab, SPARSE_GRID)
    assert tube.pairs == ((0, 1), (1, 2), (2, 3), (3, 0))
    for index, (source, target) in enumerate(tube.pairs):
        expected = match_pair(lab[source], lab[target], SPARSE_GRID)
        assert torch.equal(tube.pair(index).offset_index, expected.offset_index)


def test_pairs_can_be_chosen():
    tube = match_tube(_frames(8, 9), SPARSE_GRID, pairs=((1, 0),))
    assert (tube.pairs, len(tube.offset_index)) == (((1, 0),), 1)


def test_frames_must_be_of_one_size():
    with pytest.raises(LossInputError, match=r"Got \(3, 4, 4\) and \(3, 4, 5\)"):
        match_pair(torch.zeros(3, 4, 4), torch.zeros(3, 4, 5))


def test_a_tube_must_have_four_dimensions():
    with pytest.raises(LossInputError, match=r"\(T, 3, H, W\)\. Got \(3, 4, 4\)"):
        match_tube(torch.zeros(3, 4, 4))
