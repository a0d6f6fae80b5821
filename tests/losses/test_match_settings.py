import math

import pytest

from mfvis_engine.losses import DISC, SPARSE_GRID, LossInputError, MatchSettings


def test_the_disc_holds_every_offset_within_the_radius_once():
    assert len(DISC.offsets_yx) == 81
    assert all(math.hypot(*offset) <= 5 for offset in DISC.offsets_yx)
    assert DISC.offsets_yx == tuple(sorted(set(DISC.offsets_yx)))
    assert (DISC.reach, DISC.top_k, DISC.patch_size) == (5, 5, 3)


def test_the_sparse_grid_is_row_major_with_the_centre():
    assert SPARSE_GRID.offsets_yx[:4] == ((-3, -3), (-3, 0), (-3, 3), (0, -3))
    assert SPARSE_GRID.offsets_yx[4] == (0, 0)
    assert len(SPARSE_GRID.offsets_yx) == 9


def test_the_distance_limit_is_that_of_the_similarity():
    assert math.exp(-0.5 * math.sqrt(SPARSE_GRID.max_squared_distance)) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"offsets_yx": ()}, "at least one"),
        ({"offsets_yx": ((0, 0), (0, 0))}, "each once"),
        ({"patch_size": 4}, "odd and at least 1. Got 4"),
        ({"top_k": 0}, "Got 0"),
        ({"top_k": 3}, "Of 2 candidates.*Got 3"),
        ({"min_similarity": 0.0}, r"\(0, 1\]. Got 0.0"),
    ],
)
def test_impossible_settings_are_refused(changes, message):
    valid = {"offsets_yx": ((0, 0), (0, 1)), "top_k": 1}
    with pytest.raises(LossInputError, match=message):
        MatchSettings(**{**valid, **changes})
