import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco_mask

from mfvis_engine.annotation import Annotations, Track
from mfvis_engine.formats import FormatError, Rle
from mfvis_engine.formats.mots import MotsTrack, read_mots, read_mots_pngs, write_mots

CAR = f"1 1003 1 3 4 {Rle.encode(np.eye(3, 4)).compressed_counts()}"


def tracks(**categories):
    """Tracks of categories, given as `t3="car"`."""
    return Annotations(tuple(Track(int(name[1:]), category) for name, category in categories.items()))


@pytest.fixture
def label_masks():
    """(T, H, W): a car in frames 0 and 3, a person in frame 1 alone, nothing in frame 2."""
    masks = np.zeros((4, 5, 7), np.uint16)
    masks[0, 1:4, 2:5] = masks[3, 0, 0] = 3
    masks[1, 2:, 6] = 8
    return masks


def test_what_is_written_reads_back_under_the_ids_of_the_format(tmp_path, label_masks):
    path = tmp_path / "0002.txt"
    assert write_mots(path, iter(label_masks), tracks(t3="car", t8="person"), ["car", "person"]) == 4
    assert [row.split()[:5] for row in path.read_text().splitlines()] == [
        ["0", "1003", "1", "5", "7"],
        ["1", "2008", "2", "5", "7"],
        ["3", "1003", "1", "5", "7"],
    ]
    video = read_mots(path)
    assert (video.length, video.height, video.width) == (4, 5, 7)
    assert video.tracks == (MotsTrack(1003, 1), MotsTrack(2008, 2))
    expected = np.select([label_masks == 3, label_masks == 8], [1003, 2008])
    np.testing.assert_array_equal(list(video.label_masks()), expected)


def test_ids_that_were_read_are_written_again(tmp_path, label_masks):
    write_mots(tmp_path / "a.txt", label_masks, tracks(t3="b", t8="a"))
    again = tracks(t1008="a", t2003="b")
    write_mots(tmp_path / "b.txt", read_mots(tmp_path / "a.txt").label_masks(), again)
    assert (tmp_path / "b.txt").read_bytes() == (tmp_path / "a.txt").read_bytes()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own
def test_pycocotools_reads_the_codes(tmp_path, label_masks):
    write_mots(tmp_path / "a.txt", label_masks, tracks(t3="car", t8="car"))
    for row in (tmp_path / "a.txt").read_text().splitlines():
        frame, track_id, _, height, width, code = row.split()
        mask = coco_mask.decode({"size": [int(height), int(width)], "counts": code})
        np.testing.assert_array_equal(mask, label_masks[int(frame)] == int(track_id) % 1000)


def test_frames_may_count_from_one(tmp_path, label_masks):
    path = tmp_path / "a.txt"
    write_mots(path, label_masks, tracks(t3="car", t8="car"), first_frame=1)
    assert [row.split()[0] for row in path.read_text().splitlines()] == ["1", "2", "4"]
    frames = list(read_mots(path, first_frame=1).label_masks())
    np.testing.assert_array_equal([frame % 1000 for frame in frames], label_masks)
    with pytest.raises(FormatError, match=r"a.txt line 1: frame 1 is outside 2\.\.1000001"):
        read_mots(path, first_frame=2)


@st.composite
def videos(draw):
    shape = draw(st.tuples(st.integers(0, 4), st.integers(1, 6), st.integers(1, 6)))
    ids = draw(st.lists(st.integers(1, 999), min_size=1, max_size=4, unique=True))
    names = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).filter(str.strip)
    categories = draw(st.lists(names.map(str.strip), min_size=len(ids), max_size=len(ids)))
    pixels = np.random.default_rng(draw(st.integers(0, 2**32)))
    label_masks = pixels.choice(np.array([0, 0, *ids]), shape).astype(np.uint16)
    return label_masks, Annotations(tuple(map(Track, ids, categories)))


@settings(max_examples=50)
@given(videos())
def test_any_video_reads_back(tmp_path_factory, video):
    label_masks, annotations = video
    path = tmp_path_factory.getbasetemp() / "any.txt"
    assert write_mots(path, label_masks, annotations) == len(label_masks)
    read = read_mots(path, shape=label_masks.shape)
    frames = [frame % 1000 for frame in read.label_masks()]
    assert len(frames) == len(label_masks)
    for frame, expected in zip(frames, label_masks, strict=True):
        np.testing.assert_array_equal(frame, expected)
    for track in read.tracks:
        category = annotations.track(track.track_id % 1000).category
        assert annotations.categories[track.class_id - 1] == category


