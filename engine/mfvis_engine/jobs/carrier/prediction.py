"""The part of a job that predicts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.inference import Learned, predict_video
from mfvis_engine.jobs.carrier.order import frame_groups, nearest_first
from mfvis_engine.jobs.errors import ClipError
from mfvis_engine.jobs.events import FrameDone
from mfvis_engine.jobs.proposals import FrameProposals

if TYPE_CHECKING:
    from mfvis_engine.jobs.carrier.bench import Bench
    from mfvis_engine.jobs.carrier.memory import Portions
    from mfvis_engine.jobs.clip import ClipReference


class Prediction:
    """Predicts frames with what was learned, those nearest to the frame in view first."""

    def __init__(self, learned: Learned, frames: Sequence[int], done: Collection[int], bench: Bench) -> None:
        """Of `frames`, those `done` are left out."""
        self._learned, self._bench = learned, bench
        self._wanted = frozenset(frames)
        self._done = set(self._wanted.intersection(done))
        self._groups = frame_groups(frames, len(learned.boxes.track_ids))

    def carry_out(self) -> None:
        """Tells `FrameDone` of each frame.

        Raises:
            JobMemoryError: There is too little memory.
        """
        self._bench.memory.within(self._predict)

    def _predict(self, portions: Portions) -> None:
        bench = self._bench
        net = bench.steering(portions).steered(self._learned.net)
        bench.reporter.predicted(len(self._done), len(self._wanted))
        left = [group for group in self._groups if not self._done.issuperset(group)]
        for group in nearest_first(left, bench.desk.focus_frame):
            found = list(predict_video(net, bench.video, self._learned.boxes, bench.device, group))
            focus = bench.desk.focus_frame()
            for masks in sorted(found, key=lambda masks: abs(masks.frame_index - focus)):
                if masks.frame_index not in self._done:
                    bench.heed()
                    self._tell(FrameProposals.of(masks.frame_index, masks.labels, self._track_ids, masks.scores))

    @property
    def _track_ids(self) -> NDArray[np.int64]:
        return self._learned.boxes.track_ids

    def _tell(self, masks: FrameProposals) -> None:
        self._bench.desk.tell(FrameDone(masks))
        self._done.add(masks.frame_index)
        self._bench.reporter.predicted(len(self._done), len(self._wanted))


def wanted_frames(frames: Sequence[int] | None, clip: ClipReference) -> Sequence[int]:
    """Which frames to predict; None for all.

    Raises:
        ClipError: The clip has not one of them.
    """
    if frames is None:
        return range(clip.length)
    strange = [frame_index for frame_index in frames if not 0 <= frame_index < clip.length]
    if strange:
        raise ClipError(
            f"The job asks for the masks of frame {strange[0]}; the clip has the frames 0 to {clip.length - 1}. Ask for"
            " frames that it has."
        )
    return frames
