from datetime import UTC, datetime
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.annotation import (
    ActivityClock,
    InvalidFrameError,
    InvalidTrackIdError,
    InvalidWorkError,
    Work,
    WorkKind,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def clock_after(*times_s, **settings):
    return reduce(ActivityClock.after, times_s, ActivityClock(**settings))


@pytest.mark.parametrize(
    ("times_s", "active_seconds"),
    [
        ((), 0),
        ((5,), 0),  # one event takes no time
        ((5, 6, 8), 3),
        ((0, 19.5, 39), 39),
        ((0, 20, 21), 1),  # a gap as long as the cut-off is a pause
        ((0, 1, 3600, 3602), 3),  # an hour at lunch
        ((10, 9, 11), 2),  # a clock that was put back
    ],
)
def test_active_time_is_the_sum_of_short_gaps(times_s, active_seconds):
    assert clock_after(*times_s).active_seconds == active_seconds


def test_the_cut_off_can_be_chosen():
    assert clock_after(0, 3, 6, idle_cutoff_s=3).active_seconds == 0
    assert clock_after(0, 3, 6, idle_cutoff_s=3.1).active_seconds == 6


def test_the_next_piece_of_work_begins_where_the_last_ended():
    assert clock_after(0, 4).restarted().after(6).active_seconds == 2


times = st.lists(st.floats(0, 1e5), max_size=30).map(sorted)


@given(times)
def test_active_time_is_never_more_than_the_time_that_passed(times_s):
    passed = times_s[-1] - times_s[0] if times_s else 0
    assert 0 <= clock_after(*times_s).active_seconds <= passed + 1e-6


@given(times, st.integers(0, 30))
def test_time_is_shared_out_wholly_between_pieces_of_work(times_s, cut):
    first = clock_after(*times_s[:cut])
    second = reduce(ActivityClock.after, times_s[cut:], first.restarted())
    whole = clock_after(*times_s).active_seconds
    assert first.active_seconds + second.active_seconds == pytest.approx(whole)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"began": datetime(2026, 1, 1)}, InvalidWorkError),
        ({"active_seconds": -1.0}, InvalidWorkError),
        ({"active_seconds": float("nan")}, InvalidWorkError),
        ({"track_id": 0}, InvalidTrackIdError),
        ({"frame_index": -1}, InvalidFrameError),
    ],
)
def test_work_that_cannot_be_is_refused(changes, error):
    values = {"began": NOON, "kind": WorkKind.BOX, "track_id": 1, "frame_index": 0, "active_seconds": 1.0}
    with pytest.raises(error):
        Work(**{**values, **changes})
