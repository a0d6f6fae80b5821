"""Masks for plain labels layers, read when they are looked at. What is painted there stays in memory, in no project."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import MAX_TRACK_ID
from mfvis_engine.formats.coco_vis import CocoVisDataset, CocoVisTrack, CocoVisVideo
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.label_runs import label_mask
from mfvis_engine.project import Project
from mfvis_napari.layers.mask_buffer import MaskBuffer, ReadFrame


def project_masks(project: Project) -> MaskBuffer:
    """The masks of a project, which may be closed meanwhile."""
    path = project.path

    def read(frame_index: int) -> NDArray[np.uint16]:
        with Project.open(path, read_only=True) as opened:  # on whatever thread napari asks
            return opened.read_masks(frame_index)

    return _buffer((project.length, project.height, project.width), read)


def coco_vis_masks(dataset: CocoVisDataset, video: CocoVisVideo) -> MaskBuffer:
    """The masks of one video of a dataset; label values are track ids, and where two overlap, the later lies on top.

    Raises:
        FormatError: A track id is no label that a mask can hold.
    """
    tracks = [track for track in dataset.tracks if track.video_id == video.video_id]
    _check_ids(tracks)

    def read(frame_index: int) -> NDArray[np.uint16]:
        found = ((track.track_id, track.frames[frame_index].mask) for track in tracks)
        return label_mask(((label, mask) for label, mask in found if mask), video.height, video.width)

    return _buffer((video.length, video.height, video.width), read)


def _buffer(shape: tuple[int, int, int], read: ReadFrame) -> MaskBuffer:
    return MaskBuffer(shape, read, lambda: None)


def _check_ids(tracks: Sequence[CocoVisTrack]) -> None:
    wrong = [track.track_id for track in tracks if not 1 <= track.track_id <= MAX_TRACK_ID]
    if wrong:
        raise FormatError(f"track id {wrong[0]} is no label: they are 1 to {MAX_TRACK_ID}. Renumber the tracks.")
