import numpy as np

from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.preview import FrameView, ShownBox


def test_a_view_has_the_boxes_of_its_frame_and_tells_drawn_from_interpolated():
    annotations = Annotations(
        (
            Track(2, "cell", (Keyframe(0, (0, 0, 4, 4)), Keyframe(2, (2, 0, 6, 4)))),
            Track(5, "cell", (Keyframe(1, (1, 1, 3, 3)),)),
            Track(9, "cell", (Keyframe(2, (1, 1, 3, 3)),)),
        )
    )
    pixels, labels = np.zeros((6, 8, 3), np.uint8), np.zeros((6, 8), np.uint16)
    view = FrameView.of(1, pixels, labels, interpolate(annotations, 3))
    assert view.frame_index == 1
    assert view.boxes == (
        ShownBox(2, (1, 0, 5, 4), is_drawn=False),
        ShownBox(5, (1, 1, 3, 3), is_drawn=True),
    )
