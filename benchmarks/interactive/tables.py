"""What is printed of a study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.interactive.annotator import Correction
from benchmarks.interactive.study import ENOUGH, SOON_S, Check, Round
from mfvis_engine.report.published import BOX

LEVELS = (0.5, 0.6, 0.7, 0.8)
"""Of J: how soon it passes each is told."""

ROUNDS_HEADER = (
    f"{'round':>5}{'boxes':>6}  {'new box, its IoU before':26}{'J':>7}{'preview':>9}{'seen':>7}{'all s':>7}   "
    f"{'read':>5}{'learn':>7}{'refine':>7}{'predict':>8}{'steps':>6}{'load':>6}{'machine s':>11}{'+ drawing s':>12}"
)
CHECKS_HEADER = (
    f"{'':12}{'boxes':>6}  {'corrected, its IoU before':26}{'J before':>9}{'J':>7}{'final J':>9}{'share':>7}{'seen':>7}"
    f"{'all s':>7}{'steps':>6}{'full s':>9}{'steps':>6}{'load':>6}  aim"
)


@dataclass(frozen=True)
class Moment:
    """When something was reached.

    Attributes:
        box_count: Boxes drawn by then.
        machine_s: Seconds of the machine by then.
        with_drawing_s: The same, and those that a person drew boxes.
    """

    box_count: int
    machine_s: float
    with_drawing_s: float

    @classmethod
    def within(cls, one: Round, job_s: float) -> Moment:
        """So many seconds into a round's job."""
        machine_s = one.waited_s + job_s
        return cls(one.box_count, machine_s, machine_s + one.drawing_s)


@dataclass(frozen=True)
class Level:
    """How soon J passes a level; None where it never does.

    Attributes:
        j: The level.
        all_frames: The masks of all frames, when all are there.
        frame_in_view: The frame in view alone, in a preview or at last.
    """

    j: float
    all_frames: Moment | None
    frame_in_view: Moment | None


def level(rounds: Sequence[Round], least: float) -> Level:
    """How soon the J of these rounds passes a level."""
    whole = (Moment.within(one, one.times.all_frames_s) for one in rounds if one.j >= least)
    viewed = (Moment.within(one, seconds) for one in rounds for seconds, j in one.view_j if j >= least)
    return Level(least, next(whole, None), next(viewed, None))


def round_line(one: Round) -> str:
    """A row below `ROUNDS_HEADER`."""
    times = one.times
    seen = "" if one.seen_s is None else f"{one.seen_s:.1f}"
    return (
        f"{one.number:5}{one.box_count:6}  {_words(one.correction):26}{one.j:7.3f}{times.first_preview_s:9.1f}{seen:>7}"
        f"{times.all_frames_s:7.1f}   {times.reading_s:5.1f}{times.training_s - times.reading_s:7.1f}"
        f"{times.learned_s - times.training_s:7.1f}{times.all_frames_s - times.learned_s:8.1f}{times.steps:6}"
        f"{times.load:6.1f}{one.machine_s:11.1f}{one.machine_s + one.drawing_s:12.0f}"
    )


def check_line(check: Check) -> str:
    """A row below `CHECKS_HEADER`."""
    verdict, full = "met" if check.is_met else "missed", check.full_time
    steps, load = min(times.steps for times in check.every_time), max(times.load for times in check.every_time)
    return (
        f"{check.what:12}{check.box_count:6}  {_words(check.correction):26}{check.j_before:9.3f}{check.j:7.3f}"
        f"{check.final_j:9.3f}{check.share:7.3f}{check.seen_s:7.1f}{check.all_frames_s:7.1f}"
        f"{steps:6}{full.all_frames_s:9.1f}{full.steps:6}{load:6.1f}  {verdict}"
    )


def levels_table(levels: Iterable[Level]) -> str:
    """Seconds until J passes each level."""
    columns = f"{'boxes':>7}{'machine s':>11}{'+ drawing s':>13}"
    lines = [f"{'':9}{'all frames':>31}{'frame in view':>31}", f"{'J passes':9}{columns}{columns}"]
    lines += [f"{one.j:<9}{_moment(one.all_frames)}{_moment(one.frame_in_view)}" for one in levels]
    return "\n".join(lines)


LEGEND = f"""\
J: mean over tracks and the frames they are in. seen: until the correction is in view. all: until all frames are there.
read: until the first step of training; learn: its steps; refine: then until the weights are kept; predict: the frames.
Drawing takes {BOX.seconds:g} s a box. aim: {ENOUGH:.0%} of the J of training in full, in under {SOON_S:g} s.
"""


def _words(correction: Correction | None) -> str:
    if correction is None:
        return ""
    place = correction.place
    return f"track {place.track_id} frame {place.frame_index:<4} {correction.iou_before:.2f}"


def _moment(moment: Moment | None) -> str:
    if moment is None:
        return f"{'never':>31}"
    return f"{moment.box_count:7}{moment.machine_s:11.1f}{moment.with_drawing_s:13.1f}"
