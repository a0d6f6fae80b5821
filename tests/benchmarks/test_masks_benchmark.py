import numpy as np
import pytest
from PIL import Image

from benchmarks.clips import annotate, read_clips
from benchmarks.masks import measure
from mfvis_engine.annotation import interpolate
from mfvis_engine.training import FineTuneSettings


@pytest.fixture
def clips_folder(tmp_path):
    """One clip of six frames: a bright square that moves, is gone in frame 3, and comes back."""
    clip = tmp_path / "clips" / "square"
    (clip / "frames").mkdir(parents=True)
    (clip / "masks").mkdir()
    for t in range(6):
        mask = np.zeros((40, 60), np.uint8)
        if t != 3:
            mask[10:30, 5 + 5 * t : 25 + 5 * t] = 1
        frame = np.where(mask[..., None] > 0, [220, 60, 40], [30, 80, 60]).astype(np.uint8)
        Image.fromarray(frame).save(clip / "frames" / f"{t}.png")
        Image.fromarray(mask).save(clip / "masks" / f"{t}.png")
    return tmp_path / "clips"


def test_the_simulated_annotator_draws_each_run_to_its_end(clips_folder):
    (clip,) = read_clips(clips_folder)
    boxes = interpolate(annotate(clip, 10), 6)
    assert boxes.present.tolist() == [[True, True, True, False, True, True]]
    assert boxes.boxes_xyxy[0, 1].tolist() == [10, 10, 30, 30]


def test_masks_are_measured(clips_folder):
    pytest.importorskip("cv2")
    (clip,) = read_clips(clips_folder, ("squ",))
    row = measure(clip, 2, FineTuneSettings(steps=2, seconds=60), grabcut=True)
    assert row.boxes_drawn == 4
    assert row.j_box == pytest.approx(1.0)
    assert 0.5 < row.j <= 1
    assert 0 < row.j_grabcut <= 1
    assert row.peak_mib > 50
