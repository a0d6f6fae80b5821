"""Every use of what napari does not promise: names with an underscore, each in a function with a test of its own."""

from collections.abc import Callable, Generator, Sequence
from copy import copy
from functools import cache, partial
from typing import cast

import numpy as np
from napari._vispy.mouse_event import NapariMouseEvent
from napari._vispy.visuals.text import Text
from napari.layers import Labels, Layer, Shapes
from napari.layers.shapes._shape_list import ShapeList
from napari.layers.shapes._shapes_constants import Mode
from napari.layers.shapes._shapes_models import Rectangle
from napari.layers.utils.color_encoding import ManualColorEncoding
from napari.layers.utils.string_encoding import ManualStringEncoding
from napari.viewer import Viewer
from numpy.typing import NDArray
from qtpy.QtWidgets import QMainWindow
from vispy.gloo.glir import GlirProgram


def forget_strokes(layer: Labels) -> None:
    """Empties napari's own undo: its strokes would bring back pixels from before a change of the project."""
    layer._reset_history()


def is_in_stroke(layer: Labels) -> bool:
    """Whether a stroke of the brush has begun and not ended."""
    return bool(layer._block_history or layer._staged_history)


def window_of(viewer: Viewer) -> QMainWindow:
    """The window itself, which keys and docks belong to."""
    return cast(QMainWindow, viewer.window._qt_window)


def show_rectangles(
    layer: Shapes,
    box_xyxy: NDArray[np.floating],
    *,
    edge_widths: NDArray[np.float32],
    edge_colors: NDArray[np.float32],
    labels: Sequence[str],
    label_colors: NDArray[np.float32],
) -> None:
    """Puts axis-parallel rectangles in the place of all shapes of a layer of two dimensions, without an event.

    `layer.data = ...` does the same in 13 ms for 20 boxes, this in 1: it neither triangulates, nor measures the layer,
    nor draws its thumbnail.

    Args:
        layer: The layer; its selection is left as it is.
        box_xyxy: (N, 4) in the layer's coordinates.
        edge_widths: (N,) thickness.
        edge_colors: (N, 4) RGBA in 0..1.
        labels: N texts.
        label_colors: (N, 4) RGBA in 0..1.
    """
    shapes = ShapeList(ndisplay=2)
    shapes.slice_key = np.array(layer._data_slice.point)[layer._slice_input.not_displayed]
    if len(box_xyxy):
        shapes.add(
            _rectangles(box_xyxy, edge_widths),
            face_color=np.zeros_like(edge_colors),
            edge_color=edge_colors,
            z_refresh=False,
        )
        shapes._update_z_order()
        if tuple(layer._slice_input.order) != (0, 1):
            shapes.update_dims_order(layer._slice_input.order)
    layer._data_view = shapes
    if len(layer.features) != len(box_xyxy):
        layer._feature_table.resize(len(box_xyxy))
    with layer.text.events.blocker():
        layer.text.string = ManualStringEncoding(array=np.array(labels, dtype=str), default="")
        layer.text.color = ManualColorEncoding(array=label_colors, default="white")
    with layer.events.blocker():  # the layer itself is drawn, but not the list of layers too, which takes as long
        layer.refresh(extent=False, thumbnail=False, highlight=False)


def _rectangles(box_xyxy: NDArray[np.floating], edge_widths: NDArray[np.float32]) -> list[Rectangle]:
    """Rectangles whose meshes are the unit square's, moved and stretched."""
    square = _unit_square()
    top_left, bottom_right = box_xyxy[:, None, 1::-1], box_xyxy[:, None, :1:-1]

    def placed(unit: NDArray[np.floating]) -> NDArray[np.float32]:
        return (top_left * (1 - unit) + bottom_right * unit).astype(np.float32)

    parts = placed(square.data), placed(square._edge_vertices), placed(square._box), edge_widths.tolist()
    rectangles = []
    for data, edge_vertices, box, edge_width in zip(*parts, strict=True):
        rectangle = copy(square)
        rectangle._data, rectangle._face_vertices = data, data.copy()  # napari moves each in place
        rectangle._bounding_box = data[::2].copy()
        rectangle._edge_vertices = edge_vertices
        rectangle._box = box
        rectangle._edge_width = edge_width
        rectangle._clean_cache()
        rectangles.append(rectangle)
    return rectangles


@cache
def _unit_square() -> Rectangle:
    return Rectangle(np.array([[0, 0], [1, 0], [1, 1], [0, 1]]))  # the handle to turn it by is at the top


