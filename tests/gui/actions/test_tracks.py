"""Actions on tracks, without a window: what they do, and why they refuse."""

from functools import partial

import pytest

from mfvis_engine.annotation import InvalidCategoryError, VerbRefusedError
from mfvis_engine.annotation.verbs import NewTrack
from mfvis_napari.actions import tracks
from mfvis_napari.actions.action import ActionRefusedError

set_first = partial(tracks.set_category, position=0)
ALL = (
    tracks.begin_new_track,
    tracks.merge_selected,
    tracks.swap_selected,
    tracks.split_here,
    tracks.delete_selected,
    set_first,
)


@pytest.mark.parametrize("action", ALL)
def test_without_a_project_they_ask_for_one(empty_desk, action):
    with pytest.raises(ActionRefusedError, match="No project is open"):
        action(empty_desk)


@pytest.mark.parametrize("action", [tracks.split_here, tracks.delete_selected])
def test_without_a_track_they_ask_for_one(desk, action):
    with pytest.raises(ActionRefusedError, match="No track is selected"):
        action(desk)


@pytest.mark.parametrize("selected", [(), (1,), (1, 2, 3)])
@pytest.mark.parametrize("action", [tracks.merge_selected, tracks.swap_selected])
def test_merge_and_swap_want_two_tracks(desk, action, selected):
    desk.session.do(NewTrack(3, "cell"))
    desk.session.view.select(selected)
    with pytest.raises(ActionRefusedError, match=f"{len(selected)} tracks are selected"):
        action(desk)


def test_a_new_track_begins_with_nothing_selected(desk):
    desk.session.view.select([1])
    tracks.begin_new_track(desk)
    assert desk.session.view.track_ids == ()
    assert desk.layers.called == ["boxes.begin_drawing"]


def test_tracks_in_the_same_frame_are_not_merged(desk):
    desk.session.view.select([1, 2])
    with pytest.raises(VerbRefusedError, match="End or split one of them first"):
        tracks.merge_selected(desk)
    assert desk.session.view.track_ids == (1, 2)


def test_a_split_is_selected_and_merges_back_into_the_track_selected_first(desk):
    session = desk.session
    session.view.select([1])
    session.view.frame_index = 4
    tracks.split_here(desk)
    assert session.view.track_ids == (3,)
    assert session.box(3, 6).box_xyxy == (35, 5, 55, 25)
    assert session.box(1, 6) is None

    session.view.select([3, 1])
    tracks.merge_selected(desk)

    assert session.annotations.track_ids == (2, 3)
    assert session.view.track_ids == (3,)
    assert session.box(3, 0) is not None


def test_a_swap_is_from_this_frame_on(desk):
    session = desk.session
    before = session.box(1, 4).box_xyxy
    session.view.select([1, 2])
    session.view.frame_index = 4
    tracks.swap_selected(desk)
    assert session.box(2, 4).box_xyxy == before
    assert session.box(1, 3).box_xyxy == (20, 5, 40, 25)


def test_all_selected_tracks_are_deleted(desk):
    desk.session.view.select([1, 2])
    tracks.delete_selected(desk)
    assert desk.session.annotations.tracks == ()
    assert desk.session.view.track_ids == ()


def test_a_number_key_is_for_the_selected_tracks_and_the_next_one(desk):
    desk.session.view.select([1])
    tracks.set_category(desk, 1)
    assert desk.session.annotations.track(1).category == "dish"
    assert desk.session.categories.current == "dish"
    tracks.set_category(desk, 0)
    assert desk.session.annotations.track(1).category == "cell"  # its key stays, though no track had it


def test_a_number_key_without_a_category_says_so(desk):
    with pytest.raises(ActionRefusedError, match="There are 2 categories, so key 3 has none yet"):
        tracks.set_category(desk, 2)


def test_a_typed_category_is_for_the_selected_tracks_and_the_next_one(desk):
    desk.session.view.select([1, 2])
    tracks.choose_category(desk, "Zelle ü")
    assert {track.category for track in desk.session.annotations.tracks} == {"Zelle ü"}
    assert desk.session.categories.names == ("cell", "dish", "Zelle ü")
    with pytest.raises(InvalidCategoryError):
        tracks.choose_category(desk, "")
    assert desk.session.categories.current == "Zelle ü"
