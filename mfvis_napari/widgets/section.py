"""What all sections of the dock widget have."""

from qtpy.QtWidgets import QVBoxLayout, QWidget
from superqt import QCollapsible

from mfvis_napari.session import Session
from mfvis_napari.workspace import Workspace


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

    def folded(self) -> QCollapsible:
        """The section under a title that folds it."""
        collapsible = QCollapsible(self.title)
        collapsible.setObjectName(f"mfvis.section.{self.title}")
        collapsible.setContent(self)
        collapsible.expand(animate=False)
        return collapsible

    def _bind(self) -> None:
        session = self.workspace.session
        if self.needs_project:
            self.setEnabled(session is not None)
        self.bind(session)
