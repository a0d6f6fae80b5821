"""What the table says of a track."""

import numpy as np
import pytest

from mfvis_engine.annotation import VERIFIED_BIT, Keyframe, MaskCode, Track
from mfvis_napari.widgets.tracks.row import track_row

BOX = (1, 1, 5, 5)
SIX_FRAMES = (Keyframe(2, BOX), Keyframe(5, BOX, outside=True), Keyframe(8, BOX), Keyframe(10, BOX))
P, E, IMPORTED, OK = MaskCode.PREDICTED, MaskCode.EDITED, MaskCode.IMPORTED, VERIFIED_BIT


def row(masks=None, keyframes=SIX_FRAMES):
    codes = np.zeros(12, np.uint8)
    for frame_index, code in (masks or {}).items():
        codes[frame_index] = code
    return track_row(Track(3, "Zelle ü", keyframes), codes)


PRESENT = (2, 3, 4, 8, 9, 10)


@pytest.mark.parametrize(
    ("masks", "state"),
    [
        ({}, "no masks"),
        (dict.fromkeys(PRESENT[:2], P), "2/6 predicted"),
        (dict.fromkeys(PRESENT, P), "predicted"),
        ({**dict.fromkeys(PRESENT, P), 3: E}, "edited"),
        ({2: IMPORTED}, "1/6 edited"),
        ({2: P | OK, 3: E | OK, 4: P}, "2/6 verified"),
        (dict.fromkeys(PRESENT, P | OK), "verified"),
        ({**dict.fromkeys(PRESENT, P | OK), 4: OK}, "verified"),  # that there is none
        ({**dict.fromkeys(PRESENT, P | OK), 6: OK}, "verified"),  # beyond the track
        ({**dict.fromkeys(PRESENT, P | OK), 6: P}, "6/7 verified"),  # a mask without a box
    ],
)
def test_the_state_says_how_far_the_masks_are(masks, state):
    assert row(masks).state == state


def test_a_track_that_is_nowhere_has_no_boxes():
    assert row(keyframes=()).state == "no boxes"
    assert row(keyframes=()).first_frame is None


def test_it_is_where_it_has_a_box_or_a_mask():
    assert (row().first_frame, row().last_frame) == (2, 10)
    assert (row({0: E}).first_frame, row({11: P}).last_frame) == (0, 11)
    assert row({0: OK}).first_frame == 2


def test_shares_are_parts_of_its_frames():
    found = row({2: P | OK, 3: P, 4: OK})
    assert found.verified_share == pytest.approx(2 / 6)
    assert found.mask_share == pytest.approx(3 / 6)
    assert row().progress < row({2: P}).progress < row({2: P | OK}).progress < row(dict.fromkeys(PRESENT, OK)).progress


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("3", True),
        ("1", False),
        ("zelle", True),
        ("zelle 3", True),
        ("zelle 4", False),
        ("unver", True),
        ("verified", False),  # no part of "unverified"
        ("pred", True),
        ("no masks", False),
    ],
)
def test_a_filter_looks_at_id_category_and_state(text, matches):
    assert row({2: P, 3: P | OK}).matches(tuple(text.split())) is matches


def test_what_is_all_verified_or_has_nothing_is_found_by_that():
    assert row(dict.fromkeys(PRESENT, P | OK)).matches(("verified",))
    assert not row(dict.fromkeys(PRESENT, P | OK)).matches(("unverified",))
    assert row().matches(("no", "masks"))
