"""The masks of a project on their way out, frame by frame."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.actions.errors import NoMasksError
from mfvis_engine.actions.mask_kind import MaskKind
from mfvis_engine.annotation import MaskState
from mfvis_engine.annotation.mask_patch import label_table, labels_in
from mfvis_engine.project import Project


class MaskStream:
    """The masks of every frame, read when they are asked for, once or often.

    Attributes:
        seen: The track ids with a mask, of the frames that went by.
    """

    def __init__(self, project: Project, include: frozenset[MaskKind] = frozenset(), *, may_be_empty: bool) -> None:
        """Of `include` every kind is given; where it is empty, all masks."""
        self.seen: set[int] = set()
        self._project = project
        self._include = include
        self._may_be_empty = may_be_empty

    def __iter__(self) -> Iterator[NDArray[np.uint16]]:
        """Gives (H, W) track ids, 0 for background; at the end raises NoMasksError where that matters."""
        for frame_index in range(self._project.length):
            labels = self._included(frame_index, self._project.read_masks(frame_index))
            self.seen.update(labels_in(labels))
            yield labels
        if not (self.seen or self._may_be_empty):
            raise self._problem()

    def _included(self, frame_index: int, labels: NDArray[np.uint16]) -> NDArray[np.uint16]:
        if not self._include:
            return labels
        states = self._project.mask_states(frame_index)
        wanted = (state.track_id for state in states if self._include & _kinds(state))
        return np.where(label_table(wanted)[labels], labels, np.uint16(0))

    def _problem(self) -> NoMasksError:
        path = self._project.path
        if self._include:
            kinds = " or ".join(sorted(self._include))
            return NoMasksError(f"{path} has no mask that is {kinds}, so there is nothing to export.")
        nothing = f"{path} has no masks yet, so there is nothing to export."
        return NoMasksError(nothing, command=f"Make them first: mfvis segment {path}")


def _kinds(state: MaskState) -> frozenset[str]:
    return frozenset({str(state.origin), *([MaskKind.VERIFIED] if state.verified else [])})
