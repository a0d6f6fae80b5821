from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.jobs.carrier.order import frame_groups, nearest_first

FRAMES = st.lists(st.integers(0, 300), max_size=60)


@given(FRAMES, st.integers(0, 100))
def test_groups_hold_every_frame_once_and_do_not_depend_on_the_order_asked(frames, track_count):
    groups = frame_groups(frames, track_count)
    assert [t for group in groups for t in group] == sorted(set(frames))
    assert groups == frame_groups(frames[::-1], track_count)
    assert all(1 <= len(group) <= 8 for group in groups)


@given(FRAMES, st.integers(-5, 400))
def test_groups_come_nearest_first(frames, focus):
    groups = frame_groups(frames, 4)
    ordered = list(nearest_first(groups, lambda: focus))
    distances = [min(abs(t - focus) for t in group) for group in ordered]
    assert sorted(ordered) == sorted(groups)
    assert distances == sorted(distances)


def test_the_view_may_move_on_the_way():
    groups = frame_groups(range(40), 1)
    focus = iter([20, 39, 39, 0, 0])
    starts = [group[0] for group in nearest_first(groups, lambda: next(focus))]
    assert starts == [16, 32, 24, 0, 8]


def test_many_tracks_make_small_groups():
    assert [len(frame_groups(range(16), count)) for count in (0, 4, 8, 16, 33)] == [2, 2, 4, 8, 16]
