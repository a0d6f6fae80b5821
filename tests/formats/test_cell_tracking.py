import re

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.formats import FormatError
from mfvis_engine.formats.cell_table import CellTrack
from mfvis_engine.formats.cell_tracking import read_cell_tracking, write_cell_tracking


def masks_of(*frames):
    """Label masks (T, 2, 4) from the labels that each frame shows, two pixels a label."""
    masks = np.zeros((len(frames), 2, 4), np.uint16)
    for mask, labels in zip(masks, frames, strict=True):
        mask[:, : len(labels)] = labels
    return masks


@pytest.fixture
def label_masks():
    """Track 2 is there throughout, 5 with two gaps, 9 in one frame."""
    return masks_of([2, 5], [2], [2, 5, 9], [2, 5], [2], [2, 5])


def test_a_gap_makes_a_child_of_the_part_before(tmp_path, label_masks):
    table = write_cell_tracking(tmp_path / "01_RES", iter(label_masks), [2, 5, 9])
    assert table == (
        CellTrack(2, 0, 5),
        CellTrack(5, 0, 0),
        CellTrack(9, 2, 2),
        CellTrack(10, 2, 3, 5),
        CellTrack(11, 5, 5, 10),
    )
    text = (tmp_path / "01_RES" / "res_track.txt").read_bytes()
    assert text == b"2 0 5 0\n5 0 0 0\n9 2 2 0\n10 2 3 5\n11 5 5 10\n"
    names = sorted(path.name for path in (tmp_path / "01_RES").iterdir())
    assert names == [f"mask00{n}.tif" for n in range(6)] + ["res_track.txt"]
    third = tifffile.imread(tmp_path / "01_RES" / "mask002.tif")
    assert third.dtype == np.uint16
    assert third[0].tolist() == [2, 10, 9, 0]


def test_every_track_is_there_in_each_of_its_frames(tmp_path, label_masks):
    """The rule that the challenge's own software checks first."""
    table = write_cell_tracking(tmp_path / "a", label_masks, [2, 5, 9])
    frames = list(read_cell_tracking(tmp_path / "a").label_masks())
    for track in table:
        shown = [index for index, frame in enumerate(frames) if (frame == track.label).any()]
        assert shown == list(range(track.first_frame, track.last_frame + 1))


def test_parts_are_joined_when_asked_for(tmp_path, label_masks):
    write_cell_tracking(tmp_path / "a", label_masks, [2, 5, 9])
    video = read_cell_tracking(tmp_path / "a", join_gaps=True)
    assert video.tracks == (CellTrack(2, 0, 5), CellTrack(5, 0, 5), CellTrack(9, 2, 2))
    np.testing.assert_array_equal(list(video.label_masks()), label_masks)


def test_divisions_survive_joining(tmp_path):
    """Track 1 has a gap, then divides into 2 and 3; 3 has a gap too."""
    masks = masks_of([1], [], [1], [2, 3], [2], [3])
    table = write_cell_tracking(tmp_path / "a", masks, [1, 2, 3], parents={2: 1, 3: 1})
    assert table == (
        CellTrack(1, 0, 0),
        CellTrack(2, 3, 4, 4),
        CellTrack(3, 3, 3, 4),
        CellTrack(4, 2, 2, 1),
        CellTrack(5, 5, 5, 3),
    )
    video = read_cell_tracking(tmp_path / "a", join_gaps=True)
    assert video.tracks == (CellTrack(1, 0, 2), CellTrack(2, 3, 4, 1), CellTrack(3, 3, 5, 1))
    np.testing.assert_array_equal(list(video.label_masks()), masks)


@settings(max_examples=40)
@given(st.lists(st.sets(st.sampled_from([1, 2, 7, 65_534, 65_535]), max_size=4), max_size=8))
def test_any_video_reads_back(tmp_path_factory, shown):
    masks = masks_of(*(sorted(labels) for labels in shown))
    folder = tmp_path_factory.mktemp("any")
    ids = sorted(set().union(*shown))
    write_cell_tracking(folder / "a", masks, ids)
    if not len(masks):
        return
    video = read_cell_tracking(folder / "a", join_gaps=True)
    assert [track.label for track in video.tracks] == ids
    np.testing.assert_array_equal(list(video.label_masks()), masks)


def test_ground_truth_of_the_challenge_is_read(tmp_path, label_masks):
    for index, labels in enumerate(label_masks):
        tifffile.imwrite(tmp_path / f"man_track{index:04d}.tif", labels)
    (tmp_path / "man_track.txt").write_bytes(b"2 0 5 0\r\n5 0 5 0\r\n9 2 2 0\r\n")
    video = read_cell_tracking(tmp_path)
    assert (video.length, len(video.tracks)) == (6, 3)
    np.testing.assert_array_equal(list(video.label_masks()), label_masks)


def test_long_videos_have_numbers_of_more_digits(tmp_path):
    frames = (np.full((1, 1), 1, np.uint16) for _ in range(1001))
    assert write_cell_tracking(tmp_path / "a", frames, [1]) == (CellTrack(1, 0, 1000),)
    names = sorted(path.name for path in (tmp_path / "a").glob("*.tif"))
    assert (names[0], names[-1], len(names)) == ("mask0000.tif", "mask1000.tif", 1001)
    assert sum(int(frame[0, 0]) for frame in read_cell_tracking(tmp_path / "a").label_masks()) == 1001


