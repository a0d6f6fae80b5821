"""What the window remembers from one day to the next, on this machine and for this person."""

import json
from pathlib import Path

from qtpy.QtCore import QSettings

MAX_RECENT = 12


class Memory:
    """Kept at once, where the system keeps the settings of programs; windows share it.

    What cannot be read is as if it had never been kept.
    """

    def __init__(self) -> None:
        self._settings = QSettings(QSettings.defaultFormat(), QSettings.Scope.UserScope, "mfvis", "mfvis-napari")

    @property
    def recent_projects(self) -> tuple[Path, ...]:
        """Projects that were open, the last one first, whether they are still there or not."""
        return tuple(map(Path, self._texts("recent_projects")))

    def remember_project(self, path: Path) -> None:
        """Puts a project first."""
        others = [known for known in self.recent_projects if known != path.absolute()]
        self._keep_recent([path.absolute(), *others][:MAX_RECENT])

    def forget_project(self, path: Path) -> None:
        """Takes a project off the list; the project itself stays as it is."""
        self._keep_recent([known for known in self.recent_projects if known != path.absolute()])

    @property
    def last_folder(self) -> Path | None:
        """Where a person chose something last; None where nobody has, or it is gone."""
        kept = self._read("last_folder")
        return Path(kept) if isinstance(kept, str) and Path(kept).is_dir() else None

    @last_folder.setter
    def last_folder(self, folder: Path) -> None:
        """Keeps a folder."""
        self._write("last_folder", str(folder.absolute()))

    @property
    def uses_my_model(self) -> bool:
        """Whether the model for many videos was chosen for training, in the place of that for the open video."""
        return self._read("uses_my_model") is True

    @uses_my_model.setter
    def uses_my_model(self, value: bool) -> None:
        """Keeps it."""
        self._write("uses_my_model", value)

    @property
    def model(self) -> Path | None:
        """The folder of the model for many videos, or a released file, there or not; None where none was chosen."""
        kept = self._read("model")
        return Path(kept) if isinstance(kept, str) else None

    @model.setter
    def model(self, path: Path) -> None:
        """Keeps a folder or file."""
        self._write("model", str(path.absolute()))

    @property
    def released_classes(self) -> str | None:
        """The classes of a released file, as they were typed; None where nobody has named any."""
        kept = self._read("released_classes")
        return kept if isinstance(kept, str) else None

    @released_classes.setter
    def released_classes(self, text: str) -> None:
        """Keeps them."""
        self._write("released_classes", text)

    @property
    def min_score(self) -> float | None:
        """How sure of a new object a model must be, 0 to 1; None where nobody has said so."""
        kept = self._read("min_score")
        return float(kept) if isinstance(kept, int | float) and 0 <= kept <= 1 else None

    @min_score.setter
    def min_score(self, score: float) -> None:
        """Keeps it."""
        self._write("min_score", score)

    @property
    def model_projects(self) -> tuple[Path, ...]:
        """The projects that this model learns from, whether they are still there or not."""
        return tuple(map(Path, self._texts("model_projects")))

    @model_projects.setter
    def model_projects(self, paths: tuple[Path, ...]) -> None:
        """Keeps projects in the place of those kept before."""
        self._write("model_projects", [str(path.absolute()) for path in paths])

    @property
    def own_keys(self) -> dict[str, tuple[str, ...]]:
        """The keys that a person gave actions, by the action's name."""
        kept = self._read("own_keys")
        if not isinstance(kept, dict):
            return {}
        return {name: tuple(map(str, keys)) for name, keys in kept.items() if isinstance(keys, list)}

    @own_keys.setter
    def own_keys(self, keys: dict[str, tuple[str, ...]]) -> None:
        """Keeps keys in the place of those kept before; an action that is not named has its default keys."""
        self._write("own_keys", keys)

    def is_folded(self, section: str) -> bool:
        """Whether a section of the dock widget, by its title, is folded."""
        return section in self._texts("folded")

    def set_folded(self, section: str, *, folded: bool) -> None:
        """Keeps whether a section is folded."""
        others = [title for title in self._texts("folded") if title != section]
        self._write("folded", [*others, section] if folded else others)

    def _keep_recent(self, paths: list[Path]) -> None:
        self._write("recent_projects", [str(path) for path in paths])

    def _texts(self, name: str) -> list[str]:
        kept = self._read(name)
        return [text for text in kept if isinstance(text, str)] if isinstance(kept, list) else []

    def _read(self, name: str) -> object:
        """JSON, since Qt's own lists come back otherwise from one binding and system to another."""
        self._settings.sync()
        text = self._settings.value(name, "")
        try:
            return json.loads(str(text))
        except ValueError:
            return None

    def _write(self, name: str, value: object) -> None:
        self._settings.setValue(name, json.dumps(value))
        self._settings.sync()
