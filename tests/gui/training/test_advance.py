"""How far a training is: numbers alone."""

import pytest

from mfvis_engine.jobs.events import Progress, Stage, Started
from mfvis_napari.training.advance import Phase, WholeJob
from mfvis_napari.training.ending import Ending, HowEnded, duration
from mfvis_napari.training.engine_settings import EngineSettings


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


def test_the_whole_is_in_proportion_to_time_once_it_is_known():
    clock = Clock()
    whole = WholeJob(clock)
    assert whole.fraction(Phase.READING, 0.0) == pytest.approx(0.03)
    assert whole.fraction(Phase.READING, 1.0) == pytest.approx(0.12)
    assert whole.fraction(Phase.LEARNING, 0.1, seconds_left=100) == pytest.approx(0.12)
    clock.now_s = 50
    assert whole.fraction(Phase.LEARNING, 0.6, seconds_left=50) == pytest.approx(0.56)
    assert whole.fraction(Phase.LEARNING, 0.6, seconds_left=80) == pytest.approx(0.56)  # never back
    clock.now_s = 100
    assert whole.fraction(Phase.PREDICTING, 1.0, seconds_left=0) == 1.0


def test_the_whole_stands_in_between():
    whole = WholeJob(Clock())
    whole.fraction(Phase.READING, 0.5)
    assert whole.fraction(Phase.PAUSED) == whole.fraction(Phase.WAITING) == whole.fraction(Phase.READING, 0.5)


def learning(step, fraction, per_second=5.0):
    return Progress(stage=Stage.TRAINING, fraction_done=fraction, step=step, per_second=per_second)


@pytest.mark.parametrize(
    ("told", "step", "fraction", "expected"),
    [
        ('{"steps": 300, "seconds": 600}', 120, 0.4, 300),  # the steps end it
        ('{"steps": 300, "seconds": 60}', 120, 0.7, 210),  # the time does: 18 s more
        ('{"steps": 20, "seconds": 30}', 3, 0.15, 20),
        ("", 3, 0.15, None),
        ('{"steps": 300, "seconds": 60}', 0, 0.0, None),
    ],
)
def test_steps_expected(told, step, fraction, expected):
    settings = EngineSettings.told_by(Started(attempt=1, device="cpu", settings=told))
    assert settings.steps_expected(learning(step, fraction)) == expected


def test_endings_in_words():
    def text(how, frame_count=30, mask_count=62, kept_count=0, reason=""):
        return Ending(how, frame_count, 30, mask_count, kept_count, 48.2, reason).text

    assert text(HowEnded.FINISHED, kept_count=3) == "30 frames, 62 masks in 48 s. 3 masks of yours were kept."
    assert text(HowEnded.CANCELLED, 1) == "Cancelled. 1 of 30 frames have new masks, which stay."
    assert text(HowEnded.FAILED, 0, reason="It broke.") == "It broke. The masks are as they were."
    assert duration(200) == "3 min 20 s"
