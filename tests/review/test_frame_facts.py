import numpy as np
import pytest

from mfvis_engine.review.frame_facts import frame_facts


def labels(*rectangles):
    """(20, 30) with (track id, top, left, bottom, right)."""
    found = np.zeros((20, 30), np.uint16)
    for track_id, top, left, bottom, right in rectangles:
        found[top:bottom, left:right] = track_id
    return found


EMPTY = labels()


def facts_of(now, before=EMPTY):
    found = frame_facts(now, before)
    return dict(zip(found.track_ids.tolist(), found.facts, strict=True))


def test_area_and_tight_box():
    facts = facts_of(labels((3, 2, 4, 7, 10), (65535, 10, 0, 11, 30)))
    assert list(facts) == [3, 65535]
    assert facts[3]["area_px"] == 30
    assert facts[3]["box_xyxy"].tolist() == [4, 2, 10, 7]
    assert facts[65535]["box_xyxy"].tolist() == [0, 10, 30, 11]


def test_nothing_is_known_of_an_empty_frame():
    assert facts_of(EMPTY) == {}


def test_overlap_with_the_frame_before():
    facts = facts_of(labels((1, 0, 2, 4, 6)), labels((1, 0, 0, 4, 4)))
    assert facts[1]["overlap_before"] == pytest.approx(8 / 24)
    assert np.isnan(facts_of(labels((1, 0, 0, 4, 4)))[1]["overlap_before"])


def test_a_swap_is_seen_from_both_sides():
    before, now = labels((1, 0, 0, 4, 4), (2, 0, 10, 4, 14)), labels((2, 0, 0, 4, 4), (1, 0, 10, 4, 14))
    facts = facts_of(now, before)
    assert (facts[1]["came_id"], facts[1]["came_share"]) == (2, 1)
    assert (facts[2]["came_id"], facts[2]["came_share"]) == (1, 1)
    assert (facts[1]["gone_id"], facts[1]["gone_share"]) == (2, 1)


def test_a_swallowed_track_has_facts_without_a_mask():
    facts = facts_of(labels((2, 0, 0, 4, 12)), labels((1, 0, 0, 4, 4), (2, 0, 4, 4, 12)))
    assert (facts[1]["area_px"], facts[1]["gone_id"], facts[1]["gone_share"]) == (0, 2, 1)
    assert (facts[2]["came_id"], facts[2]["gone_id"]) == (0, 0)  # most of it is where it was


def test_borders_on_other_tracks():
    facts = facts_of(labels((1, 4, 0, 8, 4), (2, 4, 4, 8, 8)))
    assert facts[1]["touched_id"] == 2
    assert facts[1]["touching_share"] == pytest.approx(4 / 12)  # its left side is the picture's edge, and no outline
    assert facts_of(labels((1, 4, 0, 8, 4)))[1]["touching_share"] == 0
