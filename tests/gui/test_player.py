"""Playing, by a clock of the test's own."""

import pytest

from mfvis_napari.player import DEFAULT_FRAMES_PER_SECOND, Player
from mfvis_napari.session import View

pytestmark = pytest.mark.gui


@pytest.fixture
def player(qapp):
    clock = [0.0]
    made = Player(now_s=lambda: clock[0])
    made.view, made.told = View(10), []
    made.load(made.view, 10.0)
    made.playing_changed.connect(made.told.append)

    def pass_s(seconds):
        clock[0] += seconds
        made._tick()

    made.pass_s = pass_s
    yield made
    made.stop()


def test_it_shows_the_frame_that_is_due_and_leaves_late_ones_out(player):
    player.view.frame_index = 2
    player.toggle()
    shown = []
    for seconds in (0.05, 0.06, 0.05, 0.3):
        player.pass_s(seconds)
        shown.append(player.view.frame_index)
    assert shown == [2, 3, 3, 6]


def test_it_stops_at_the_last_frame_and_then_plays_from_the_first(player):
    player.toggle()
    player.pass_s(5)
    assert (player.view.frame_index, player.is_playing) == (9, False)
    player.toggle()
    assert (player.view.frame_index, player.is_playing) == (0, True)
    assert player.told == [True, False, True]


def test_it_stops_where_somebody_goes_elsewhere(player):
    player.toggle()
    player.pass_s(0.11)
    player.view.frame_index = 7
    player.pass_s(0.11)
    assert (player.view.frame_index, player.is_playing) == (7, False)


def test_the_same_key_stops_it(player):
    player.toggle()
    player.toggle()
    assert player.told == [True, False]


def test_another_video_stands(player):
    player.toggle()
    player.load(None, None)
    assert not player.is_playing
    player.toggle()
    assert not player.is_playing


def test_a_single_picture_does_not_play(player):
    player.load(View(1), None)
    player.toggle()
    assert player.told == []


def test_it_goes_by_itself(qtbot):
    player, view = Player(), View(3)
    player.load(view, DEFAULT_FRAMES_PER_SECOND * 2)
    player.toggle()
    qtbot.waitUntil(lambda: not player.is_playing, timeout=2000)
    assert view.frame_index == 2
