"""The private folder of an engine, which goes with it, or after it."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from mfvis_engine.project.errors import ProjectError
from mfvis_engine.project.lock import ProjectLock

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


def _remove_abandoned() -> None:
    """Removes the homes that nobody has locked; those of other users refuse."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(ProjectError, OSError):
            if (folder / ".lock").exists():  # else it is being made just now
                ProjectLock(folder).release()
                shutil.rmtree(folder, ignore_errors=True)
