"""Every action with its keys, by group, and what the mouse does."""

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from mfvis_napari.actions.action import Action
from mfvis_napari.actions.keys import Keys
from mfvis_napari.widgets.help.mouse_hints import MOUSE_HINTS

_NAME_ROLE = Qt.ItemDataRole.UserRole
_MOUSE = "With the mouse"


class KeyList(QTreeWidget):
    """A heading a group, a line an action."""

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self._keys = keys
        self.setColumnCount(2)
        self.setHeaderLabels(["To do this", "press"])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        header = self.header()
        if header is not None:
            header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        groups: dict[str, QTreeWidgetItem] = {}
        self._lines: dict[str, QTreeWidgetItem] = {}
        for action in keys.actions.values():
            group = groups.get(action.group) or groups.setdefault(action.group, self._heading(action.group))
            self._lines[action.name] = self._line(group, action)
        mouse = self._heading(_MOUSE)
        for what, how in MOUSE_HINTS:
            QTreeWidgetItem(mouse, [what, how])
        self.expandAll()
        self.refresh()

    @property
    def action_name(self) -> str | None:
        """The name of the action whose line is current; None where that is no action's."""
        item = self.currentItem()
        name = None if item is None else item.data(0, _NAME_ROLE)
        return None if name is None else str(name)

    def select(self, name: str) -> None:
        """Makes the line of an action the current one."""
        self.setCurrentItem(self._lines[name])

    def refresh(self) -> None:
        """Shows the keys as they are now."""
        for name, line in self._lines.items():
            line.setText(1, key_texts(self._keys.keys(name)) or "no key")

    def want(self, text: str) -> None:
        """Shows only lines that hold every word of a text, in what they do, the keys or the heading."""
        words = text.casefold().split()
        for position in range(self.topLevelItemCount()):
            group = self.topLevelItem(position)
            if group is None:
                continue
            shown = [_show(group.child(row), group.text(0), words) for row in range(group.childCount())]
            group.setHidden(not any(shown))

    def _heading(self, title: str) -> QTreeWidgetItem:
        heading = QTreeWidgetItem(self, [title])
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        heading.setFirstColumnSpanned(True)
        font = heading.font(0)
        font.setBold(True)
        heading.setFont(0, font)
        return heading

    def _line(self, group: QTreeWidgetItem, action: Action) -> QTreeWidgetItem:
        line = QTreeWidgetItem(group, [action.title, ""])
        line.setData(0, _NAME_ROLE, action.name)
        if action.says:
            line.setToolTip(0, action.says)
        return line


def key_texts(keys: tuple[str, ...]) -> str:
    """Keys as they are written on this machine's keyboard."""
    return " or ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


def _show(line: QTreeWidgetItem | None, heading: str, words: list[str]) -> bool:
    if line is None:
        return False
    text = f"{heading} {line.text(0)} {line.text(1)}".casefold()
    shown = all(word in text for word in words)
    line.setHidden(not shown)
    return shown
