"""The chunks of `masks` as they lie on the disk, one a frame; what they must hold is for `masks` to say."""

from pathlib import Path

import numpy as np

from mfvis_engine.annotation.mask_patch import Labels
from mfvis_engine.project.arrays import ZarrArray
from mfvis_engine.project.errors import ProjectDamagedError, ProjectStorageError
from mfvis_engine.project.files import remove_partials


class MaskChunks:
    """Reads and writes whole frames.

    Attributes:
        length: Number of frames.
        height: Of a frame, in pixels.
        width: Of a frame, in pixels.
    """

    def __init__(self, array: ZarrArray, project_folder: Path) -> None:
        """Of the array `masks` (T, H, W) uint16, one frame a chunk."""
        self._array = array
        self._folder = project_folder
        self.length, self.height, self.width = array.shape

    @property
    def shape(self) -> tuple[int, int, int]:
        """(T, H, W)."""
        return self.length, self.height, self.width

    def file(self, frame_index: int) -> Path:
        """Where a frame lies; frames of background alone have no file."""
        return self._folder / "masks" / "c" / str(frame_index) / "0" / "0"

    def read(self, frame_index: int) -> Labels:
        """A frame (H, W).

        Raises:
            ProjectDamagedError: Its file is cut off, or a bit of it has changed.
        """
        try:
            return np.asarray(self._array[frame_index], np.uint16)
        except (RuntimeError, ValueError, OSError, MemoryError) as error:
            raise ProjectDamagedError(
                f"The masks of frame {frame_index} in {self.file(frame_index)} cannot be read ({error});"
                " all other frames are usable. What to do says: mfvis check"
            ) from error

    def write(self, frame_index: int, labels: Labels) -> None:
        """Puts a frame (H, W) in the place of the old one; whole, or not at all.

        What an earlier writing left that was killed is removed.

        Raises:
            ProjectStorageError: The disk is full or refuses; the old frame is there.
        """
        try:
            remove_partials(self.file(frame_index))
            self._array[frame_index] = labels
        except OSError as error:
            raise ProjectStorageError(
                f"The masks of frame {frame_index} could not be written to {self.file(frame_index)} ({error}). Free"
                f" some space on the disk of {self._folder}. Nothing is lost: the change is recorded, and is finished"
                " before the next change or when the project is opened again."
            ) from error
