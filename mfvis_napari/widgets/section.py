"""What all sections of the dock widget have."""

from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget
from superqt import QCollapsible

from mfvis_napari.memory import Memory
from mfvis_napari.session import Session
from mfvis_napari.workspace import Workspace

_NO_LIMIT_PX = 2**24 - 1
"""Qt's own word for it."""


class Section(QWidget):
    """A part of the dock widget that shows the open project; disabled while none is open.

    Subclasses fill `self.box` and override `bind`.

    Attributes:
        title: Over the section.
        box: The layout to put things into.
    """

    title = ""
    needs_project = True

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(4, 2, 4, 4)
        self.box.setSpacing(4)
        self._on_session = workspace.messages.guarded(self._bind)
        workspace.session_changed.connect(self._on_session)

    def bind(self, session: Session | None) -> None:
        """Shows another project, or none. Signals of the session are connected here; it is dropped when it closes."""

    def folded(self, memory: Memory) -> QCollapsible:
        """The section under a title that folds it, as it was left the last time."""
        collapsible = QCollapsible(self.title)
        collapsible.setObjectName(f"mfvis.section.{self.title}")
        collapsible.setContent(self)
        if not memory.is_folded(self.title):
            collapsible.expand(animate=False)
        collapsible.toggled.connect(lambda is_open: memory.set_folded(self.title, folded=not is_open))
        return collapsible

    def event(self, event: QEvent) -> bool:
        """Lets the section grow: `QCollapsible` leaves it the height that it had when it was unfolded."""
        if event.type() == QEvent.Type.LayoutRequest and self.maximumHeight() > 0:
            self.setMaximumHeight(_NO_LIMIT_PX)
        return super().event(event)

    def _bind(self) -> None:
        session = self.workspace.session
        if self.needs_project:
            self.setEnabled(session is not None)
        self.bind(session)
