"""The boxes of the frame in view as a Shapes layer; what is done to its shapes becomes verbs."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from napari.layers import Shapes
from napari.layers.base import ActionType
from napari.utils.events import Event
from napari.viewer import Viewer
from numpy.typing import NDArray

from mfvis_engine.annotation import Keyframe
from mfvis_engine.annotation.verbs import DeleteHere, NewTrack, SetBox
from mfvis_engine.errors import MfvisError
from mfvis_napari import napari_private
from mfvis_napari.layers.box_geometry import bounding_box_xyxy, clipped_xyxy, edited_box_xyxy, is_too_small
from mfvis_napari.layers.box_picking import picked_tracks, positions_of
from mfvis_napari.layers.box_style import GIVEN_WIDTH, style_of
from mfvis_napari.layers.colors import rgba_of
from mfvis_napari.messages import Messages
from mfvis_napari.session import FrameBox, Session

Vertices = NDArray[np.float32]

_PICKING_MODES = ("select", "direct")
_DONE = (ActionType.ADDED, ActionType.CHANGED, ActionType.REMOVED)


class BoxRefusedError(MfvisError):
    """A box cannot be as it was drawn or moved; it is as it was before."""


@dataclass(frozen=True)
class _Shown:
    """What was drawn last.

    Attributes:
        frame_index: Of this frame.
        boxes: Its boxes, one a shape.
        pixel_size: Of the picture, that one pixel of the screen covered.
        corners_yx: (4, 2) of every shape.
    """

    frame_index: int
    boxes: tuple[FrameBox, ...]
    pixel_size: float
    corners_yx: tuple[Vertices, ...]

    @property
    def track_ids(self) -> tuple[int, ...]:
        return tuple(box.track_id for box in self.boxes)


@dataclass(frozen=True)
class _Gesture:
    """A press of the mouse, until its release.

    Attributes:
        pressed: The shape under the mouse; None where none is.
        with_ctrl: Whether Ctrl was held.
        with_shift: Whether Shift was held.
    """

    pressed: int | None
    with_ctrl: bool
    with_shift: bool


class BoxLayer:
    """The layer "boxes" of a session: one rectangle a box of the frame in view.

    The shapes follow the session; at the end of every gesture they are compared with what was drawn, and what differs
    is done as verbs. While a gesture lasts nothing is drawn anew.

    Attributes:
        layer: napari's, of two dimensions; its data are in pixel edges, as boxes are.
    """

    def __init__(self, viewer: Viewer, session: Session, messages: Messages) -> None:
        self._viewer, self._session, self._messages = viewer, session, messages
        self._shown: _Shown | None = None
        self._gesture: _Gesture | None = None
        self._drawn_track_id: int | None = None
        self._is_redrawing = False
        self._is_showing = self._is_closed = False
        half_pixel = (-0.5, -0.5)  # napari counts from the centre of the first pixel
        self.layer: Shapes = viewer.add_shapes(
            name="boxes", ndim=2, face_color="transparent", opacity=1, translate=half_pixel
        )
        self.layer.text = {"anchor": "upper_left", "size": 10}
        if hasattr(viewer, "window"):
            napari_private.spare_redrawing(viewer, self.layer)
        self._listen()
        self._show()
        self.layer.editable = not session.read_only
        self.layer.mode = "select"

    def begin_drawing(self, *, again: bool = False) -> None:
        """Lets the next drag draw a box.

        Args:
            again: Whether it is the selected track's, also where that has a box already, which it replaces.

        Raises:
            BoxRefusedError: The project is open for reading only.
        """
        if self._session.read_only:
            raise BoxRefusedError("The project is open for reading only, so nothing can be drawn.")
        self._is_redrawing = again
        self._activate("add_rectangle")

    def begin_selecting(self) -> None:
        """Lets clicks select boxes and drags move them."""
        self._drawn_track_id = None
        self._activate("select")

    def close(self) -> None:
        """Lets go of the session."""
        self._is_closed = True

    def _listen(self) -> None:
        guarded, layer, session = self._messages.guarded, self.layer, self._session
        napari_private.around_drags(layer, guarded(self._on_gesture_begun), guarded(self._on_gesture_ended))
        layer.mouse_drag_callbacks.append(self._on_click_while_panning)
        layer.events.data.connect(guarded(self._on_data))
        layer.events.features.connect(guarded(self._on_features))
        layer.events.mode.connect(guarded(self._on_mode))
        layer.events.scale_factor.connect(guarded(self._on_zoom))
        layer.selected_data.events.items_changed.connect(guarded(self._on_picked))
        session.changed.connect(guarded(self._on_changed))
        session.view.frame_changed.connect(guarded(self._on_frame))
        session.view.selection_changed.connect(guarded(self._on_selection))

    def _activate(self, mode: str) -> None:
        self._viewer.layers.selection.active = self.layer
        self.layer.visible = True
        self.layer.mode = mode

    # From the session to the layer

    def _on_changed(self, _: object) -> None:
        self._show()

    def _on_frame(self, frame_index: int) -> None:
        """Lets the track that was drawn last be drawn in other frames too, with no key in between."""
        self._show()
        if self._gesture is not None or self._is_closed or self._viewer.layers.selection.active is not self.layer:
            return
        track_id = self._drawn_track_id
        if track_id is not None and self.layer.mode in ("select", "add_rectangle") and not self._is_redrawing:
            self.layer.mode = "select" if self._session.box(track_id, frame_index) else "add_rectangle"

    def _on_selection(self) -> None:
        if self._drawn_track_id is not None and self._session.view.track_ids != (self._drawn_track_id,):
            self._drawn_track_id = None
            if self._gesture is None and self.layer.mode == "add_rectangle":
                self.layer.mode = "select"
        self._show_selection()

    def _on_zoom(self, _: Event) -> None:
        self._show()

    def _show(self) -> None:
        """Draws the frame in view, if anything differs from what was drawn last."""
        if self._gesture is not None or self._is_closed:
            return
        frame_index, pixel_size, old = self._session.view.frame_index, float(self.layer.scale_factor), self._shown
        boxes = self._session.boxes(frame_index)
        if old is not None and (old.boxes, old.pixel_size) == (boxes, pixel_size):
            self._shown = _Shown(frame_index, boxes, pixel_size, old.corners_yx)
            return
        if napari_private.is_drawing(self.layer):
            napari_private.finish_drawing(self.layer)  # a polygon of many clicks: becomes a box where it was drawn
        style = style_of(boxes, pixel_size)
        with self._showing():
            napari_private.show_rectangles(
                self.layer,
                np.array([box.box_xyxy for box in boxes]).reshape(-1, 4),
                edge_widths=style.edge_widths,
                edge_colors=style.edge_colors,
                labels=style.labels,
                label_colors=style.label_colors,
            )
        self._shown = _Shown(frame_index, boxes, pixel_size, tuple(corners.copy() for corners in self.layer.data))
        self._show_selection()

    def _show_selection(self) -> None:
        if self._gesture is not None or self._shown is None or self._is_closed:
            return
        chosen = positions_of(self._session.view.track_ids, self._shown.track_ids)
        with self._showing():
            self.layer.selected_data = chosen
        napari_private.show_selection(self.layer)

    @contextmanager
    def _showing(self) -> Iterator[None]:
        """What the layer says meanwhile is our own doing."""
        before, self._is_showing = self._is_showing, True
        try:
            yield
        finally:
            self._is_showing = before

    # From the layer to the session

    @property
    def _is_idle(self) -> bool:
        """Whether what the layer says now is news: no gesture that has not ended, and nothing of our own doing."""
        return self._gesture is None and not self._is_showing and not self._is_closed

    @property
    def _is_picking(self) -> bool:
        """Whether what is selected in the layer is what the person selected."""
        is_complete = self._shown is not None and self.layer.nshapes == len(self._shown.boxes)
        return is_complete and self.layer.mode in _PICKING_MODES

    def _on_gesture_begun(self, event: Event) -> None:
        if not self.layer.mode.startswith("add_"):  # not as the mode changes: napari leaves it before a box is told
            self._is_redrawing = False
        self._gesture = _Gesture(self._shape_at(event), "Control" in event.modifiers, "Shift" in event.modifiers)

    def _on_gesture_ended(self) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is None or self._is_closed or napari_private.is_drawing(self.layer):
            return
        if self._is_picking:
            chosen = set(self.layer.selected_data)
            if gesture.with_ctrl:  # napari has only Shift for more than one
                chosen = positions_of(self._session.view.track_ids, self._shown_track_ids)
                if gesture.pressed is not None:
                    chosen ^= {gesture.pressed}
            self._pick(chosen, keep_absent=gesture.with_ctrl or gesture.with_shift)
        self._take_over()
        self._show()
        self._show_selection()

    def _on_click_while_panning(self, _: Shapes, event: Event) -> Iterator[None]:
        if self.layer.mode == "pan_zoom" and not self._is_closed:
            yield
            if event.type == "mouse_release":
                pressed = self._shape_at(event)
                self._messages.guarded(self._pick)(set() if pressed is None else {pressed})

    def _on_picked(self, *_: object) -> None:
        if self._is_idle and self._is_picking:
            self._pick(self.layer.selected_data)

    def _pick(self, chosen: Collection[int], *, keep_absent: bool = False) -> None:
        view = self._session.view
        view.select(picked_tracks(view.track_ids, self._shown_track_ids, chosen, keep_absent=keep_absent))

    def _shape_at(self, event: Event) -> int | None:
        value = self.layer.get_value(event.position, world=True)
        return None if value is None or value[0] is None else int(value[0])

    @property
    def _shown_track_ids(self) -> tuple[int, ...]:
        return () if self._shown is None else self._shown.track_ids

    def _on_data(self, event: Event) -> None:
        if self._is_idle and event.action in _DONE:
            self._take_over(removed=event.data_indices if event.action == ActionType.REMOVED else ())

    def _on_features(self, _: Event) -> None:
        """Takes away what was pasted: napari says no more of it than that there are new features."""
        is_drawing = napari_private.is_drawing(self.layer)
        if self._is_idle and not is_drawing and self.layer.nshapes != len(self._shown_track_ids):
            self._shown = None
            self._show()

    def _on_mode(self, _: Event) -> None:
        """Draws the next box in the colour of its track."""
        if self.layer.mode.startswith("add_") and not self._is_closed:
            track_id = self._track_to_draw(self._session.view.frame_index)
            with self.layer.block_update_properties():
                self.layer.current_edge_color = rgba_of(track_id or self._session.project.free_track_id())
                self.layer.current_edge_width = GIVEN_WIDTH * self.layer.scale_factor

    def _take_over(self, removed: tuple[int, ...] = ()) -> None:
        """Does what was done to the shapes as verbs, and draws the boxes as they then are.

        Args:
            removed: The shapes that were deleted, as positions in what was drawn.
        """
        shown, shapes = self._shown, [np.array(vertices) for vertices in self.layer.data]
        if shown is None:
            return
        pairs = zip(shown.boxes, shown.corners_yx, shapes, strict=False)
        edited = [(box, before, after) for box, before, after in pairs if not np.array_equal(before, after)]
        drawn = shapes[len(shown.boxes) :]
        if len(shapes) < len(shown.boxes):
            edited = []  # which is which is not known any more
        elif not edited and not drawn:
            return
        self._shown = None
        guarded = self._messages.guarded
        for position in removed:
            guarded(self._session.do)(DeleteHere(shown.track_ids[position], shown.frame_index))
        for box, before, after in edited:
            guarded(self._set_box)(box, shown.frame_index, before, after)
        for vertices in drawn:
            guarded(self._draw_box)(shown.frame_index, vertices)
        self._show()

    def _set_box(self, box: FrameBox, frame_index: int, before: Vertices, after: Vertices) -> None:
        project = self._session.project
        box_xyxy = clipped_xyxy(edited_box_xyxy(before, after), project.width, project.height)
        if box_xyxy is None:
            raise BoxRefusedError(
                f"The box of track {box.track_id} was moved out of the picture, so it was put back. If the object has"
                " left, delete the box here or say that it is outside."
            )
        self._session.do(SetBox(box.track_id, frame_index, box_xyxy))

    def _draw_box(self, frame_index: int, vertices: Vertices) -> None:
        project = self._session.project
        box_xyxy = clipped_xyxy(bounding_box_xyxy(vertices), project.width, project.height)
        if box_xyxy is None or is_too_small(box_xyxy):
            raise BoxRefusedError(
                "What was drawn is too small for a box, so it was not kept. Drag from one corner of the object to the"
                " one opposite."
            )
        track_id = self._track_to_draw(frame_index)
        if track_id is not None:
            self._session.do(SetBox(track_id, frame_index, box_xyxy))
        else:
            track_id = project.free_track_id()
            keyframe = Keyframe(frame_index, box_xyxy)
            self._session.do(NewTrack(track_id, self._session.categories.current, (keyframe,)))
        self._session.view.select([track_id])
        self.layer.mode = "select"
        self._drawn_track_id, self._is_redrawing = track_id, False

    def _track_to_draw(self, frame_index: int) -> int | None:
        """The selected track where it has no box yet or is drawn again; None where a drawn box is a new track's."""
        track_id = self._session.view.track_id
        if track_id is None or self._is_redrawing:
            return track_id
        return track_id if self._session.box(track_id, frame_index) is None else None
