"""The menu of recent projects."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from qtpy.QtWidgets import QMenu, QWidget

from mfvis_napari.memory import Memory
from mfvis_napari.widgets.project.places import is_project


class RecentMenu(QMenu):
    """Projects that were open, the last one first. Those that are gone are grey, and can be taken off."""

    def __init__(self, parent: QWidget, memory: Memory, on_chosen: Callable[[Path], object]) -> None:
        """Calls `on_chosen` with a project's path."""
        super().__init__(parent)
        self._memory, self._on_chosen = memory, on_chosen
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Looks again which projects there are."""
        self.clear()
        known = self._memory.recent_projects
        present = {path for path in known if is_project(path)}
        for path in known:
            self._add(path, is_there=path in present)
        if not known:
            self.addAction("No project was open yet").setEnabled(False)
            return
        gone = [path for path in known if path not in present]
        self.addSeparator()
        if gone:
            self.addAction("Take those that are gone off the list").triggered.connect(partial(self._forget, gone))
        self.addAction("Empty the list").triggered.connect(partial(self._forget, known))

    def _add(self, path: Path, *, is_there: bool) -> None:
        where = f"{path.parent}" if is_there else f"gone from {path.parent}"
        action = self.addAction(f"{path.stem}  \N{EN DASH}  {_shortened(where)}".replace("&", "&&"))
        action.setToolTip(str(path))
        action.setEnabled(is_there)
        action.triggered.connect(partial(self._choose, path))

    def _choose(self, path: Path, *_: object) -> None:
        self._on_chosen(path)

    def _forget(self, paths: Sequence[Path], *_: object) -> None:
        for path in paths:
            self._memory.forget_project(path)


def _shortened(text: str, length: int = 48) -> str:
    """Its two ends, where it is too long for a menu."""
    half = length // 2
    return text if len(text) <= length else f"{text[:half]}\N{HORIZONTAL ELLIPSIS}{text[-half:]}"
