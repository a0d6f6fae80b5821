"""What is answered where a dialog asks for a path: all that a person would choose there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mfvis_napari.widgets.project.dialogs import LostVideo, Overlap


class Answers:
    """Chooses one video, and a place for its project in one folder; cancels everything else."""

    def __init__(self, video: Path, place: Path) -> None:
        self._video, self._place = video, place

    def video(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return self._video

    def video_folder(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return self._video

    def project(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return None

    def project_place(self, suggested: Path, why: str) -> Path | None:
        """See `Dialogs`."""
        return self._place / suggested.name

    def lost_video(self, lost: LostVideo, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return None

    def sample_folder(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return self._place

    def annotations(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return None

    def mask_folder(self, folder: Path) -> Path | None:
        """See `Dialogs`."""
        return None

    def overlap(self, problem: str) -> Overlap | None:
        """See `Dialogs`."""
        return None

    def video_name(self, problem: str) -> str | None:
        """See `Dialogs`."""
        return None

    def backup_place(self, suggested: Path) -> Path | None:
        """See `Dialogs`."""
        return None

    @contextmanager
    def busy(self) -> Iterator[None]:
        """See `Dialogs`."""
        yield
