import pytest
import torch

from mfvis_engine.losses import SPARSE_GRID, LossInputError, PatchMatches, TubeMatches, match_tube, tube_pairs


def _tube(seed=0, frames=3, size=(6, 7)):
    generator = torch.Generator().manual_seed(seed)
    return match_tube(torch.randn(frames, 3, *size, generator=generator), SPARSE_GRID)


@pytest.mark.parametrize(
    ("length", "pairs"),
    [
        (1, ()),
        (2, ((0, 1), (1, 0))),
        (3, ((0, 1), (0, 2), (1, 2))),
        (4, ((0, 1), (1, 2), (2, 3), (3, 0))),
        (5, ((0, 1), (1, 2), (2, 3), (3, 4), (4, 0))),
    ],
)
def test_pairs_of_a_tube(length, pairs):
    assert tube_pairs(length) == pairs


def test_a_tube_without_frames_is_refused():
    with pytest.raises(LossInputError, match="Got 0"):
        tube_pairs(0)


def test_displacements_are_those_of_the_table():
    index = torch.full((5, 1, 2), -1, dtype=torch.int16)
    index[0, 0, 1] = 3
    matches = PatchMatches(index, SPARSE_GRID)
    assert matches.valid.nonzero().tolist() == [[0, 0, 1]]
    assert matches.offsets_yx()[0, 0].tolist() == [[0, 0], [0, -3]]


def test_stacking_keeps_each_tube():
    tubes = [_tube(seed) for seed in range(3)]
    stacked = TubeMatches.stack(tubes)
    assert stacked.offset_index.shape == (3, 3, 5, 6, 7)
    assert all(torch.equal(stacked.offset_index[n], tube.offset_index) for n, tube in enumerate(tubes))


@pytest.mark.parametrize(
    "tubes",
    [
        [],
        [_tube(), _tube(size=(6, 8))],  # sizes
        [_tube(), _tube(frames=4)],  # pairs
        [TubeMatches.stack([_tube()])],  # stacked already
    ],
)
def test_tubes_that_differ_cannot_be_stacked(tubes):
    with pytest.raises(LossInputError, match=f"Got {len(tubes)} tubes"):
        TubeMatches.stack(tubes)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (torch.zeros(5, 4, 4), "int16 with 3 dimensions. Got torch.float32"),
        (torch.zeros(4, 4, dtype=torch.int16), r"of shape \(4, 4\)"),
        (torch.zeros(3, 4, 4, dtype=torch.int16), "keep 5 matches"),
    ],
)
def test_wrong_indices_are_refused(index, message):
    with pytest.raises(LossInputError, match=message):
        PatchMatches(index, SPARSE_GRID)


def test_pairs_and_matches_must_be_as_many():
    with pytest.raises(LossInputError, match="2 frame pairs but matches for 3"):
        TubeMatches(_tube().offset_index, ((0, 1), (1, 2)), SPARSE_GRID)
