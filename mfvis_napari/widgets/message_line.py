"""One line for what is said to the person; a dialog where the program itself failed."""

import traceback

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QHBoxLayout, QLabel, QMessageBox, QToolButton, QWidget

from mfvis_napari.messages import Kind, Message, Messages

SAID_FOR_MS = 6000
"""Good news goes by itself; a refusal stays until it is closed or something else is said."""

_COLORS = {Kind.SAID: "#2e7d4f", Kind.REFUSED: "#a2620b", Kind.FAILED: "#a5302f"}


class MessageLine(QWidget):
    """Shows the last message."""

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self.label = QLabel(wordWrap=True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        close = QToolButton()
        close.setText("\N{MULTIPLICATION SIGN}")
        close.setAutoRaise(True)
        close.clicked.connect(self.hide)
        line = QHBoxLayout(self)
        line.setContentsMargins(6, 2, 2, 2)
        line.addWidget(self.label, 1)
        line.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._timer = QTimer(self, singleShot=True, interval=SAID_FOR_MS)
        self._timer.timeout.connect(self.hide)
        messages.said.connect(self._show)
        self.hide()

    def _show(self, message: Message) -> None:
        self.label.setText(message.text)
        self.setStyleSheet(f"MessageLine {{ background: {_COLORS[message.kind]}; border-radius: 3px; }}")
        self.show()
        if message.kind is Kind.SAID:
            self._timer.start()
        else:
            self._timer.stop()
        if message.kind is Kind.FAILED:
            self._show_dialog(message)

    def _show_dialog(self, message: Message) -> None:
        dialog = QMessageBox(self)
        dialog.setObjectName("mfvis.fault")
        dialog.setIcon(QMessageBox.Icon.Critical)
        dialog.setWindowTitle("Mask-free VIS: a fault of the program")
        dialog.setText("Something went wrong in the program. What you did so far is saved.")
        dialog.setInformativeText(message.text)
        if message.error is not None:
            dialog.setDetailedText("".join(traceback.format_exception(message.error)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setModal(False)
        dialog.show()
