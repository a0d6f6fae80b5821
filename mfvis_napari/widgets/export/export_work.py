"""The writing of an export, which can be cancelled between two frames."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.actions.export import ExportOptions, ExportReport, export_project
from mfvis_engine.errors import MfvisError
from mfvis_engine.formats.registry import FileFormat
from mfvis_engine.project import Project
from mfvis_engine.video import VideoSource

_TELL_S = 0.1

OnFrame = Callable[[str, int], None]


class ExportCancelledError(MfvisError):
    """A person wanted it no more; the message says what is written all the same."""


@dataclass(frozen=True)
class ExportPlan:
    """What to write.

    Attributes:
        project_path: Of which project.
        target: The file or folder.
        file_format: In which format.
        options: How.
    """

    project_path: Path
    target: Path
    file_format: FileFormat
    options: ExportOptions


class ExportWork:
    """Carries a plan out; for a thread, with a read-only project of its own."""

    def __init__(self, plan: ExportPlan, on_progress: Callable[[str], None]) -> None:
        """`on_progress` is called on the thread, ten times a second at most, with what is being done."""
        self.plan = plan
        self._on_progress = on_progress
        self._cancelled = threading.Event()
        self._told_s, self._length = 0.0, 0

    @property
    def is_cancelled(self) -> bool:
        """Whether it was told to stop, be it too late."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Stops before the next frame is read; once all are read, what was written is still checked and kept."""
        self._cancelled.set()

    def run(self) -> ExportReport:
        """Writes, and reads back.

        Raises:
            ExportCancelledError: It was cancelled in time.
            MfvisError: As `export_project`.
        """
        plan = self.plan
        with _WatchedProject.open(plan.project_path, read_only=True) as project:
            project.on_frame = self._on_frame
            self._length = project.length
            return export_project(project, plan.target, plan.file_format, plan.options)

    def _on_frame(self, what: str, frame_index: int) -> None:
        if self._cancelled.is_set():
            written = f"{self.plan.target.name} is written and stays" if what == _PICTURES else "nothing was written"
            raise ExportCancelledError(f"The export was cancelled: {written}.")
        if time.monotonic() - self._told_s > _TELL_S:
            self._told_s = time.monotonic()
            self._on_progress(f"{what}: frame {frame_index} of {self._length}")


_MASKS, _PICTURES = "Writing masks", "Writing pictures"


class _WatchedProject(Project):
    """A project that says so whenever a frame is wanted of it."""

    on_frame: OnFrame = staticmethod(lambda what, frame_index: None)

    def read_masks(self, frame_index: int) -> NDArray[np.uint16]:
        self.on_frame(_MASKS, frame_index)
        return super().read_masks(frame_index)

    def video(self) -> VideoSource:
        return _WatchedVideo(super().video(), self.on_frame)


class _WatchedVideo:
    """A video that says so whenever a frame is wanted of it (a `VideoSource`)."""

    def __init__(self, video: VideoSource, on_frame: OnFrame) -> None:
        self._video, self._on_frame = video, on_frame
        self.length, self.height, self.width = video.length, video.height, video.width
        self.frame_rate = video.frame_rate

    def frame(self, frame_index: int) -> NDArray[np.uint8]:
        self._on_frame(_PICTURES, frame_index)
        return self._video.frame(frame_index)

    def frames(self, start: int, stop: int) -> NDArray[np.uint8]:
        self._on_frame(_PICTURES, start)
        return self._video.frames(start, stop)

    def close(self) -> None:
        self._video.close()
