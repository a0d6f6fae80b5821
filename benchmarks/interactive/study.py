"""Round after round of corrections, each learned from the weights of the last; then the same boxes trained in full."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import Clip
from benchmarks.interactive.annotator import Annotator, Correction, drawn_count
from benchmarks.interactive.quality import j_of_clip
from benchmarks.interactive.watching import Times, Watched, j_in_view, seconds_until_seen, watch
from mfvis_engine.annotation import Annotations
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.job import SHIPPED, LearnedWeights, PredictJob, SegmentJob
from mfvis_engine.report.published import BOX
from mfvis_engine.video import open_video

ENOUGH, SOON_S = 0.95, 15.0
"""The aim: so much of the J that training in full reaches, in less than so many seconds."""


@dataclass(frozen=True)
class Round:
    """One job of the session.

    Attributes:
        number: From 0, which starts from the shipped weights; all others start from what the one before learned.
        box_count: Boxes drawn so far.
        correction: The box drawn in this round; None in the first, which has several.
        j: Over all frames, when all are there.
        times: Of the job.
        seen_s: Seconds until the correction is in view; None without one.
        view_j: Seconds, and J of the frame in view alone: previews, then its final masks.
        machine_s: Seconds of all jobs up to this one's last frame; the person waits for each.
    """

    number: int
    box_count: int
    correction: Correction | None
    j: float
    times: Times
    seen_s: float | None
    view_j: tuple[tuple[float, float], ...]
    machine_s: float

    @property
    def waited_s(self) -> float:
        """Of `machine_s`, what passed before this job."""
        return self.machine_s - self.times.all_frames_s

    @property
    def drawing_s(self) -> float:
        """What drawing the boxes takes a person."""
        return self.box_count * BOX.seconds


@dataclass(frozen=True)
class Check:
    """A job that starts from learned weights, beside one on the same from the shipped weights with default limits.

    Attributes:
        what: The round, or that a mask was edited.
        correction: What was put right.
        box_count: Boxes drawn.
        j_before: Over all frames, before the correction.
        j: Over all frames.
        final_j: The same of training in full.
        full_time: Of training in full, which its limit of seconds may end early on a busy machine.
        seen_s: Seconds until the correction is in view, median over the repeats.
        every_time: Of each repeat.
    """

    what: str
    correction: Correction | None
    box_count: int
    j_before: float
    j: float
    final_j: float
    full_time: Times
    seen_s: float
    every_time: tuple[Times, ...]

    @property
    def share(self) -> float:
        """Of the final J."""
        return self.j / self.final_j

    @property
    def all_frames_s(self) -> float:
        """Seconds until all frames are there, median over the repeats."""
        return statistics.median(times.all_frames_s for times in self.every_time)

    @property
    def is_met(self) -> bool:
        """Whether enough of the final J is reached soon enough."""
        return self.share >= ENOUGH and self.all_frames_s < SOON_S


@dataclass(frozen=True, eq=False)
class _Played:
    """A job that was done for the session.

    Attributes:
        job: What was asked.
        correction: What was put right; None in the first round.
        watched: What came.
        seen_s: Seconds until that is in view.
        labels: The masks (T, H, W).
        j: Over all frames.
    """

    job: SegmentJob
    correction: Correction | None
    watched: Watched
    seen_s: float | None
    labels: NDArray[np.uint16]
    j: float


class Study:
    """One session of one annotator on one clip, on an engine that is warm."""

    def __init__(self, clip: Clip, engine: Engine, device: str, own_boxes: Annotations | None = None) -> None:
        """Warms the engine; `own_boxes` are those that come with the clip, where some do."""
        self._clip, self._engine = clip, engine
        self._annotator = Annotator(clip)
        with open_video(clip.frames_dir) as video:
            reference = ClipReference.of(clip.frames_dir, video)
        first = self._annotator.first_boxes()
        self._first = SegmentJob(clip=reference, annotations=first, device=device)
        self._own = None if own_boxes is None else msgspec.structs.replace(self._first, annotations=own_boxes)
        self._played: list[_Played] = []
        warm = PredictJob(clip=reference, annotations=first, device=device, weights=SHIPPED, frames=(0,))
        engine.submit(warm).wait()

    def rounds(self, count: int) -> Iterator[Round]:
        """The first boxes, and then so many rounds of one more box each, where it is worst; fewer if all are right."""
        self._played = [self._done(self._first, None)]
        yield self._round()
        for _ in range(count):
            last = self._played[-1]
            correction = self._annotator.worst_box(last.job.annotations)
            if correction.iou_before == 1:
                return
            annotations = self._annotator.with_box(last.job.annotations, correction.place)
            job = _next_job(last, correction, annotations=annotations)
            self._played.append(self._done(job, correction))
            yield self._round()

    def checks(self, repeats: int) -> Iterator[Check]:
        """What one more box, or one edited mask, does to the clip's own boxes, or else to those of the last round.

        Then the first, the middle and the last round. Called after `rounds`.
        """
        before = self._played[-1] if self._own is None else self._done(self._own, None)
        correction = self._annotator.worst_box(before.job.annotations)
        annotations = self._annotator.with_box(before.job.annotations, correction.place)
        job = _next_job(before, correction, annotations=annotations)
        yield self._check("one more box", before, self._done(job, correction), repeats)
        correction = self._annotator.worst_mask(before.labels)
        job = _next_job(before, correction, masks=(self._annotator.true_mask(correction.place),))
        yield self._check("edited mask", before, self._done(job, correction), repeats)
        last = len(self._played) - 1
        for number in sorted({1, (1 + last) // 2, last}) if last else ():
            before, played = self._played[number - 1], self._played[number]
            yield self._check(f"round {number}", before, played, repeats)

    def _round(self) -> Round:
        """The last one played."""
        played = self._played[-1]
        return Round(
            number=len(self._played) - 1,
            box_count=drawn_count(played.job.annotations),
            correction=played.correction,
            j=played.j,
            times=played.watched.times,
            seen_s=played.seen_s,
            view_j=j_in_view(played.watched, played.job.focus_frame, self._clip.masks),
            machine_s=sum(one.watched.times.all_frames_s for one in self._played),
        )

    def _check(self, what: str, before: _Played, played: _Played, repeats: int) -> Check:
        again = [played, *(self._done(played.job, played.correction) for _ in range(repeats - 1))]
        full = self._done(msgspec.structs.replace(played.job, start=SHIPPED), played.correction)
        return Check(
            what=what,
            correction=played.correction,
            box_count=drawn_count(played.job.annotations),
            j_before=before.j,
            j=played.j,
            final_j=full.j,
            full_time=full.watched.times,
            seen_s=statistics.median(one.seen_s for one in again if one.seen_s is not None),
            every_time=tuple(one.watched.times for one in again),
        )

    def _done(self, job: SegmentJob, correction: Correction | None) -> _Played:
        watched, truth = watch(self._engine, job), self._clip.masks
        labels = watched.labels()
        seen_s = None if correction is None else seconds_until_seen(watched, correction.place, truth)
        return _Played(job, correction, watched, seen_s, labels, j_of_clip(labels, truth))


def _next_job(last: _Played, correction: Correction, **changes: object) -> SegmentJob:
    """The job after `last`, from what it learned, with the place of the correction in view."""
    start = LearnedWeights(last.watched.blob)
    frame_index = correction.place.frame_index
    return msgspec.structs.replace(last.job, start=start, focus_frame=frame_index, **changes)
