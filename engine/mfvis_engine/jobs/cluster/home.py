"""The private folder of an engine: one that goes with it, or after it, or one whose kept files stay."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.files.layout import ENGINE_ID_FILE, OF_ONE_RUN
from mfvis_engine.project.errors import ProjectError
from mfvis_engine.project.lock import LOCK, OWNER, ProjectLock

_PREFIX = "mfvis-engine-"


class Home:
    """A temporary folder that only this user can read.

    Attributes:
        folder: It.
    """

    def __init__(self) -> None:
        """Makes it, and removes those of engines that were killed.

        Raises:
            OSError: The disk refuses it.
        """
        _remove_abandoned()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = ProjectLock(self.folder)

    def close(self) -> None:
        """Removes it with all that is in it; may be called again."""
        self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)


class KeptFolder:
    """A folder of an engine whose weights and videos stay when it ends; one engine at a time uses it.

    Attributes:
        folder: It, for its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        """Makes it where it is missing, and removes what an engine that was killed left of its run.

        Raises:
            EngineError: Something else is in it, or another engine uses it.
            OSError: The disk refuses it.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not {path.name for path in folder.iterdir()} <= {LOCK, OWNER} and not (folder / ENGINE_ID_FILE).exists():
            raise EngineError(f"{folder} holds files that are not of an engine. Give a new or an empty folder.")
        folder.chmod(0o700)
        try:
            self._lock = ProjectLock(folder)
        except ProjectError as error:
            raise EngineError(f"Another engine uses {folder}, or it cannot be written: {error}") from error
        (folder / ENGINE_ID_FILE).touch()  # from now on it is known for an engine's, whenever this is killed
        self.folder = folder
        self._clear()

    def close(self) -> None:
        """Removes what was of one run alone; may be called again."""
        self._clear()
        self._lock.release()

    def _clear(self) -> None:
        for name in OF_ONE_RUN:
            shutil.rmtree(self.folder / name, ignore_errors=True)


def _remove_abandoned() -> None:
    """Removes the homes that nobody has locked; those of other users refuse."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(ProjectError, OSError):
            if (folder / ".lock").exists():  # else it is being made just now
                ProjectLock(folder).release()
                shutil.rmtree(folder, ignore_errors=True)
