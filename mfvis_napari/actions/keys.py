"""The keys of the actions in one window, which a person may change."""

from collections.abc import Callable, Mapping
from functools import partial

from qtpy.QtCore import QObject, Qt
from qtpy.QtGui import QKeySequence, QShortcut  # type: ignore[attr-defined]  # qtpy gives it for every binding
from qtpy.QtWidgets import QWidget

from mfvis_napari.actions.action import Action, ActionRefusedError


class Keys(QObject):
    """Makes every action a shortcut of the window, wherever in it the focus is; text fields keep what is typed."""

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
        self._actions = {action.name: action for action in actions}
        self._run = run
        self._keys = {name: own_keys.get(name, action.keys) for name, action in self._actions.items()}
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
                        f"{key} is the key of “{self._actions[other].title}” already. Give that another key first."
                    )
        self._keys[name] = wanted
        self._bind(name)

    def set_enabled(self, enabled: bool) -> None:
        """Gives all keys back to napari, or takes them."""
        for shortcuts in self._shortcuts.values():
            for shortcut in shortcuts:
                shortcut.setEnabled(enabled)

    def _bind(self, name: str) -> None:
        for shortcut in self._shortcuts.get(name, []):
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts[name] = [self._shortcut(key, self._actions[name]) for key in self._keys[name]]

    def _shortcut(self, key: str, action: Action) -> QShortcut:
        shortcut = QShortcut(QKeySequence(key), self.parent())
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        run = partial(self._run, action)
        shortcut.activated.connect(run)
        shortcut.activatedAmbiguously.connect(run)  # where napari has a menu entry with that key
        return shortcut
