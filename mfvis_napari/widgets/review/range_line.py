"""Approving the masks of the selected tracks in a range of frames."""

from psygnal import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSpinBox, QWidget


class RangeLine(QWidget):
    """A line to choose the first and the last frame on.

    Attributes:
        wanted: Emitted with the first and the last frame, when they are to be approved.
        first: From 0.
        last: Included.
        button: Approves.
    """

    wanted = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = QSpinBox(), QSpinBox()
        self.first.setObjectName("mfvis.review.first")
        self.last.setObjectName("mfvis.review.last")
        for box in (self.first, self.last):
            box.setFixedWidth(76)
            box.setKeyboardTracking(False)
        self.first.setToolTip("The first frame")
        self.last.setToolTip("The last frame, included")
        self.button = QPushButton("Verify")
        self.button.setObjectName("mfvis.review.verify_range")
        self.button.setToolTip(
            "Says that the masks of the selected tracks are right in all these frames, empty ones too"
        )
        self.button.clicked.connect(lambda: self.wanted.emit(self.first.value(), self.last.value()))
        self.about = QLabel()
        self.about.setMinimumWidth(1)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.button)
        line.addWidget(self.about, 1)
        line.addWidget(self.first)
        line.addWidget(QLabel("to"))
        line.addWidget(self.last)
        self.show_tracks(())

    def load(self, length: int) -> None:
        """Takes the frames of a video."""
        for box in (self.first, self.last):
            box.setMaximum(max(0, length - 1))

    def suggest(self, first_frame: int, last_frame: int) -> None:
        """Fills in a range; the person may change it."""
        self.first.setValue(first_frame)
        self.last.setValue(last_frame)

    def show_tracks(self, track_ids: tuple[int, ...]) -> None:
        """Says which tracks it is about; without any there is nothing to approve."""
        whole = f"track {track_ids[0]}" if len(track_ids) == 1 else f"{len(track_ids) or 'no'} tracks"
        self.about.setText(f"{whole}:")
        self.about.setToolTip("Tracks " + ", ".join(map(str, track_ids)) if track_ids else "Select tracks first")
