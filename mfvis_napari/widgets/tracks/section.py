"""The section "Tracks" of the dock widget."""

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QLineEdit

from mfvis_engine.annotation.verbs import RenameCategory
from mfvis_engine.project import Done
from mfvis_napari.actions.action import Action, open_session
from mfvis_napari.actions.tracks import choose_category
from mfvis_napari.session import Session
from mfvis_napari.widgets.section import Section
from mfvis_napari.widgets.tracks.action_buttons import ActionButtons, KeysOf
from mfvis_napari.widgets.tracks.category_line import CategoryLine
from mfvis_napari.widgets.tracks.row import track_row
from mfvis_napari.widgets.tracks.table import TrackTable
from mfvis_napari.workspace import Workspace


class TracksSection(Section):
    """All tracks, what they are, and what can be done to the selected ones.

    Attributes:
        table: A row a track.
        filter_line: Narrows the table down.
        category_line: What the selected tracks are.
        buttons: What can be done.
    """

    title = "Tracks"

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        guarded = workspace.messages.guarded
        self.filter_line = QLineEdit()
        self.filter_line.setPlaceholderText("Filter: id, category, unverified, no masks")
        self.filter_line.setClearButtonEnabled(True)
        self.table = TrackTable(workspace.messages, guarded(self._rename), guarded(self._go_to_begin))
        self.filter_line.textChanged.connect(guarded(self.table.want))
        self.category_line = CategoryLine(guarded(self._choose_category))
        self.buttons = ActionButtons(self._run)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(guarded(self._show_menu))
        for widget in (self.filter_line, self.table, self.category_line, self.buttons):
            self.box.addWidget(widget)
        self._bind()

    def bind(self, session: Session | None) -> None:
        """See `Section`."""
        self.filter_line.clear()
        self.table.show_session(session)
        self.category_line.show_session(session)
        self.buttons.show_session(session)
        if session is None:
            return
        guarded = self.workspace.messages.guarded
        session.changed.connect(guarded(self._on_changed))
        session.categories.changed.connect(guarded(self.category_line.refresh))
        session.view.selection_changed.connect(guarded(self._on_selection))
        session.view.frame_changed.connect(guarded(self._on_frame))

    def show_keys(self, keys_of: KeysOf) -> None:
        """Names the keys of actions, by an action's name, in the place of the default ones."""
        self.buttons.show_keys(keys_of)

    def _on_changed(self, done: Done) -> None:
        self.table.follow(done)
        self.category_line.refresh()
        self.buttons.refresh()

    def _on_selection(self) -> None:
        self.table.follow_selection()
        self.buttons.refresh()

    def _on_frame(self, frame_index: int) -> None:
        self.table.follow_frame()
        self.buttons.refresh()

    def _run(self, action: Action) -> None:
        self.workspace.messages.guarded(action.run)(self.workspace)

    def _rename(self, track_id: int, category: str) -> None:
        open_session(self.workspace).do(RenameCategory(track_id, category))

    def _choose_category(self, category: str) -> None:
        choose_category(self.workspace, category)

    def _go_to_begin(self, track_id: int) -> None:
        session = open_session(self.workspace)
        row = track_row(session.annotations.track(track_id), session.masks.codes(track_id))
        if row.first_frame is not None:
            session.view.frame_index = row.first_frame

    def _show_menu(self, position: QPoint) -> None:
        menu = self.buttons.menu()
        menu.addSeparator()
        edit = menu.addAction("Change the category\tF2")
        edit.setEnabled(self.table.currentIndex().isValid() and not open_session(self.workspace).read_only)
        edit.triggered.connect(lambda *_: self.table.edit_category())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        viewport = self.table.viewport()
        menu.popup((viewport or self.table).mapToGlobal(position))
