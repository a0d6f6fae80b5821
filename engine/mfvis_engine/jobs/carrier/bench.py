"""What the parts of a running job share: the clip, where it runs, whom to tell, and what it may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mfvis_engine.jobs.carrier.memory import MemoryLimit, Portions
from mfvis_engine.jobs.carrier.previews import Previews
from mfvis_engine.jobs.carrier.reporter import Reporter
from mfvis_engine.jobs.carrier.turnstile import Turnstile
from mfvis_engine.jobs.carrier.watched_video import WatchedVideo
from mfvis_engine.training.steering import Steering

if TYPE_CHECKING:
    from mfvis_engine.jobs.desk import Desk
    from mfvis_engine.models import Device
    from mfvis_engine.video import VideoSource


class Bench:
    """One job at work.

    Attributes:
        desk: Where it tells and asks.
        device: Where it runs.
        video: The clip; reading it heeds the wish.
        clock: Seconds; it stands while the job waits.
        memory: How much is held at once.
        reporter: Tells how far the job is.
        previews: Tells previews.
    """

    def __init__(self, desk: Desk, device: Device, video: VideoSource, portions: Portions) -> None:
        """Begins with `portions`."""
        self._turnstile = Turnstile(desk)
        self.desk, self.device, self.clock = desk, device, self._turnstile.clock
        self.video = WatchedVideo(video, self.heed)
        self.memory = MemoryLimit(portions, device, desk)
        self.reporter = Reporter(desk, self.clock)
        self.previews = Previews(self.video, device, desk, self.clock)

    def heed(self) -> None:
        """Goes on, at once or after waiting; raises JobCancelledError where the wish is to cancel."""
        self._turnstile.heed()
        self.reporter.piece()

    def steering(self, portions: Portions) -> Steering:
        """For work in such portions."""
        return Steering(self.heed, self.clock, portions.crops_at_once)
