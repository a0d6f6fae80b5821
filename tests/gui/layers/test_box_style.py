import numpy as np

from mfvis_napari.layers.box_style import label_of, style_of
from mfvis_napari.layers.colors import rgba_of
from mfvis_napari.session import FrameBox

DRAWN = FrameBox(3, "fish", (0, 0, 9, 9), is_given=True, occluded=False)
INTERPOLATED = FrameBox(4, "fish", (0, 0, 9, 9), is_given=False, occluded=False)
HIDDEN = FrameBox(5, "sea star", (0, 0, 9, 9), is_given=True, occluded=True)


def test_the_label_says_track_and_category():
    assert label_of(DRAWN) == "3 fish"
    assert label_of(HIDDEN) == "5 sea star · hidden"


def test_boxes_on_the_line_are_thinner():
    drawn, interpolated = style_of((DRAWN, INTERPOLATED), 1).edge_widths
    assert interpolated < drawn / 2


def test_boxes_are_as_thick_on_the_screen_at_every_zoom():
    near, far = (style_of((DRAWN,), pixel_size).edge_widths[0] for pixel_size in (0.25, 4))
    assert far == 16 * near


def test_boxes_have_the_colour_of_their_masks():
    style = style_of((DRAWN, HIDDEN), 1)
    np.testing.assert_array_equal(style.edge_colors[0], rgba_of(3))
    np.testing.assert_array_equal(style.label_colors, [rgba_of(3), rgba_of(5)])


def test_hidden_objects_have_a_pale_box_but_a_clear_label():
    style = style_of((HIDDEN,), 1)
    assert style.edge_colors[0, 3] < 0.7
    assert style.label_colors[0, 3] == 1


def test_no_boxes_have_a_style_too():
    assert style_of((), 1).edge_colors.shape == (0, 4)
