"""The facts of every track and frame, brought up to date frame by frame."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import VERIFIED_BIT, MaskState
from mfvis_engine.annotation.mask_patch import Labels
from mfvis_engine.annotation.mask_state import MASK_CODES
from mfvis_engine.project import Project, ProjectDamagedError
from mfvis_engine.review.frame_facts import FACT, FrameFacts, frame_facts
from mfvis_engine.review.run_scores import RunScores


class Survey:
    """What is known of the masks of a project, by track and frame.

    Attributes:
        length: T, the number of frames.
        height: Of a frame, in pixels.
        width: Of a frame, in pixels.
        track_ids: (N,) int64 ascending, the tracks that facts are known of.
        facts: (N, T) of `FACT`.
        seen: (T,) bool, the frames that were looked at.
    """

    def __init__(self, length: int, height: int, width: int) -> None:
        """Knows nothing yet."""
        self.length, self.height, self.width = length, height, width
        self.track_ids = np.zeros(0, np.int64)
        self.facts = np.zeros((0, length), FACT)
        self.seen = np.zeros(length, np.bool_)
        self._scores = RunScores()

    @classmethod
    def of(cls, project: Project) -> "Survey":
        """A survey of a whole project."""
        survey = cls(project.length, project.height, project.width)
        survey.update(project)
        return survey

    def update(self, project: Project, frames: Iterable[int] | None = None) -> None:
        """Looks at frames whose masks have changed, all by default, again."""
        for _ in self.steps(project, frames):
            pass

    def steps(self, project: Project, frames: Iterable[int] | None = None) -> Iterator[int]:
        """`update` a frame at a time: gives each frame that was looked at, the ones after the changed ones too.

        A frame whose masks are damaged counts as one without: who shows it or checks the project says so.

        Args:
            project: The survey's; it may be opened anew for every call.
            frames: From 0, in any order.
        """
        self._scores.read(project)
        self._put_segmented()
        changed = set(range(self.length)) if frames is None else {int(frame_index) for frame_index in frames}
        wanted = sorted(changed | {frame_index + 1 for frame_index in changed if frame_index + 1 < self.length})
        labels, read_index = self._no_masks, -1
        for frame_index in wanted:
            before = labels if read_index == frame_index - 1 else self._masks(project, frame_index - 1)
            states = project.mask_states(frame_index)
            labels, read_index = self._masks(project, frame_index, states), frame_index
            self._put(frame_index, frame_facts(labels, before), states)
            yield frame_index

    def of_tracks(self, track_ids: Iterable[int]) -> NDArray[np.void]:
        """(n, T) of `FACT`: the facts of some tracks, in their order; nothing but 0 of those not known.

        Frames that were not looked at count as not segmented, so that no mask is missed in them.
        """
        rows = {track_id: row for row, track_id in enumerate(self.track_ids.tolist())}
        places = [rows.get(track_id, -1) for track_id in track_ids]
        padded = np.concatenate([self.facts, np.zeros((1, self.length), FACT)])
        found = padded[np.array(places, np.intp)]
        found["segmented"] &= self.seen
        return found

    @property
    def _no_masks(self) -> Labels:
        return np.zeros((self.height, self.width), np.uint16)

    def _masks(self, project: Project, frame_index: int, states: tuple[MaskState, ...] | None = None) -> Labels:
        """(H, W) of a frame; not read where nothing is recorded, for then there is nothing."""
        if frame_index < 0:
            return self._no_masks
        recorded = project.mask_states(frame_index) if states is None else states
        with suppress(ProjectDamagedError):
            return project.read_masks(frame_index) if recorded else self._no_masks
        return self._no_masks

    def _put(self, frame_index: int, found: FrameFacts, states: tuple[MaskState, ...]) -> None:
        rows = self._rows({*found.track_ids.tolist(), *(state.track_id for state in states)})
        column = np.zeros(len(self.track_ids), FACT)
        column["overlap_before"] = np.nan
        column[[rows[track_id] for track_id in found.track_ids.tolist()]] = found.facts
        column["score"] = np.nan
        for state in states:
            column["code"][rows[state.track_id]] = MASK_CODES[state.origin] + VERIFIED_BIT * state.verified
            column["score"][rows[state.track_id]] = self._scores.score(state)
        column["segmented"] = self.facts["segmented"][:, frame_index]
        self.facts[:, frame_index] = column
        self.seen[frame_index] = True

    def _put_segmented(self) -> None:
        """Puts in where runs have looked, also where they found nothing, so that no mask has changed."""
        self.facts["segmented"] = False
        for track_ids, frames in self._scores.segmented():
            rows = self._rows(set(track_ids))
            for track_id in track_ids:
                self.facts["segmented"][rows[track_id]] |= frames

    def _rows(self, track_ids: set[int]) -> dict[int, int]:
        """The row of every track, these among them."""
        known = {*self.track_ids.tolist()}
        if not track_ids <= known:
            wanted = np.array(sorted(track_ids | known), np.int64)
            facts = np.zeros((len(wanted), self.length), FACT)
            facts["overlap_before"] = facts["score"] = np.nan
            facts[np.searchsorted(wanted, self.track_ids)] = self.facts
            self.track_ids, self.facts = wanted, facts
        return {track_id: row for row, track_id in enumerate(self.track_ids.tolist())}
