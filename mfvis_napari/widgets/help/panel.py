"""The window with all keys."""

from qtpy.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from mfvis_napari.actions.keys import Keys
from mfvis_napari.messages import Messages
from mfvis_napari.widgets.help.key_editor import KeyEditor, KeyMemory
from mfvis_napari.widgets.help.key_list import KeyList


class HelpPanel(QDialog):
    """All actions with their keys, searchable; each can be given another key.

    A window of its own beside the annotator's, so that keys pressed here do nothing there.

    Attributes:
        search: Narrows the list down.
        list: The actions.
        editor: Gives the chosen one another key.
    """

    def __init__(self, keys: Keys, memory: KeyMemory, messages: Messages, parent: QWidget | None = None) -> None:
        """Of a window's keys.

        Args:
            keys: The keys.
            memory: Where the person's own ones are kept.
            messages: Where faults are told.
            parent: The window.
        """
        super().__init__(parent)
        self.setObjectName("mfvis.help")
        self.setWindowTitle("Mask-free VIS: keys")
        self.resize(560, 720)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search: what to do, or a key")
        self.search.setClearButtonEnabled(True)
        self.list = KeyList(keys)
        self.editor = KeyEditor(keys, memory, messages)
        column = QVBoxLayout(self)
        for widget in (self.search, self.list, self.editor):
            column.addWidget(widget)
        self.search.textChanged.connect(messages.guarded(self.list.want))
        self.list.currentItemChanged.connect(messages.guarded(self._on_line))
        keys.changed.connect(messages.guarded(self.list.refresh))

    def show_help(self) -> None:
        """Opens the window, or brings it to the front."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.search.setFocus()
        self.search.selectAll()

    def _on_line(self, *_: object) -> None:
        self.editor.edit(self.list.action_name)
