"""What a timeline shows of a track, without a window."""

import numpy as np
import pytest

from mfvis_engine.annotation import VERIFIED_BIT, Annotations, Keyframe, KeyframeOrigin, MaskCode, Track, interpolate
from mfvis_engine.annotation.verbs import ClearMask, DeleteTrack, SetOccluded, Verify
from mfvis_napari.widgets.timeline.board import Board, Row
from mfvis_napari.widgets.timeline.columns import columns_of
from mfvis_napari.widgets.timeline.looks import BoxLook, KeyLook, MaskLook, TrackBoxes, mask_looks
from mfvis_napari.widgets.timeline.pixels import ROW_PX, Ink, row_pixels
from mfvis_napari.widgets.timeline.scale import Scale
from mfvis_napari.widgets.timeline.words import describe

BOX = (1, 1, 9, 9)
INKS = np.arange(len(Ink), dtype=np.uint32)


def random_track(seed, length=60):
    random = np.random.default_rng(seed)
    frames = random.choice(length, random.integers(0, 9), replace=False)
    flags = random.random((frames.size, 2)) < 0.3
    return Track(
        1,
        "fish",
        tuple(
            Keyframe(int(frame), BOX, outside=bool(outside), occluded=bool(hidden))
            for frame, (outside, hidden) in zip(frames, flags, strict=True)
        ),
    )


@pytest.mark.parametrize("seed", range(12))
def test_boxes_are_where_the_engine_says(seed):
    track = random_track(seed)
    dense = interpolate(Annotations((track,)), 60)

    looks = TrackBoxes.of(track, 60).looks

    np.testing.assert_array_equal(looks != BoxLook.ABSENT, dense.present[0])
    np.testing.assert_array_equal(looks == BoxLook.HIDDEN, dense.occluded[0])


def test_keyframes_that_nobody_drew_and_that_end_a_presence_look_different():
    noted = Keyframe(3, BOX, origin=KeyframeOrigin.INTERPOLATED)
    track = Track(1, "fish", (Keyframe(1, BOX), noted, Keyframe(5, BOX, outside=True)))

    boxes = TrackBoxes.of(track, 10)

    assert boxes.key_frames.tolist() == [1, 3, 5]
    assert boxes.key_looks.tolist() == [KeyLook.GIVEN, KeyLook.NOTED, KeyLook.LEAVES]
    assert boxes.nearest_keyframe(3.9) == 3
    assert TrackBoxes.of(Track(2, "fish"), 10).nearest_keyframe(3) is None


def test_every_state_of_a_mask_has_its_look():
    boxes = TrackBoxes.of(Track(1, "fish", (Keyframe(1, BOX), Keyframe(5, BOX))), 7)
    codes = np.array(
        [0, 0, MaskCode.PREDICTED, MaskCode.EDITED, MaskCode.IMPORTED, VERIFIED_BIT, VERIFIED_BIT | MaskCode.EDITED],
        np.uint8,
    )

    assert mask_looks(codes, boxes).tolist() == [
        MaskLook.NONE_DUE,
        MaskLook.MISSING,
        MaskLook.PREDICTED,
        MaskLook.EDITED,
        MaskLook.EDITED,
        MaskLook.VERIFIED,
        MaskLook.VERIFIED,
    ]


def row_of(masks, keyframes=(), length=None):
    length = length or len(masks)
    track = Track(1, "fish", keyframes)
    return Row(track, TrackBoxes.of(track, length), np.asarray(masks, np.uint8))


@pytest.mark.parametrize("width", [97, 250, 999])
@pytest.mark.parametrize("zoom", [1, 1.7, 12])
def test_no_frame_in_need_hides_among_verified_ones(width, zoom):
    frame_index = 777
    masks = np.full(1000, MaskLook.VERIFIED, np.uint8)
    masks[frame_index] = MaskLook.PREDICTED
    scale = Scale.fitted(1000, width).zoomed(zoom, 0.777 * width)

    columns = columns_of(row_of(masks), scale, scale.column_starts(width))

    shown = np.flatnonzero(columns.masks == MaskLook.PREDICTED)
    assert shown.size
    assert scale.x_px(frame_index) - 1 <= shown[0]
    assert shown[-1] <= scale.x_px(frame_index + 1) + 1


