"""What napari does not promise is as this version of it has it."""

from types import SimpleNamespace

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.utils._proxies import PublicOnlyProxy
from vispy.gloo import gl
from vispy.gloo.glir import GlirProgram

from mfvis_napari import napari_private


def test_a_proxy_of_a_viewer_is_unwrapped():
    viewer = ViewerModel()
    assert napari_private.unproxied(PublicOnlyProxy(viewer)) is viewer
    assert napari_private.unproxied(viewer) is viewer


def rectangles(layer):
    """What of its shapes napari works with: to draw, to find them under the mouse and to put handles around."""
    shapes, mesh = layer._data_view, layer._data_view._mesh
    return [
        *(part for shape in shapes.shapes for part in (shape.data, shape._box, shape.bounding_box, shape.slice_key)),
        *(mesh.vertices, mesh.vertices_centers, mesh.vertices_offsets, mesh.displayed_triangles),
        *(mesh.displayed_triangles_colors, mesh.triangles_z_order, mesh.vertices_index, mesh.triangles_index),
        *(shapes.displayed_vertices, shapes.displayed_vertices_to_shape_num, shapes.edge_color, shapes.face_color),
    ]


def test_rectangles_are_as_napari_makes_them():
    rng = np.random.default_rng(0)
    corners = rng.uniform(-50, 50, (5, 2))
    box_xyxy = np.hstack([corners, corners + rng.uniform(1, 90, (5, 2))])
    widths, colors = rng.uniform(1, 5, 5).astype(np.float32), rng.random((5, 4), np.float32)
    x0, y0, x1, y1 = box_xyxy.T
    theirs = ViewerModel().add_shapes(
        np.stack([np.stack(corner, 1) for corner in ((y0, x0), (y1, x0), (y1, x1), (y0, x1))], 1),
        edge_width=widths.tolist(),
        edge_color=colors,
        face_color="transparent",
    )
    theirs.z_index = 0
    ours = ViewerModel().add_shapes(ndim=2)
    napari_private.show_rectangles(
        ours, box_xyxy, edge_widths=widths, edge_colors=colors, labels=list("abcde"), label_colors=colors
    )
    for mine, given in zip(rectangles(ours), rectangles(theirs), strict=True):
        np.testing.assert_allclose(mine, given, atol=1e-4)
    assert ours.text.values.tolist() == list("abcde")
    assert len(ours.features) == 5


def test_rectangles_are_independent_of_one_another():
    layer = ViewerModel().add_shapes(ndim=2)
    show_two(layer)
    layer._data_view.shift(0, (3, 4))
    np.testing.assert_array_equal(layer.data[0][0], [3, 4])
    np.testing.assert_array_equal(layer._data_view._mesh.vertices[0], [3, 4])
    np.testing.assert_array_equal(layer.data[1][0], [20, 20])


def test_no_rectangles_take_the_place_of_some():
    layer = ViewerModel().add_shapes(ndim=2)
    show_two(layer)
    nothing = np.zeros((0, 4), np.float32)
    napari_private.show_rectangles(
        layer, nothing, edge_widths=nothing[:, 0], edge_colors=nothing, labels=(), label_colors=nothing
    )
    assert layer.data == []
    assert len(layer.features) == 0


def test_the_handles_are_around_the_selected_shape_as_it_is_now():
    layer = ViewerModel().add_shapes(ndim=2)
    show_two(layer)
    layer.mode = "select"
    layer.selected_data = {1}
    show_two(layer, offset=5)
    napari_private.show_selection(layer)
    np.testing.assert_array_equal(layer._selected_box[0], [25, 25])


def show_two(layer, offset=0):
    box_xyxy = np.array([[0, 0, 10, 10], [20, 20, 30, 30]]) + offset
    colors = np.ones((2, 4), np.float32)
    widths = np.ones(2, np.float32)
    napari_private.show_rectangles(
        layer, box_xyxy, edge_widths=widths, edge_colors=colors, labels=("a", "b"), label_colors=colors
    )


