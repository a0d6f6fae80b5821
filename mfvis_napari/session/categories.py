"""The categories to choose from, and the one that the next new track gets."""

from collections.abc import Callable

from psygnal import Signal

from mfvis_engine.annotation import Annotations
from mfvis_engine.annotation.tracks import parse_category

DEFAULT_CATEGORY = "object"


class Categories:
    """Categories in the order of their number keys: as they came up.

    Attributes:
        changed: Emitted without arguments when the current one changes.
    """

    changed = Signal()

    def __init__(self, annotations: Callable[[], Annotations], default: str = DEFAULT_CATEGORY) -> None:
        """Of a project's `annotations`; `default` is current until another is chosen."""
        self._annotations = annotations
        in_use = [track.category for track in annotations().tracks]
        self._names = list(dict.fromkeys(in_use)) or [default]
        self._current = self._names[0]

    @property
    def names(self) -> tuple[str, ...]:
        """All that are or were in use or chosen; each keeps its place, since the first nine have the keys 1 to 9."""
        in_use = (track.category for track in self._annotations().tracks)
        self._names = list(dict.fromkeys([*self._names, *in_use]))
        return tuple(self._names)

    @property
    def current(self) -> str:
        """What the next new track is."""
        return self._current

    @current.setter
    def current(self, category: str) -> None:
        """Chooses a category, new or not; raises InvalidCategoryError."""
        parse_category(category)
        if category not in self.names:
            self._names.append(category)
        if category != self._current:
            self._current = category
            self.changed.emit()
