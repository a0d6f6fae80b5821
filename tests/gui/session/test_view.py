import pytest

from mfvis_napari.session import View


@pytest.fixture
def view():
    return View(10)


@pytest.mark.parametrize(("asked", "shown"), [(3, 3), (-5, 0), (10, 9), (99, 9)])
def test_a_frame_beyond_an_end_is_the_first_or_last(view, asked, shown):
    view.frame_index = asked
    assert view.frame_index == shown


def test_only_another_frame_is_told(view):
    told = []
    view.frame_changed.connect(told.append)
    for frame_index in (0, 4, 4, 9, 12):
        view.frame_index = frame_index
    assert told == [4, 9]


def test_tracks_stay_in_the_order_in_which_they_were_selected(view):
    told = []
    view.selection_changed.connect(lambda: told.append(view.track_ids))
    assert view.track_id is None
    view.select([7, 2, 7])
    view.select([7, 2])
    view.select(())
    assert told == [(7, 2), ()]


def test_actions_are_about_the_track_selected_last(view):
    view.select([7, 2])
    assert view.track_id == 2
