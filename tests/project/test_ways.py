import pytest

from mfvis_engine.project.ways import shortest_way

STEPS = [(1, None, 10), (2, 10, 20), (3, 20, 30), (4, 30, None), (5, 77, 78)]


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        (10, 20, [2]),
        (20, 10, [2]),
        (None, 20, [1, 2]),
        (None, 30, [4]),  # the short way round
        (77, 78, [5]),
        (10, 77, []),
        (99, 10, []),
        (10, 10, []),
    ],
)
def test_the_shortest_way_is_found(start, end, names):
    assert shortest_way(STEPS, start, end) == names
