"""The masks as the log says they must be."""

from mfvis_engine.annotation.mask_patch import Labels, frame_crc
from mfvis_engine.project.database import Database
from mfvis_engine.project.errors import ProjectDamagedError
from mfvis_engine.project.mask_chunks import MaskChunks

_ATTEMPTS = 3
"""The log leads on from what a chunk held when it was read, unless that was undone, and then something else done."""


class Masks:
    """Frames of masks, each checked against the CRC that the database holds of it.

    Pixels are written after the change that makes them is in the database. A frame that has not come so far (the
    process was killed, the disk full, the power cut) is brought forward by the very patches of the log that lead from
    what it holds to what it must hold. So the same few lines do a change, undo it, and repair what was interrupted.
    """

    def __init__(self, chunks: MaskChunks, database: Database) -> None:
        self._chunks = chunks
        self._database = database

    def read(self, frame_index: int) -> Labels:
        """A frame (H, W), as of the last change, whether its chunk has come so far or not.

        Raises:
            ProjectDamagedError: The chunk cannot be read, or holds something that was never there.
        """
        return self._brought_forward(frame_index)[0]

    def settle(self, frame_index: int) -> bool:
        """Writes a frame if its chunk does not hold what it must; says whether that was so.

        Raises:
            ProjectDamagedError: As in `read`; the chunk is left alone.
            ProjectStorageError: The disk is full or refuses.
        """
        labels, was_behind = self._brought_forward(frame_index)
        if was_behind:
            self._chunks.write(frame_index, labels)
        return was_behind

    def _brought_forward(self, frame_index: int) -> tuple[Labels, bool]:
        for _ in range(_ATTEMPTS):
            labels = self._chunks.read(frame_index)
            found = frame_crc(labels)
            with self._database.one_state():
                wanted = self._database.frame_crc(frame_index)
                if found == wanted:
                    return labels, False
                for patch in self._database.patches_between(frame_index, found, wanted):
                    labels = patch.applied(labels)
            if frame_crc(labels) == wanted:
                return labels, True
        raise ProjectDamagedError(
            f"The masks of frame {frame_index} in {self._chunks.file(frame_index)} are not those that were written:"
            f" their CRC-32 is {found}, and {wanted} was recorded; all other frames are usable. What to do says:"
            " mfvis check"
        )
