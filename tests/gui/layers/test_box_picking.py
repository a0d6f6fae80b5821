from mfvis_napari.layers.box_picking import picked_tracks, positions_of

HERE = (1, 4, 7)


def test_tracks_stay_in_the_order_in_which_they_were_selected():
    assert picked_tracks((7, 1), HERE, {0, 1, 2}) == (7, 1, 4)


def test_what_is_not_chosen_any_more_is_not_selected():
    assert picked_tracks((7, 1), HERE, {0}) == (1,)


def test_a_click_lets_go_of_tracks_that_are_elsewhere():
    assert picked_tracks((9, 1), HERE, {1}) == (4,)


def test_one_more_track_is_added_to_tracks_that_are_elsewhere():
    assert picked_tracks((9, 1), HERE, {0, 1}, keep_absent=True) == (9, 1, 4)


def test_positions_leave_out_what_is_elsewhere():
    assert positions_of((7, 9, 1), HERE) == {0, 2}
