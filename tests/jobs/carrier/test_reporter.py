"""How far a job is, and previews: told a few times a second at the most."""

import numpy as np
import pytest
import torch

from mfvis_engine.jobs.carrier.previews import Previews
from mfvis_engine.jobs.carrier.reporter import Reporter
from mfvis_engine.jobs.events import Preview, Progress, Stage
from mfvis_engine.models import Device
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.training import FineTuneSettings, TrainingProgress
from mfvis_engine.training.objective import LossTerms
from tests.jobs.carrier.wishing_desk import WishingDesk
from tests.training.scenes import LENGTH, disc_boxes, disc_video

SETTINGS = FineTuneSettings(steps=100, seconds=1000.0)


class Clock:
    now_s = 50.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def desk():
    return WishingDesk()


class CountedLoss:
    """A loss that knows how often somebody waited for it."""

    def __init__(self):
        self.looks = 0

    def __float__(self):
        self.looks += 1
        return 0.5


def step_of(step, loss):
    return TrainingProgress(step, step / 100, LossTerms(*[loss] * 6), step / 10, None, None)


def test_training_is_told_a_few_times_a_second_and_the_losses_are_looked_at_only_then(desk, clock):
    reporter, loss = Reporter(desk, clock), CountedLoss()
    for step in range(1, 101):
        clock.now_s += 0.1
        reporter.trained(step_of(step, loss), SETTINGS, then_s=7.0)
    assert 25 <= len(desk.events) <= 36
    assert loss.looks == 6 * len(desk.events)
    assert desk.events[-1].step == 100
    late = desk.events[-2]
    assert late.per_second == pytest.approx(10, rel=0.01)
    assert late.seconds_left == pytest.approx((100 - late.step) / 10 + 7, rel=0.01)
    assert late.losses.masks == 0.5


def test_nothing_is_guessed_of_the_end_while_nothing_is_known(desk, clock):
    reporter = Reporter(desk, clock)
    reporter.trained(step_of(1, 0.0), SETTINGS, then_s=None)
    assert (desk.events[0].per_second, desk.events[0].seconds_left) == (0.0, None)


def test_the_seconds_of_training_bound_what_is_left(desk, clock):
    reporter = Reporter(desk, clock)
    short = FineTuneSettings(steps=10**9, seconds=12.0)
    for step in range(1, 40):
        clock.now_s += 0.1
        reporter.trained(step_of(step, 0.0), short, then_s=0.0)
    assert desk.events[-1].seconds_left == pytest.approx(12 - desk.events[-1].step / 10, abs=0.01)


def test_reading_counts_its_pieces_and_stops_counting_at_the_next_stage(desk, clock):
    reporter = Reporter(desk, clock)
    reporter.read(10)
    for _ in range(12):
        clock.now_s += 0.5
        reporter.piece()
    told = [event.fraction_done for event in desk.events]
    assert told[:3] == [0.0, 0.1, 0.2]
    assert told[-1] == 1.0
    reporter.predicted(0, 4)
    clock.now_s += 5
    reporter.piece()
    assert desk.events[-1] == Progress(stage=Stage.PREDICTING, fraction_done=0.0)


def test_the_last_frame_is_always_told(desk, clock):
    reporter = Reporter(desk, clock)
    for done in range(5):
        clock.now_s += 0.1
        reporter.predicted(done, 4)
    last = desk.events[-1]
    assert (last.fraction_done, last.step, last.seconds_left) == (1.0, 4, 0.0)


class Bias(PromptedNet):
    """Says the same of every pixel."""

    crop_size = 32

    def __init__(self, logit):
        super().__init__()
        self.logit = logit

    def forward(self, inputs):
        return torch.full_like(inputs[:, 0], self.logit)


@pytest.fixture
def previews(desk, clock):
    return Previews(disc_video(), Device(torch.device("cpu"), bfloat16=False), desk, clock, every_s=3.0)


def test_previews_come_every_few_seconds_as_long_as_they_change(previews, desk, clock):
    boxes = disc_boxes()
    previews.show(Bias(1.0), boxes, 0)
    for step in range(1, 41):
        clock.now_s += 0.5
        previews.offer(Bias(1.0 if step < 20 else -1.0), boxes, step)
    assert [event.step for event in desk.events] == [0, 24]
    assert desk.events[0].masks.labels().any()
    assert not desk.events[1].masks.labels().any()


def test_a_preview_follows_the_view_at_once(previews, desk, clock):
    boxes = disc_boxes()
    previews.show(Bias(1.0), boxes, 0)
    desk.focus = 4
    clock.now_s += 0.1
    previews.offer(Bias(1.0), boxes, 1)
    desk.focus = LENGTH + 5
    previews.offer(Bias(1.0), boxes, 2)
    assert [event.masks.frame_index for event in desk.events] == [0, 4, LENGTH - 1]
    assert all(isinstance(event, Preview) for event in desk.events)
    assert np.unique(desk.events[1].masks.labels()).tolist() == [0, 7]
