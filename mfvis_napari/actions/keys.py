"""The keys of the actions in one window, which a person may change."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from psygnal import Signal
from qtpy.QtCore import QObject, Qt
from qtpy.QtGui import QKeySequence, QShortcut  # type: ignore[attr-defined]  # qtpy gives it for every binding
from qtpy.QtWidgets import QWidget

from mfvis_napari.actions.action import Action, ActionRefusedError


class Keys(QObject):
    """Makes every action a shortcut of the window, wherever in it the focus is; text fields keep what is typed.

    Attributes:
        actions: By name, in the order of the catalogue.
        changed: Emitted without arguments when an action has got other keys.
    """

    changed = Signal()

    def __init__(
        self,
        window: QWidget,
        actions: tuple[Action, ...],
        run: Callable[[Action], None],
        own_keys: Mapping[str, tuple[str, ...]],
    ) -> None:
        """Of a window.

        Args:
            window: The napari window.
            actions: What can be done.
            run: Does an action.
            own_keys: Keys of the person's own, by an action's name; they take the place of the default ones.
        """
        super().__init__(window)
        self.actions: Mapping[str, Action] = {action.name: action for action in actions}
        self._run = run
        self._has_project = True
        self._given_back: frozenset[str] = frozenset()
        self._keys = {name: own_keys.get(name, action.keys) for name, action in self.actions.items()}
        self._shortcuts: dict[str, list[QShortcut]] = {}
        for name in self._keys:
            self._bind(name)

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of an action, as `QKeySequence` reads them."""
        return self._keys[name]

    def rebind(self, name: str, keys: tuple[str, ...]) -> None:
        """Gives an action other keys; none at all is possible.

        Raises:
            ActionRefusedError: A key is another action's, or no key.
        """
        wanted = tuple(QKeySequence(key).toString() for key in keys)
        for given, key in zip(keys, wanted, strict=True):
            if not key:
                raise ActionRefusedError(f"{given!r} is no key. Give one such as K, Shift+K or Ctrl+K.")
            for other, taken in self._keys.items():
                if other != name and key in (QKeySequence(one).toString() for one in taken):
                    raise ActionRefusedError(
                        f"{key} is the key of “{self.actions[other].title}” already. Give that another key first."
                    )
        self._keys[name] = wanted
        self._bind(name)
        self.changed.emit()

    def set_enabled(self, enabled: bool) -> None:
        """Takes the keys of actions that need an open project, or gives them back to napari."""
        self._has_project = enabled
        self._enable()

    def give_back(self, names: Iterable[str]) -> None:
        """Leaves the keys of these actions to napari, and takes those that were left to it before."""
        self._given_back = frozenset(names)
        self._enable()

    def _bind(self, name: str) -> None:
        for shortcut in self._shortcuts.get(name, []):
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts[name] = [self._shortcut(key, self.actions[name]) for key in self._keys[name]]

    def _enable(self) -> None:
        for name, shortcuts in self._shortcuts.items():
            for shortcut in shortcuts:
                shortcut.setEnabled(self._is_ours(name))

    def _is_ours(self, name: str) -> bool:
        return (self._has_project or not self.actions[name].needs_project) and name not in self._given_back

    def _shortcut(self, key: str, action: Action) -> QShortcut:
        shortcut = QShortcut(QKeySequence(key), self.parent())
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.setEnabled(self._is_ours(action.name))
        run = partial(self._run, action)
        shortcut.activated.connect(run)
        shortcut.activatedAmbiguously.connect(run)  # where napari has a menu entry with that key
        return shortcut
