"""Long work on the window's thread, in pieces."""

import time

import pytest

from mfvis_napari.slices import Slices

pytestmark = pytest.mark.gui


@pytest.fixture
def slices(qapp):
    made = Slices()
    yield made
    made.drop()


def run(slices, steps, log, name):
    slices.run(steps, on_error=lambda error: log.append((name, str(error))), on_end=lambda: log.append((name, "end")))


def test_what_is_quick_is_done_at_once(slices):
    log = []
    run(slices, iter(log.append(n) for n in range(3)), log, "a")
    assert log == [0, 1, 2, ("a", "end")]
    assert not slices.is_busy


def test_the_window_has_its_turn_between_slices_and_one_work_follows_the_other(slices, qtbot):
    log = []

    def slow(name):
        for _ in range(3):
            time.sleep(0.025)
            log.append(name)
            yield

    run(slices, slow("a"), log, "a")
    run(slices, slow("b"), log, "b")
    assert log == ["a"]
    assert slices.is_busy
    qtbot.waitUntil(lambda: not slices.is_busy)
    assert log == ["a", "a", "a", ("a", "end"), "b", "b", "b", ("b", "end")]


def test_an_error_ends_its_own_work_only(slices):
    log = []

    def broken():
        yield
        raise ValueError("no")

    run(slices, broken(), log, "a")
    run(slices, iter(()), log, "b")
    assert log == [("a", "no"), ("b", "end")]


def test_an_error_at_the_end_is_told_too(slices):
    log = []

    def fail():
        raise ValueError("no")

    slices.run(iter(()), on_error=lambda error: log.append(str(error)), on_end=fail)
    assert log == ["no"]
    run(slices, iter(()), log, "b")
    assert log == ["no", ("b", "end")]


def test_work_may_begin_other_work(slices):
    log = []
    slices.run(
        iter((1, 2)),
        on_error=pytest.fail,
        on_end=lambda: run(slices, iter(log.append(n) for n in range(2)), log, "b"),
    )
    slices.finish()
    assert log == [0, 1, ("b", "end")]


def test_before_the_end_all_is_done(slices):
    log = []

    def slow():
        for n in range(3):
            time.sleep(0.025)
            log.append(n)
            yield

    run(slices, slow(), log, "a")
    slices.finish()
    assert log == [0, 1, 2, ("a", "end")]


def test_what_is_dropped_is_forgotten_even_from_within(slices, qtbot):
    log = []

    def drops():
        slices.drop()
        yield

    run(slices, drops(), log, "a")
    assert log == []
    assert not slices.is_busy
