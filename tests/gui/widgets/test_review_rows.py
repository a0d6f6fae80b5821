"""The list of masks to look at, without a window."""

from mfvis_engine.review import ReviewItem
from mfvis_napari.reviewing.rows import Row, merged, next_open, ticked


def item(track_id, frame_index, need, first=None, last=None):
    return ReviewItem(
        track_id,
        frame_index,
        need,
        ("low confidence 0.40",),
        frame_index if first is None else first,
        frame_index if last is None else last,
        1,
    )


def nothing(track_id, frame_index):
    return False


A, B, C, D = item(1, 5, 0.9), item(2, 7, 0.8), item(1, 9, 0.7), item(3, 1, 0.95)
ROWS = (Row(A), Row(B), Row(C))


def test_before_anything_was_looked_at_the_worst_come_first():
    assert merged((), None, [A, B], nothing) == (Row(A), Row(B))
    assert merged(ROWS, None, [D, A], nothing) == (Row(D), Row(A))


def test_what_was_looked_at_stays_where_it_is():
    found = merged(ROWS, 1, [D, A, B, C], nothing)
    assert found == (Row(A), Row(B), Row(D), Row(C))


def test_what_needs_no_look_any_more_is_ticked_off():
    assert merged(ROWS, 1, [A, C], nothing) == (Row(A), Row(B, settled=True), Row(C))
    verified = {(1, 9)}
    found = merged(ROWS, 1, [A, B], lambda *mask: mask in verified)
    assert found == (Row(A), Row(B), Row(C, settled=True))


def test_what_was_approved_while_it_was_looked_for_is_listed_once():
    verified = {(1, 9)}
    found = merged(ROWS, 1, [A, B, C], lambda *mask: mask in verified)
    assert found == (Row(A), Row(B), Row(C, settled=True))


def test_a_stretch_with_another_worst_frame_is_the_same_row():
    shifted = item(1, 6, 0.99, first=4, last=6)
    assert merged((Row(A),), 0, [shifted], nothing) == (Row(A),)
    verified = {(1, 5)}
    found = merged((Row(A),), 0, [shifted], lambda *mask: mask in verified)
    assert found == (Row(A, settled=True), Row(shifted))


def test_ticking_off_at_once_leaves_all_in_place():
    verified = {(2, 7)}
    assert ticked(ROWS, lambda *mask: mask in verified) == (Row(A), Row(B, settled=True), Row(C))
    assert ticked((Row(A, settled=True),), nothing) == (Row(A, settled=True),)


def test_the_next_one_is_not_settled_and_comes_round():
    rows = (Row(A), Row(B, settled=True), Row(C))
    assert next_open(rows, None) == 0
    assert next_open(rows, 0) == 2
    assert next_open(rows, 2) == 0
    assert next_open((Row(B, settled=True),), 0) is None
    assert next_open((), None) is None
