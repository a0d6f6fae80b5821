import pytest

from mfvis_engine.jobs.carrier.turnstile import Turnstile
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import JobCancelledError
from mfvis_engine.jobs.events import Paused, Resumed
from tests.jobs.carrier.wishing_desk import WishingDesk


class FakeTime:
    def __init__(self):
        self.now_s = 100.0

    def clock(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds


def turnstile_for(wishes):
    desk, time = WishingDesk(wishes), FakeTime()
    return desk, time, Turnstile(desk, clock=time.clock, sleep=time.sleep)


def test_it_lets_pass_without_a_word():
    desk, _, turnstile = turnstile_for([Wish.RUN, Wish.RUN])
    turnstile.heed()
    turnstile.heed()
    assert desk.events == []


def test_the_clock_stands_while_it_waits():
    desk, time, turnstile = turnstile_for([Wish.PAUSE] * 20 + [Wish.RUN])
    before = turnstile.clock()
    turnstile.heed()
    assert time.now_s > 100.5
    assert turnstile.clock() == pytest.approx(before)
    time.now_s += 3
    assert turnstile.clock() == pytest.approx(before + 3)
    assert desk.events == [Paused(), Resumed()]


@pytest.mark.parametrize("wishes", [[Wish.CANCEL], [Wish.PAUSE, Wish.PAUSE, Wish.CANCEL]])
def test_cancel_ends_it_even_while_it_waits(wishes):
    desk, _, turnstile = turnstile_for(wishes)
    with pytest.raises(JobCancelledError):
        turnstile.heed()
    assert Resumed() not in desk.events
