"""What the benchmark of the engine reads off events and clocks."""

import math
import time

import numpy as np

from benchmarks import engine
from benchmarks.engine import Stopwatch, Ticker
from mfvis_engine.jobs.events import FrameDone, Preview, Progress, Stage
from mfvis_engine.jobs.proposals import FrameProposals

MASKS = FrameProposals.of(0, np.ones((2, 3), np.uint16), np.array([1]), np.ones(1, np.float32))


def test_times_are_those_of_the_first_and_the_rate_begins_with_the_second_step(monkeypatch):
    now = iter([10.0, 11.0, 12.0, 13.0, 14.0, 16.0, 17.0, 18.0])
    monkeypatch.setattr(engine.time, "monotonic", lambda: next(now))
    watch = Stopwatch(began=next(now))
    assert math.isnan(watch.first_preview_s)
    watch.take(Preview(step=0, masks=MASKS))
    for step in (1, 2, 6):
        watch.take(Progress(stage=Stage.TRAINING, fraction_done=0.5, step=step))
    watch.take(Preview(step=6, masks=MASKS))
    watch.take(FrameDone(MASKS))
    assert (watch.first_preview_s, watch.first_frame_s, watch.last_s) == (1.0, 7.0, 7.0)
    assert watch.steps_per_second == (6 - 2) / (14 - 13)


def test_a_thread_that_was_held_up_is_noticed(monkeypatch):
    sleep = time.sleep
    monkeypatch.setattr(engine.time, "sleep", lambda seconds: sleep(seconds + 0.2))
    with Ticker() as ticker:
        sleep(0.05)
    assert ticker.longest_stall_s >= 0.2