def show_selection(layer: Shapes) -> None:
    """Draws the frame and the handles around the selected shapes where these are now."""
    layer._selected_box = layer.interaction_box(layer._selected_data_in_view)
    layer._clean_outline_cache()
    with layer.events.blocker():  # see `show_rectangles`
        layer._set_highlight(force=True)


def spare_redrawing(viewer: Viewer, layer: Shapes) -> None:
    """Spares a layer what vispy does anew at every change of its shapes, though nothing of it differs.

    That is new shaders for the meshes, 7 ms, though their colours go in as they are; and to lay out every letter, 2 ms
    for 20 short texts.
    """
    node = viewer.window._qt_viewer.canvas.layer_to_visual[layer].node
    for mesh in (node.shape_faces, node.shape_highlights):
        unchanged = mesh._build_color_transform(np.zeros(4))
        mesh.unfreeze()
        mesh._build_color_transform = partial(_always, unchanged)
        mesh.freeze()
    node.text.__class__ = _SteadyText


def _always(value: object, _: object) -> object:
    return value


class _SteadyText(Text):  # type: ignore[misc]  # of an untyped library
    """Text that is laid out anew only where it differs."""

    @property
    def text(self) -> NDArray[np.str_] | str:
        return cast(NDArray[np.str_] | str, self._text)

    @text.setter
    def text(self, text: NDArray[np.str_] | str) -> None:
        if not np.array_equal(self._text, text):
            Text.text.fset(self, text)

    @property
    def anchors(self) -> tuple[str, str]:
        return cast(tuple[str, str], self._anchors)

    @anchors.setter
    def anchors(self, anchors: tuple[str, str]) -> None:
        if anchors != self._anchors:
            Text.anchors.fset(self, anchors)


def around_drags(layer: Shapes, begun: Callable[[NapariMouseEvent], None], ended: Callable[[], None]) -> None:
    """Calls `begun` before and `ended` after all that napari does with a press, its drag and its release.

    Args:
        layer: A layer that only pans so far; panning itself is left alone.
        begun: Called with the event of the press.
        ended: Called after the release.
    """

    def bracketed(drag: Callable[[Shapes, NapariMouseEvent], Generator[None] | None]) -> Callable[..., Generator[None]]:
        def bracketed_drag(layer: Shapes, event: NapariMouseEvent) -> Generator[None]:
            begun(event)
            try:
                yield from drag(layer, event) or ()
            finally:
                ended()

        return bracketed_drag

    panning = Mode.PAN_ZOOM, Mode.TRANSFORM
    layer._drag_modes = {mode: drag if mode in panning else bracketed(drag) for mode, drag in layer._drag_modes.items()}


def is_drawing(layer: Shapes) -> bool:
    """Whether a shape has been begun and not finished."""
    return layer._is_creating and layer._moving_value[0] is not None


def finish_drawing(layer: Shapes) -> None:
    """Takes the shape that was begun for finished."""
    layer._finish_drawing()


def unproxied(viewer: Viewer) -> Viewer:
    """The viewer itself: a dock widget that napari opens gets a proxy, whose layers are never equal to themselves."""
    return cast(Viewer, getattr(viewer, "__wrapped__", viewer))


def allow_other_axes(viewer: Viewer, *, allowed: bool) -> None:
    """Lets a person turn a video on its side or look at it in 3D, or not: napari reads all frames at once for that."""
    buttons = viewer.window._qt_viewer.viewerButtons
    for button in (buttons.ndisplayButton, buttons.rollDimsButton):
        button.setEnabled(allowed)


def late_thumbnail(layer: Layer) -> Callable[[], None]:
    """Leaves the thumbnail of a layer as it is until the function that is returned is called.

    napari draws one at every frame, and then its list of layers: together they take as long as two layers' pictures.
    """
    draw = layer._update_thumbnail
    layer._update_thumbnail = _do_nothing
    return cast(Callable[[], None], draw)


def _do_nothing() -> None:
    pass


def keep_programs(viewer: Viewer) -> None:
    """Lets the OpenGL programs that a window has now live as long as the window; they are small.

    Some drivers (Mesa 22, for one) crash at the next picture once the programs of a removed Shapes layer are freed.
    """
    context = viewer.window._qt_viewer.canvas._scene_canvas.context
    for program in context.shared.parser._objects.values():
        if isinstance(program, GlirProgram):
            program.delete = _do_nothing
