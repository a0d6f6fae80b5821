"""One frame of a project's masks as it stands, and the change a verb makes to it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mfvis_engine.annotation.mask_patch import LABEL_COUNT, Labels, MaskPatch, labels_in
from mfvis_engine.annotation.mask_state import MaskState


@dataclass(frozen=True)
class FrameChange:
    """What a verb does to the masks of one frame.

    Attributes:
        frame_index: From 0.
        removed: States that go.
        added: States that come.
        patch: The pixels that change; None where none does.
        track_ids: Every track of which a pixel or state changes, ascending.
        written_ids: Tracks whose masks were taken over from a run or file.
        skipped_ids: Tracks whose masks were kept instead, as a person's work.
    """

    frame_index: int
    removed: tuple[MaskState, ...] = ()
    added: tuple[MaskState, ...] = ()
    patch: MaskPatch | None = None
    track_ids: tuple[int, ...] = ()
    written_ids: tuple[int, ...] = ()
    skipped_ids: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.removed or self.added or self.patch)


class MaskFrame:
    """The masks of one frame.

    Attributes:
        frame_index: From 0.
        states: What is recorded of the frame, by track id.
    """

    def __init__(self, frame_index: int, states: Iterable[MaskState], read: Callable[[int], Labels]) -> None:
        """`read` gives the labels of a frame; it is called when they are first asked for."""
        self.frame_index = frame_index
        self.states = {state.track_id: state for state in states}
        self._read = read

    @cached_property
    def labels(self) -> Labels:
        """(H, W) track ids, 0 for background. Raises as the `read` that was given."""
        return self._read(self.frame_index)

    def changed(
        self,
        states: Mapping[int, MaskState],
        labels: Labels | None = None,
        *,
        written_ids: tuple[int, ...] = (),
        skipped_ids: tuple[int, ...] = (),
    ) -> FrameChange:
        """The change from this frame to another.

        Args:
            states: What is recorded afterwards, by track id.
            labels: (H, W) the masks afterwards; None where they stay.
            written_ids: As in `FrameChange`.
            skipped_ids: As in `FrameChange`.
        """
        removed = tuple(state for i, state in self.states.items() if states.get(i) != state)
        added = tuple(state for i, state in states.items() if self.states.get(i) != state)
        patch = None if labels is None else MaskPatch.between(self.labels, labels)
        touched = {state.track_id for state in (*removed, *added)}
        if patch is not None and labels is not None:
            touched |= changed_labels(self.labels, labels)
        return FrameChange(self.frame_index, removed, added, patch, tuple(sorted(touched)), written_ids, skipped_ids)

    def relabelled(self, new_ids: Mapping[int, int], *, skipped_ids: tuple[int, ...] = ()) -> FrameChange:
        """The change in which labels become others, and their states with them.

        Args:
            new_ids: The new label by the old one; 0 takes a mask and its state away. Where two masks get one
                label, that is the label of their union.
            skipped_ids: As in `FrameChange`.
        """
        table = np.arange(LABEL_COUNT, dtype=np.uint16)
        for old, new in new_ids.items():
            table[old] = new
        states: dict[int, MaskState] = {}
        for state in self.states.values():
            new = new_ids.get(state.track_id, state.track_id)
            if new:
                moved = replace(state, track_id=new)
                states[new] = moved.united(states[new]) if new in states else moved
        return self.changed(states, table[self.labels], skipped_ids=skipped_ids)


def changed_labels(before: Labels, after: Labels) -> set[int]:
    """The track ids that have lost or gained a pixel."""
    changed = before != after
    return {*labels_in(before[changed]), *labels_in(after[changed])}
