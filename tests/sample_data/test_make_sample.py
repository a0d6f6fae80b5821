import csv
import importlib
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from mfvis_engine.annotation import interpolate
from mfvis_engine.formats.box_csv import read_box_csv

SAMPLE = Path(__file__).parents[2] / "sample_data"
CHECKED_FRAMES = (0, 30, 50)
IDS = {1: "gecko", 2: "snake", 3: "butterfly"}


@pytest.fixture(scope="module")
def scripts():
    """The modules beside the sample, imported as the script itself imports them."""
    sys.path.insert(0, str(SAMPLE))
    yield {name: importlib.import_module(name) for name in ("scene", "annotator", "make_sample")}
    sys.path.remove(str(SAMPLE))


@pytest.fixture(scope="module")
def labels():
    return np.stack([np.asarray(Image.open(path)) for path in sorted((SAMPLE / "masks").glob("*.png"))])


@pytest.fixture(scope="module")
def pictures():
    with av.open(str(SAMPLE / "clip.mp4")) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


@pytest.fixture(scope="module")
def rows():
    with (SAMPLE / "boxes.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rendered(scripts):
    return {index: scripts["scene"].render(index) for index in CHECKED_FRAMES}


def rows_of(rows, track_id, outside="0"):
    return [row for row in rows if row["track_id"] == str(track_id) and row["outside"] == outside]


def test_clip_and_masks_have_the_same_frames(pictures, labels):
    assert pictures.shape == (60, 320, 480, 3)
    assert labels.shape == (60, 320, 480)
    assert set(np.unique(labels)) == {0, *IDS}


def test_masks_are_indexed_pngs():
    with Image.open(SAMPLE / "masks" / "00000.png") as image:
        assert image.mode == "P"
        assert image.getpalette()[:12] == [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]


def test_sample_stays_small():
    total = sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.suffix in {".mp4", ".csv", ".png"})
    assert total < 1.5e6


@pytest.mark.parametrize("frame_index", CHECKED_FRAMES)
def test_script_reproduces_the_masks(rendered, labels, frame_index):
    np.testing.assert_array_equal(rendered[frame_index].labels, labels[frame_index])


@pytest.mark.parametrize("frame_index", CHECKED_FRAMES)
def test_script_reproduces_the_clip_within_codec_noise(rendered, pictures, frame_index):
    def psnr(other):
        error = rendered[frame_index].picture.astype(float) - other
        return 10 * np.log10(255**2 / np.square(error).mean())

    neighbours = pictures[[max(frame_index - 1, 0), min(frame_index + 1, 59)]]
    assert psnr(pictures[frame_index]) > 32
    assert all(psnr(other) < 30 for other in neighbours if not np.array_equal(other, pictures[frame_index]))


def test_rendering_twice_gives_the_same_pixels(scripts, rendered):
    again = scripts["scene"].render(30)
    np.testing.assert_array_equal(again.picture, rendered[30].picture)
    assert again.visible_share == rendered[30].visible_share


def test_script_reproduces_the_boxes(scripts, rows, labels, rendered):
    """Boxes follow from the masks alone but for the occluded flag, which frames rendered anew confirm."""
    for track_id, category in IDS.items():
        tight = scripts["annotator"].tight_boxes(labels == track_id)
        for row in rows_of(rows, track_id):
            assert row["category"] == category
            assert [float(row[side]) for side in ("x0", "y0", "x1", "y1")] == tight[int(row["frame"])].tolist()
        for row in rows_of(rows, track_id):
            if (frame := rendered.get(int(row["frame"]))) is not None:
                hidden = frame.visible_share[track_id] < scripts["annotator"].OCCLUDED_BELOW
                assert row["occluded"] == str(int(hidden))


def test_butterfly_leaves_and_returns(rows, labels):
    present = (labels == 3).any(axis=(1, 2))
    (changes,) = np.nonzero(np.diff(present))
    assert changes.tolist() == [16, 36]
    assert present[[0, 59]].all()
    (left,) = rows_of(rows, 3, outside="1")
    assert left["frame"] == "17"
    assert rows_of(rows, 1, outside="1") == rows_of(rows, 2, outside="1") == []


def test_box_file_parses_and_covers_every_frame_of_every_track(labels):
    dense = interpolate(read_box_csv(SAMPLE / "boxes.csv"), len(labels))
    assert dense.track_ids.tolist() == list(IDS)
    in_masks = np.stack([(labels == track_id).any(axis=(1, 2)) for track_id in IDS])
    np.testing.assert_array_equal(dense.present, in_masks)


def test_cup_hides_the_snake_and_splits_it(scripts, rendered, labels):
    assert 0 < rendered[30].visible_share[2] < 0.15
    columns = np.flatnonzero((labels[30] == 2).any(axis=0))
    assert np.diff(columns).max() > 200  # head and tail either side of the cup
    assert (labels == 2).any(axis=(1, 2)).all()


def test_interpolated_boxes_stay_near_the_tight_ones(scripts, rows, labels):
    annotator = scripts["annotator"]
    for track_id in IDS:
        tight = annotator.tight_boxes(labels == track_id)
        drawn = np.zeros(len(labels), dtype=bool)
        drawn[[int(row["frame"]) for row in rows_of(rows, track_id)]] = True
        present = ~np.isnan(tight[:, 0])
        overlap = annotator.box_iou(annotator.between(tight, drawn), tight)[present]
        assert overlap.mean() >= 0.8
        assert overlap.min() >= annotator.REDRAWN_BELOW
        assert drawn.sum() <= 0.4 * present.sum()


def test_camera_moves(scripts):
    first, last = (scripts["scene"].camera(time) for time in (0.0, 59.0))
    assert last.centre_xy[0] - first.centre_xy[0] > 80


def test_annotator_marks_a_gap_once_and_redraws_a_turn(scripts):
    centre = np.concatenate([np.linspace(20, 60, 8), np.linspace(60, 20, 9)[1:], np.full(4, 20)])
    boxes = np.stack([centre - 10, np.full(20, 5.0), centre + 10, np.full(20, 25.0)], axis=-1)
    boxes[10:13] = np.nan
    marks = scripts["annotator"].annotate(boxes, np.where(np.arange(20) > 16, 0.5, 1.0))
    assert [mark.frame_index for mark in marks if mark.outside] == [10]
    drawn = [mark.frame_index for mark in marks if not mark.outside]
    assert set(drawn) >= {0, 8, 9, 13, 16, 17, 19}
    assert [mark.frame_index for mark in marks if mark.occluded] == [17, 19]


def test_written_files_read_back(scripts, tmp_path, labels):
    make_sample, annotator = scripts["make_sample"], scripts["annotator"]
    make_sample.write_masks(tmp_path / "masks", labels[:2])
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "masks" / "00001.png")), labels[1])
    mark = annotator.Mark(3, (1.0, 2.0, 30.5, 4.0), occluded=True, outside=False)
    make_sample.write_boxes(tmp_path / "boxes.csv", {2: [mark]})
    text = (tmp_path / "boxes.csv").read_text(encoding="utf-8")
    assert text == "track_id,frame,x0,y0,x1,y1,category,occluded,outside\n2,3,1,2,30.5,4,snake,1,0\n"