@pytest.mark.parametrize(
    ("masks", "ids", "parents", "message"),
    [
        (masks_of([1, 2]), [1], {}, "frame 0 has pixels of track 2, but no track has this id"),
        (masks_of([1], [1, 2]), [1, 2], {2: 1}, "track 2 begins in frame 1, but its parent 1 is there until frame 1"),
        (masks_of([1], [2]), [1, 2, 3], {2: 3}, "track 3 is said to be of a division, but has no mask"),
        (masks_of([1]).astype(np.int32) - 1, [1], {}, "frame 0 holds labels from -1 to 0"),
        (masks_of([1], [], [1]), range(1, 65_536), {}, "the tracks have so many gaps that 65535 labels do not do"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, masks, ids, parents, message):
    with pytest.raises(FormatError, match=re.escape(message)):
        write_cell_tracking(tmp_path / "a", masks, ids, parents=parents)
    assert not list(tmp_path.iterdir())


def test_frames_of_several_sizes_are_refused(tmp_path):
    with pytest.raises(FormatError, match=r"frame 1 is \(1, 2\)"):
        write_cell_tracking(tmp_path / "a", [np.zeros((2, 1), np.uint16), np.zeros((1, 2), np.uint16)], [])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("1 0 0", "res_track.txt line 1: 3 values, but a row has 4: label begin end parent"),
        ("0 0 0 0", "res_track.txt line 1: label 0 is outside 1..65535"),
        ("1 3 2 0", "line 1: label 1 is there from frame 3 to 2"),
        ("1 -1 2 0", "line 1: label 1 is there from frame -1 to 2"),
        ("1 0 x 0", "line 1: end 'x' is no number"),
        ("1 0 1 0\n1 0 1 0", "line 2: label 1 has a row already"),
        ("1 0 1 4", "label 1 has the parent 4, which has no row"),
        ("1 0 1 0\n2 1 1 1", "label 2 begins in frame 1, but its parent 1 is there until frame 1"),
        ("1 0 1 1", "label 1 begins in frame 0, but its parent 1 is there until frame 1"),
        ("1 0 900000000 0", "label 1 ends in frame 900000000, but there are 2 masks"),
    ],
)
def test_errors_of_the_table_name_row_and_value(tmp_path, table, message):
    write_cell_tracking(tmp_path / "a", masks_of([1], [1]), [1])
    (tmp_path / "a" / "res_track.txt").write_text(table)
    with pytest.raises(FormatError, match=re.escape(message)):
        read_cell_tracking(tmp_path / "a")


@pytest.mark.parametrize("table", ["2 0 1 0", "1 0 0 0"], ids=["no row", "ended"])
def test_labels_that_the_table_does_not_have_are_refused(tmp_path, table):
    write_cell_tracking(tmp_path / "a", masks_of([1], [1]), [1])
    (tmp_path / "a" / "res_track.txt").write_text(table)
    with pytest.raises(FormatError, match=r"mask00\d.tif shows label 1, which is not there in frame \d"):
        list(read_cell_tracking(tmp_path / "a").label_masks())


def test_broken_folders_are_refused(tmp_path):
    with pytest.raises(FormatError, match=r"res_track\.txt cannot be read"):
        read_cell_tracking(tmp_path)
    (tmp_path / "res_track.txt").write_text("")
    with pytest.raises(FormatError, match=r"holds no TIF file named mask000.tif"):
        read_cell_tracking(tmp_path)
    first = tmp_path / "mask000.tif"
    for content, message in (
        (np.zeros((3, 4, 5), np.uint16), r"holds 3 pages of shape \(4, 5\)"),
        (np.zeros((4, 5), np.float32), "holds float32 values"),
        (np.full((4, 5), 70_000, np.uint32), "holds labels from 70000 to 70000"),
    ):
        tifffile.imwrite(first, content, photometric="minisblack")
        with pytest.raises(FormatError, match=message):
            list(read_cell_tracking(tmp_path).label_masks())
    for damage in (b"no image", first.read_bytes()[:60]):
        first.write_bytes(damage)
        with pytest.raises(FormatError, match=r"mask000.tif cannot be read as TIFF"):
            list(read_cell_tracking(tmp_path).label_masks())


def test_masks_that_do_not_begin_with_frame_0_are_refused(tmp_path):
    write_cell_tracking(tmp_path / "a", masks_of([1], [1], [1]), [1])
    (tmp_path / "a" / "mask000.tif").unlink()
    with pytest.raises(FormatError, match=r"the first file is mask001.tif, not number 0: copy the missing ones"):
        read_cell_tracking(tmp_path / "a")


def test_masks_of_fractions_are_refused_by_their_head(tmp_path):
    (tmp_path / "res_track.txt").write_text("1 0 0 0\n")
    tifffile.imwrite(tmp_path / "mask000.tif", np.zeros((2, 2), np.complex128))
    with pytest.raises(FormatError, match=r"mask000\.tif holds complex128 values: labels are whole numbers"):
        list(read_cell_tracking(tmp_path).label_masks())
