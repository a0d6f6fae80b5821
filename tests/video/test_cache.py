import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfvis_engine.video import FrameCache, VideoError


def _frame(size):
    return np.zeros((size, 1, 3), np.uint8)


def test_least_recently_used_goes_first():
    cache = FrameCache(3 * 30)
    for index in range(3):
        cache.put(index, _frame(10))
    cache.get(0)
    cache.put(3, _frame(10))
    assert [index in cache for index in range(4)] == [True, False, True, True]


def test_put_makes_read_only():
    cache = FrameCache(100)
    frame = cache.put(0, _frame(10))
    assert cache.get(0) is frame
    with pytest.raises(ValueError, match="read-only"):
        frame[0] = 1


def test_frame_larger_than_the_cache_is_not_kept():
    cache = FrameCache(29)
    assert cache.put(0, _frame(10)).shape == (10, 1, 3)
    assert len(cache) == cache.held_bytes == 0


def test_negative_capacity():
    with pytest.raises(VideoError, match="Got -1"):
        FrameCache(-1)


@given(
    capacity=st.integers(0, 400),
    puts=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40)), max_size=60),
)
def test_memory_stays_within_the_bound(capacity, puts):
    cache = FrameCache(capacity)
    latest = {}
    for index, size in puts:
        latest[index] = cache.put(index, _frame(size))
        held = [cache.get(index) for index in range(10) if index in cache]
        assert sum(frame.nbytes for frame in held) == cache.held_bytes <= capacity
    assert all(cache.get(index) is latest[index] for index in latest if index in cache)


def test_threads_keep_the_account_right():
    cache = FrameCache(500)

    def work(seed):
        random = np.random.default_rng(seed)
        for index, size in random.integers(1, 12, (300, 2)):
            cache.put(int(index), _frame(int(size)))
            cache.get(int(index))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = [cache.get(index) for index in range(13) if index in cache]
    assert sum(frame.nbytes for frame in held) == cache.held_bytes <= 500
    cache.clear()
    assert len(cache) == cache.held_bytes == 0
