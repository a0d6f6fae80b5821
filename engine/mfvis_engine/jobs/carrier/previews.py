"""Previews: what the masks of the frame in view would be now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mfvis_engine.inference import predict_video
from mfvis_engine.jobs.events import Preview
from mfvis_engine.jobs.proposals import FrameProposals

if TYPE_CHECKING:
    from mfvis_engine.annotation import DenseBoxes
    from mfvis_engine.jobs.desk import Desk
    from mfvis_engine.models import Device
    from mfvis_engine.models.box_prompted import PromptedNet
    from mfvis_engine.video import VideoSource

_EVERY_S = 3.0
_MOST_SHARE = 0.1
"""Of the time that previews may take."""


class Previews:
    """Tells `Preview` at a desk: at once where it is asked for, else every few seconds, and when the view moves."""

    def __init__(
        self, video: VideoSource, device: Device, desk: Desk, clock: Callable[[], float], every_s: float = _EVERY_S
    ) -> None:
        """`clock` tells seconds; it stands while the job waits. `every_s` lies between two previews, at the least."""
        self._video, self._device, self._desk = video, device, desk
        self._clock, self._every_s = clock, every_s
        self._told: FrameProposals | None = None
        self._made_s = 0.0
        self.cost_s: float | None = None
        """What the last one took; None before the first."""

    def offer(self, net: PromptedNet, boxes: DenseBoxes, step: int) -> None:
        """Tells a preview if it is time, and the masks are others than those told before."""
        waited_s = self._clock() - self._made_s
        moved = self._told is not None and self._told.frame_index != self._focus_frame()
        if waited_s >= (self.cost_s or 0.0) / _MOST_SHARE and (moved or waited_s >= self._every_s):
            self.show(net, boxes, step)

    def show(self, net: PromptedNet, boxes: DenseBoxes, step: int) -> None:
        """Tells a preview now, unless the masks are those told before."""
        began_s = self._clock()
        (found,) = predict_video(net, self._video, boxes, self._device, [self._focus_frame()])
        masks = FrameProposals.of(found.frame_index, found.labels, boxes.track_ids, found.scores)
        self._made_s = self._clock()
        self.cost_s = self._made_s - began_s
        if self._told is None or (masks.frame_index, masks.codes) != (self._told.frame_index, self._told.codes):
            self._told = masks
            self._desk.tell(Preview(step=step, masks=masks))

    def _focus_frame(self) -> int:
        return min(max(self._desk.focus_frame(), 0), self._video.length - 1)