def test_pixels_to_leave_out_are_background_unless_asked_for(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(f"{CAR}\n1 10000 10 3 4 {Rle.encode(1 - np.eye(3, 4)).compressed_counts()}\n\n")
    video = read_mots(path)
    assert video.tracks == (MotsTrack(1003, 1),)
    empty, frame = video.label_masks()
    assert not empty.any()
    assert frame.dtype == np.uint16
    np.testing.assert_array_equal(frame, np.eye(3, 4) * 1003)
    kept = list(video.label_masks(keep_ignored=True))[1]
    np.testing.assert_array_equal(kept, np.where(np.eye(3, 4), 1003, 10_000))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 1003 1 3 4", "line 1: 5 values, but a row has 6: frame id class height width code"),
        (f"{CAR} x", "line 1: 7 values"),
        (CAR.replace("1 1003", "-1 1003"), "line 1: frame -1 is outside 0..999999"),
        (CAR.replace("1 1003", "1e9 1003"), "line 1: frame 1000000000 is outside"),
        (CAR.replace("1 1003", "nan 1003"), "line 1: frame 'nan' is no whole number"),
        (CAR.replace("1003", "70000"), "line 1: id 70000 is outside 1..65535"),
        (CAR.replace("1003 1", "1003 0"), "line 1: class 0 is outside"),
        (CAR.replace("1003", "10000"), "line 1: id 10000 of class 1: 10000 and class 10 go together"),
        (CAR.replace("3 4", "3 5"), "line 1: id 1003 in frame 1 has no mask: the runs add up to 12"),
        (CAR.replace("3 4", "999999 999999"), "has above 268435456 pixels"),
        (CAR.replace("3 4", "-3 -4"), "a mask of -3 x -4 (height x width) has no pixels"),
        (CAR[:-1], "line 1: id 1003 in frame 1 has no mask"),
        (f"{CAR}\n\n{CAR}", "line 3: id 1003 has a mask in frame 1 already, in line 1"),
        (f"{CAR}\n{CAR}".replace("1 1003 1", "2 1003 2", 1), "line 2: id 1003 is of class 1, but of class 2 in line 1"),
        (f"{CAR}\n2 1004 1 1 1 01", "line 2: the mask is 1 x 1, but the video is 3 x 4"),
        ("", "a.txt has no row, so nothing says the size"),
    ],
)
def test_errors_name_file_line_and_value(tmp_path, text, message):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(FormatError, match=re.escape(message)) as caught:
        read_mots(tmp_path / "a.txt")
    assert "a.txt" in str(caught.value)


def test_rows_past_the_video_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text(CAR)
    with pytest.raises(FormatError, match=re.escape("line 1: frame 1 from 0, but the video has 1")):
        read_mots(tmp_path / "a.txt", shape=(1, 3, 4))


def test_overlapping_masks_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text(f"{CAR}\n{CAR.replace('1003', '1004')}")
    with pytest.raises(FormatError, match=r"line 2: the mask of id 1004 overlaps that of id 1003 in frame 1"):
        list(read_mots(tmp_path / "a.txt").label_masks())


@pytest.mark.parametrize(
    ("annotations", "names", "message"),
    [
        (tracks(t3="car"), [], "frame 1 has pixels of track 8, but no track has this id"),
        (tracks(t3="car", t8="car"), ["bus"], "category 'car' of track 3 is no class"),
        (tracks(t3="car", t8="car"), [*"abcdefghi", "car"], "there are 10 classes, but class 10 means"),
        (tracks(t3="car", t8="car", t1003="car"), [], "tracks 3 and 1003 would both have the id 1003"),
        (tracks(t3="car", t8="car", t2000="car"), [], "track 2000 of class 1: MOTS ids are 1000 times the class"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, label_masks, annotations, names, message):
    (tmp_path / "a.txt").write_text("the last export")
    with pytest.raises(FormatError, match=re.escape(message)):
        write_mots(tmp_path / "a.txt", label_masks, annotations, names)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["the last export"]


def test_frames_of_several_sizes_are_refused(tmp_path):
    frames = [np.zeros((3, 4), np.uint16), np.zeros((4, 3), np.uint16)]
    with pytest.raises(FormatError, match=re.escape("frame 1 is (4, 3) (height, width), those before it (3, 4)")):
        write_mots(tmp_path / "a.txt", frames, Annotations())
    assert not list(tmp_path.iterdir())


def test_pngs_of_16_bits_are_read(tmp_path):
    labels = np.array([[0, 1003, 10_000], [2008, 255, 0]], np.uint16)
    for number in range(2):
        Image.fromarray(labels + number * (labels == 255).astype(np.uint16)).save(tmp_path / f"{number:06d}.png")
    frames = list(read_mots_pngs(tmp_path))
    np.testing.assert_array_equal(frames[0], np.where(labels == 10_000, 0, labels))
    np.testing.assert_array_equal(next(read_mots_pngs(tmp_path, keep_ignored=True)), labels)
    assert frames[1][1, 1] == 256


def test_a_missing_frame_is_not_passed_over(tmp_path):
    for number in (0, 1, 3):
        Image.fromarray(np.zeros((2, 2), np.uint16)).save(tmp_path / f"{number:06d}.png")
    with pytest.raises(FormatError, match=r"000001.png and 000003.png are there, but none of the 1 between them"):
        list(read_mots_pngs(tmp_path))
