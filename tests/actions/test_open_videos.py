import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mfvis_engine.actions.open_videos import OpenVideos
from mfvis_engine.video import ArrayVideo, VideoError


class Shelf:
    """Videos of one grey each, and what is open of them."""

    def __init__(self, most_open):
        self.opened, self.closed = [], []
        self.videos = OpenVideos(most_open)
        self.readers = [self.videos.reader(lambda grey=grey: self.open(grey)) for grey in range(5)]

    def open(self, grey):
        self.opened.append(grey)
        closed = self.closed

        class Told(ArrayVideo):
            def close(self):
                closed.append(grey)
                super().close()

        return Told(np.full((2, 4, 4, 3), grey, np.uint8))


def test_the_most_recently_used_stay_open():
    shelf = Shelf(2)
    for grey in (0, 1, 0, 2, 0, 1):
        assert shelf.readers[grey](1)[0, 0, 0] == grey
    assert shelf.opened == [0, 1, 2, 1]
    assert shelf.closed == [1, 2]
    with shelf.videos:
        pass
    assert sorted(shelf.closed) == [0, 1, 1, 2]
    assert shelf.readers[0](0)[0, 0, 0] == 0  # opened again


def test_threads_do_not_lose_the_video_they_read():
    shelf = Shelf(1)
    barrier = threading.Barrier(4)

    def read(number):
        barrier.wait(timeout=10)
        return [int(shelf.readers[(number + k) % 5](k % 2)[0, 0, 0]) == (number + k) % 5 for k in range(100)]

    with ThreadPoolExecutor(4) as threads:
        assert all(all(right) for right in threads.map(read, range(4)))
    shelf.videos.close()
    assert sorted(shelf.opened) == sorted(shelf.closed)


def test_a_video_that_cannot_be_opened_is_told_each_time():
    def missing():
        raise VideoError("There is no file clip.mp4.")

    videos = OpenVideos()
    read = videos.reader(missing)
    for _ in range(2):
        with pytest.raises(VideoError, match=r"clip\.mp4"):
            read(0)
    videos.close()
