"""The masks of one frame on their way: run-length codes, one a track."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from mfvis_engine.formats.rle import Rle


class FrameProposals(msgspec.Struct, frozen=True, kw_only=True):
    """Masks of one frame; they do not overlap.

    Attributes:
        frame_index: From 0.
        height: Of the frame, in pixels.
        width: Of the frame, in pixels.
        track_ids: N tracks, ascending; those without a pixel in this frame too.
        codes: N compressed COCO run-length codes.
        scores: N scores, 0 where a mask is empty.
    """

    frame_index: int
    height: int
    width: int
    track_ids: tuple[int, ...]
    codes: tuple[bytes, ...]
    scores: tuple[float, ...]

    @classmethod
    def of(
        cls, frame_index: int, labels: NDArray[np.uint16], track_ids: NDArray[np.int64], scores: NDArray[np.float32]
    ) -> "FrameProposals":
        """The masks of a label picture.

        Args:
            frame_index: From 0.
            labels: (H, W) of track ids, 0 for background.
            track_ids: (N,) ascending.
            scores: (N,) in their order.
        """
        height, width = labels.shape
        return cls(
            frame_index=frame_index,
            height=height,
            width=width,
            track_ids=tuple(track_ids.tolist()),
            codes=tuple(Rle.encode(labels == track_id).counts for track_id in track_ids),
            scores=tuple(scores.tolist()),
        )

    def labels(self) -> NDArray[np.uint16]:
        """(H, W) of track ids, 0 for background.

        Raises:
            RleError: A code is damaged or of another size.
        """
        labels = np.zeros((self.height, self.width), np.uint16)
        for track_id, code in zip(self.track_ids, self.codes, strict=True):
            labels[Rle.from_compressed(self.height, self.width, code).decode()] = track_id
        return labels
