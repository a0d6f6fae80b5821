"""One job on an engine: when it told what, and the masks that came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import psutil  # type: ignore[import-untyped]
from numpy.typing import NDArray

from benchmarks.interactive.annotator import Place
from benchmarks.interactive.quality import j_of_frame, j_of_tracks
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.events import Event, FrameDone, Learned, Preview, Progress, Stage, Started
from mfvis_engine.jobs.job import SegmentJob
from mfvis_engine.jobs.proposals import FrameProposals

SEEN = 0.95
"""A correction is in view once the masks have so much of the J that they end with."""


@dataclass(frozen=True)
class Times:
    """Seconds from submission until, in the order in which they come.

    Attributes:
        started_s: A worker begins.
        first_preview_s: The first masks of the frame in view.
        reading_s: The first step of training is told.
        training_s: The last step is told.
        learned_s: The boxes are refined once more and the weights kept.
        first_frame_s: The first final masks.
        all_frames_s: All final masks.
        steps: Of training.
        load: Processes that ran or waited, over the last minute, as the job began; its own work of before counts.
    """

    started_s: float
    first_preview_s: float
    reading_s: float
    training_s: float
    learned_s: float
    first_frame_s: float
    all_frames_s: float
    steps: int
    load: float


@dataclass(frozen=True)
class Told:
    """An event, and when it came, in seconds since the job was handed in."""

    seconds: float
    event: Event


@dataclass(frozen=True, eq=False)
class Watched:
    """A job that has finished.

    Attributes:
        told: All events.
        load: As of `Times`.
    """

    told: tuple[Told, ...]
    load: float

    @property
    def times(self) -> Times:
        """When it told what."""
        training = [
            one.seconds for one in self.told if isinstance(one.event, Progress) and one.event.stage is Stage.TRAINING
        ]
        frames = self._seconds_of(FrameDone)
        return Times(
            started_s=self._seconds_of(Started)[0],
            first_preview_s=self._seconds_of(Preview)[0],
            reading_s=training[0],
            training_s=training[-1],
            learned_s=self._seconds_of(Learned)[0],
            first_frame_s=frames[0],
            all_frames_s=frames[-1],
            steps=self._learned.steps,
            load=self.load,
        )

    @property
    def blob(self) -> str:
        """What a later job names to start from what was learned."""
        return self._learned.blob

    def labels(self) -> NDArray[np.uint16]:
        """The final masks (T, H, W)."""
        done = {one.event.masks.frame_index: one.event.masks for one in self.told if isinstance(one.event, FrameDone)}
        return np.stack([done[frame_index].labels() for frame_index in sorted(done)])

    def in_view(self, frame_index: int) -> Iterator[tuple[float, FrameProposals]]:
        """The masks of a frame, preview after preview, at last the final ones, and when they came."""
        for one in self.told:
            if isinstance(one.event, Preview | FrameDone) and one.event.masks.frame_index == frame_index:
                yield one.seconds, one.event.masks

    @property
    def _learned(self) -> Learned:
        return next(one.event for one in self.told if isinstance(one.event, Learned))

    def _seconds_of(self, kind: type[Event]) -> list[float]:
        return [one.seconds for one in self.told if isinstance(one.event, kind)]


def watch(engine: Engine, job: SegmentJob) -> Watched:
    """Hands a job in and waits for its end; what it tells is looked at afterwards, not to take the job's time.

    Raises:
        JobFailedError: It failed.
    """
    load = psutil.getloadavg()[0]
    began = time.monotonic()
    running = engine.submit(job)
    told = tuple(Told(time.monotonic() - began, event) for event in running.events())
    running.wait()
    return Watched(told, load)


def seconds_until_seen(watched: Watched, place: Place, truth: NDArray[np.integer]) -> float:
    """When the masks in view have, where a correction was made, `SEEN` of the J that they end with there.

    Args:
        watched: The job.
        place: Of the correction; its frame was in view.
        truth: (T, H, W) of track ids.
    """
    seen = [
        (seconds, j_of_tracks(masks.labels(), truth[place.frame_index])[place.track_id])
        for seconds, masks in watched.in_view(place.frame_index)
    ]
    return first_above(seen, SEEN * seen[-1][1])


def j_in_view(watched: Watched, frame_index: int, truth: NDArray[np.integer]) -> tuple[tuple[float, float], ...]:
    """Seconds and J of the frame in view, preview after preview and at last of the final masks."""
    return tuple(
        (seconds, j_of_frame(masks.labels(), truth[frame_index])) for seconds, masks in watched.in_view(frame_index)
    )


def first_above(curve: Iterable[tuple[float, float]], least: float) -> float:
    """The seconds of the first (seconds, J) with at least so much; infinite where there is none."""
    return next((seconds for seconds, j in curve if j >= least), float("inf"))