@pytest.mark.gui
def test_what_does_not_differ_is_not_made_anew(annotator):
    viewer = annotator.workspace.viewer
    layer = viewer.add_shapes(ndim=2)
    layer.text.string = "{index}"
    napari_private.spare_redrawing(viewer, layer)
    show_two(layer)
    viewer.screenshot(flash=False)
    node = viewer.window._qt_viewer.canvas.layer_to_visual[layer].node
    program, letters = node.shape_faces.shared_program.vert["color_transform"], node.text._vertices

    show_two(layer, offset=5)
    viewer.screenshot(flash=False)

    assert node.shape_faces.shared_program.vert["color_transform"] is program
    assert node.text._vertices is letters
    np.testing.assert_array_equal(node.text.pos[1, :2], [30, 30])  # the middle of the second
    viewer.layers.remove(layer)


def test_drags_are_bracketed():
    layer = ViewerModel().add_shapes(ndim=2)
    seen = []
    napari_private.around_drags(layer, lambda event: seen.append("begun"), lambda: seen.append("ended"))
    layer.mode = "add_rectangle"
    event = SimpleNamespace(type="mouse_press", position=(1, 1), pos=np.zeros(2), modifiers=())
    (drag,) = (one for one in layer.mouse_drag_callbacks if one.__name__ == "bracketed_drag")
    steps = drag(layer, event)
    next(steps)
    assert (seen, napari_private.is_drawing(layer)) == (["begun"], True)
    event.type = "mouse_release"
    assert next(steps, None) is None
    assert (seen, napari_private.is_drawing(layer)) == (["begun", "ended"], False)


def test_a_polygon_that_was_begun_can_be_finished():
    layer = ViewerModel().add_shapes(ndim=2)
    layer.mode = "add_polygon"
    (begin,) = (one for one in layer.mouse_drag_callbacks if one.__name__ == "add_path_polygon")
    for position in ((0, 0), (9, 0), (9, 9), (0, 9)):
        begin(layer, SimpleNamespace(type="mouse_press", position=position, pos=np.array(position)))
    assert napari_private.is_drawing(layer)
    napari_private.finish_drawing(layer)
    assert not napari_private.is_drawing(layer)
    assert layer.shape_type == ["polygon"]


def test_a_stroke_is_known_from_its_press_to_its_end_and_can_be_forgotten():
    layer = ViewerModel().add_labels(np.zeros((8, 8), np.uint16))
    assert not napari_private.is_in_stroke(layer)

    layer._begin_stroke()
    layer.paint((4, 4), 3)
    assert napari_private.is_in_stroke(layer)
    layer._commit_stroke()
    assert not napari_private.is_in_stroke(layer)

    napari_private.forget_strokes(layer)
    layer.undo()
    assert layer.data[4, 4] == 3


@pytest.mark.gui
def test_the_window_of_a_viewer_holds_its_docks(window):
    qt_window = napari_private.window_of(window.workspace.viewer)
    assert window.window() is qt_window


@pytest.mark.gui
def test_the_ways_to_look_at_all_frames_at_once_are_shut_while_a_project_is_open(annotator):
    buttons = annotator.workspace.viewer.window._qt_viewer.viewerButtons
    assert not buttons.ndisplayButton.isEnabled()
    assert not buttons.rollDimsButton.isEnabled()

    annotator.workspace.close_project()

    assert buttons.ndisplayButton.isEnabled()
    assert buttons.rollDimsButton.isEnabled()


@pytest.mark.gui
def test_programs_outlive_the_layers_they_drew(annotator):
    viewer = annotator.workspace.viewer
    viewer.screenshot(canvas_only=True, flash=False)
    objects = viewer.window._qt_viewer.canvas._scene_canvas.context.shared.parser._objects
    programs = [program for program in objects.values() if isinstance(program, GlirProgram)]
    assert programs

    annotator.workspace.close_project()
    viewer.screenshot(canvas_only=True, flash=False)

    for program in programs:
        assert gl.glGetProgramParameter(program.handle, gl.GL_LINK_STATUS)


def test_a_late_thumbnail_is_drawn_when_it_is_asked_for():
    viewer = ViewerModel()
    pictures = np.zeros((2, 8, 8), np.uint8)
    pictures[1] = 255
    layer = viewer.add_image(pictures, contrast_limits=(0, 255))
    viewer.dims.set_current_step(0, 0)
    draw = napari_private.late_thumbnail(layer)
    before = layer.thumbnail.copy()
    viewer.dims.set_current_step(0, 1)
    np.testing.assert_array_equal(layer.thumbnail, before)
    draw()
    assert (layer.thumbnail != before).any()
