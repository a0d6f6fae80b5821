"""The masks as a Labels layer: painting with napari's own tools persists at the end of every stroke."""

from napari.layers import Labels
from napari.utils.events import Event
from napari.viewer import Viewer
from qtpy.QtCore import QTimer

from mfvis_engine.annotation.mask_patch import labels_in
from mfvis_engine.annotation.verbs import EditMask, NewTrack
from mfvis_engine.project import Done
from mfvis_napari import napari_private
from mfvis_napari.layers.colors import mask_colormap
from mfvis_napari.layers.mask_buffer import MaskBuffer, Painted
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session

QUIET_MS = 300
"""An edit that no stroke ends, such as one from a script, is handed in after so much quiet."""


class MaskLayer:
    """The layer "masks" of a session; label values are track ids.

    Painting a label that no track has makes the track, so that no edit is refused.

    Attributes:
        layer: napari's.
    """

    def __init__(self, viewer: Viewer, session: Session, messages: Messages) -> None:
        self._viewer, self._session, self._messages = viewer, session, messages
        project = session.project
        shape = (project.length, project.height, project.width)
        self._buffer = MaskBuffer(shape, session.read_masks, self._on_painted)
        self._is_handing_in = False
        self._quiet = QTimer(interval=QUIET_MS, singleShot=True)
        self._quiet.timeout.connect(messages.guarded(self._hand_in_when_stroke_is_over))
        self.layer: Labels = viewer.add_labels(
            self._buffer, name="masks", opacity=0.5, colormap=mask_colormap(), multiscale=False
        )
        self.layer.editable = not session.read_only
        self.layer.events.paint.connect(messages.guarded(self._on_stroke_end))
        self.layer.events.selected_label.connect(messages.guarded(self._on_label_picked))
        session.before_changes(self.hand_in)
        session.hold(self._held_frames)
        session.changed.connect(messages.guarded(self._on_changed))
        session.view.selection_changed.connect(messages.guarded(self._on_selection))
        self._on_selection()

    def begin_painting(self) -> None:
        """Makes the brush the selected track's tool."""
        self._viewer.layers.selection.active = self.layer
        self.layer.mode = "paint"

    def hand_in(self) -> None:
        """Does what was painted as verbs; what cannot be done stays painted, and is tried again.

        Raises:
            ProjectStorageError: The disk is full.
        """
        if self._is_handing_in:  # every verb asks for it first, those below too
            return
        self._is_handing_in = True
        self._quiet.stop()
        try:
            for painted in self._buffer.painted():
                self._make_tracks(painted)
                self._session.do(EditMask(painted.frame_index, painted.top, painted.left, painted.labels))
                self._buffer.settle(painted.frame_index)
        finally:
            self._is_handing_in = False
            napari_private.forget_strokes(self.layer)

    def refresh(self) -> None:
        """Draws the frame in view again, with what the project holds now."""
        napari_private.forget_strokes(self.layer)
        self.layer.refresh(extent=False, thumbnail=False)

    def close(self) -> None:
        """Lets go of the session."""
        self._quiet.stop()

    def _make_tracks(self, painted: Painted) -> None:
        known = set(self._session.annotations.track_ids)
        for track_id in labels_in(painted.labels):
            if track_id not in known:
                self._session.do(NewTrack(track_id, self._session.categories.current))

    def _on_painted(self) -> None:
        self._quiet.start()

    @property
    def _is_in_stroke(self) -> bool:
        return napari_private.is_in_stroke(self.layer)

    def _hand_in_when_stroke_is_over(self) -> None:
        if self._is_in_stroke:
            self._quiet.start()
        else:
            self.hand_in()

    def _on_stroke_end(self, event: Event) -> None:
        self.hand_in()

    def _held_frames(self) -> frozenset[int]:
        in_view = {self._session.view.frame_index} if self._is_in_stroke else set()
        return self._buffer.painted_frames | in_view

    def _on_changed(self, done: Done) -> None:
        self._buffer.forget(done.frames.tolist())
        if not self._is_handing_in and self._session.view.frame_index in done.frames:
            self.refresh()

    def _on_selection(self) -> None:
        track_id = self._session.view.track_id
        if track_id is None:
            if self.layer.mode != "pan_zoom":
                self.layer.mode = "pan_zoom"
        elif self.layer.selected_label != track_id:
            self.layer.selected_label = track_id

    def _on_label_picked(self, event: Event) -> None:
        label = int(self.layer.selected_label)
        if label in self._session.annotations.track_ids and self._session.view.track_id != label:
            self._session.view.select([label])
