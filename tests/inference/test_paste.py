import numpy as np

from mfvis_engine.inference.paste import MASK_LOGIT, FrameCanvas
from mfvis_engine.models.crops import CropWindow

EVERYWHERE = np.asarray([0, 0, 20, 20])


def test_logits_land_where_the_window_is():
    canvas = FrameCanvas.empty(20, 20)
    logits = np.full((8, 8), -1, np.float32)
    logits[2:6, 3:5] = 5
    canvas.paste(logits, CropWindow(4, 6, 12, 14), np.asarray([4, 6, 12, 14]), 3)
    expected = np.zeros((20, 20), np.uint16)
    expected[8:12, 7:9] = 3
    assert np.array_equal(canvas.labels, expected)


def test_a_mask_does_not_leave_its_limit():
    canvas = FrameCanvas.empty(20, 20)
    canvas.paste(np.ones((8, 8), np.float32), CropWindow(0, 0, 20, 20), np.asarray([3.2, 4.0, 8.0, 25.0]), 1)
    rows, columns = np.nonzero(canvas.labels)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 19, 3, 7)


def test_overlaps_go_to_the_larger_logit_in_either_order():
    weak, strong = np.full((4, 4), 1, np.float32), np.full((4, 4), 2, np.float32)
    window = CropWindow(0, 0, 20, 20)
    for first, second in ((1, 2), (2, 1)):
        canvas = FrameCanvas.empty(20, 20)
        for track_id in (first, second):
            canvas.paste(weak if track_id == 1 else strong, window, EVERYWHERE, track_id)
        assert (canvas.labels == 2).all()
        assert (canvas.best_logit == 2).all()


def test_only_logits_above_the_threshold_label():
    for logit, labelled in ((MASK_LOGIT - 0.01, False), (MASK_LOGIT + 0.01, True)):
        canvas = FrameCanvas.empty(20, 20)
        canvas.paste(np.full((4, 4), logit, np.float32), CropWindow(0, 0, 20, 20), EVERYWHERE, 1)
        assert canvas.labels.all() == canvas.labels.any() == labelled
