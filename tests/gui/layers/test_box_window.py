"""Boxes in a real window: a hand with a mouse draws, moves and resizes them."""

import numpy as np
import pytest

from mfvis_napari.layers.colors import rgba_of
from tests.gui.hand import Hand


@pytest.mark.gui
def test_boxes_are_drawn_moved_and_resized_by_hand(annotator):
    workspace = annotator.workspace
    session, boxes = workspace.session, workspace.layers.boxes
    verbs = []
    session.changed.connect(lambda done: verbs.append(done.summary))
    workspace.viewer.reset_view()
    hand = Hand(workspace.viewer)

    # Each ends with two moves to one point: X may swallow one.
    boxes.begin_drawing()
    hand.drag((40, 30), (50, 40), (60, 50), (60, 50))
    assert session.box(3, 0).box_xyxy == pytest.approx((40, 30, 60, 50), abs=0.3)
    hand.drag((50, 40), (52, 40), (55, 42), (55, 42))
    assert session.box(3, 0).box_xyxy == pytest.approx((45, 32, 65, 52), abs=0.3)
    hand.drag((65, 52), (66, 53), (70, 57), (70, 57))
    assert session.box(3, 0).box_xyxy == pytest.approx((45, 32, 70, 57), abs=0.3)
    assert verbs == ["new track 3 (cell)", *["set box of track 3 in frame 0"] * 2]

    session.view.select(())
    left_edge = workspace.viewer.screenshot(canvas_only=True, flash=False)
    point = hand.point(45, 45)
    ratio = left_edge.shape[1] / hand.canvas.width()
    pixel = left_edge[round(point.y() * ratio), round(point.x() * ratio)]
    np.testing.assert_allclose(pixel / 255, rgba_of(3), atol=0.03)