def test_the_mask_most_in_need_is_shown():
    looks = [MaskLook.NONE_DUE, MaskLook.VERIFIED, MaskLook.EDITED, MaskLook.PREDICTED, MaskLook.MISSING]
    scale = Scale.fitted(10, 5)

    columns = columns_of(row_of(np.repeat(looks, 2) | np.tile([0, 1], 5)), scale, scale.column_starts(5))

    assert columns.masks.tolist() == [1, 1, 3, 3, 5]  # of each pair the higher


def test_wide_cells_have_gaps_and_keyframes_in_their_middle():
    row = row_of([MaskLook.VERIFIED] * 4, (Keyframe(1, BOX), Keyframe(3, BOX)))
    scale = Scale.fitted(4, 40)

    columns = columns_of(row, scale, scale.column_starts(40))

    assert np.flatnonzero(columns.masks == MaskLook.NONE_DUE).tolist() == [9, 19, 29]
    assert columns.key_columns.tolist() == [15, 35]
    assert np.flatnonzero(columns.boxes == BoxLook.THERE).tolist() == list(range(10, 40))


@pytest.mark.parametrize("pixel_ratio", [1, 1.25, 2])
def test_states_differ_in_form_not_in_colour_alone(pixel_ratio):
    drawn = [row_pixels(_plain(mask=look), INKS, pixel_ratio) for look in MaskLook]
    drawn += [row_pixels(_plain(box=look), INKS, pixel_ratio) for look in BoxLook if look]
    drawn += [row_pixels(_plain(key=look), INKS, pixel_ratio) for look in KeyLook]
    forms = {(pixels != Ink.NOTHING).tobytes() for pixels in drawn}

    assert len(forms) == len(drawn)
    assert drawn[0].shape == (round(ROW_PX * pixel_ratio), 60)


def _plain(box=BoxLook.ABSENT, mask=MaskLook.NONE_DUE, key=None):
    scale = Scale.fitted(60, 60)
    columns = columns_of(row_of([mask] * 60), scale, scale.column_starts(60))
    columns.boxes[:] = box
    keys = [] if key is None else [key]
    return type(columns)(columns.boxes, columns.masks, np.full(len(keys), 30), np.array(keys, np.uint8))


def test_keyframes_beyond_the_edges_are_cut_off():
    columns = _plain()
    cut = type(columns)(columns.boxes, columns.masks, np.array([-1, -9, 60, 99]), np.full(4, KeyLook.GIVEN, np.uint8))

    ticks = (row_pixels(cut, INKS, 1) == Ink.TICK).any(axis=0)

    assert np.flatnonzero(ticks).tolist() == [0, 59]


def test_a_board_follows_the_session(session):
    board = Board(session)
    first, second = board.row(0), board.row(1)
    assert first.masks.tolist() == [MaskLook.MISSING] * 9 + [MaskLook.NONE_DUE] * 3

    assert not board.update(session.do(Verify((1,), 0, 3)).track_ids)
    assert board.row(0).masks.tolist()[:5] == [MaskLook.VERIFIED] * 4 + [MaskLook.MISSING]
    assert board.row(0).boxes is first.boxes
    assert board.row(1).masks is second.masks

    assert not board.update(session.do(SetOccluded(1, 4, occluded=True)).track_ids)
    assert board.row(0).boxes.looks.tolist() == [1] * 4 + [2] * 4 + [1] + [0] * 3

    assert board.update(session.do(DeleteTrack(1)).track_ids)
    assert (board.position(1), board.position(2)) == (None, 0)


def test_a_frame_of_a_track_in_words(session):
    session.do(Verify((2,), 5, 5))
    session.do(ClearMask((2,), 5, 5))

    assert describe(session, 1, 8) == "track 1 cell · frame 8 · keyframe · no mask"
    assert describe(session, 1, 9) == "track 1 cell · frame 9 · not here · no mask"
    assert describe(session, 2, 5) == "track 2 dish · frame 5 · between keyframes · mask edited"
    assert describe(session, 2, 6) == "track 2 dish · frame 6 · leaves here · no mask"
