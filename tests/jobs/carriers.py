"""What carries jobs out in tests, in the place of the runner: the job's `device` says what shall happen."""

import os
import signal
import time
from pathlib import Path

from mfvis_engine.jobs.desk import Desk, Wish
from mfvis_engine.jobs.errors import ClipError, JobCancelledError
from mfvis_engine.jobs.events import FrameDone, Learned, Paused, Progress, Resumed, Stage, Started
from mfvis_engine.jobs.job import AnyJob
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.jobs.worker.worker_desk import WorkerDesk


def obey(job: AnyJob, clip_path: Path, desk: Desk) -> None:
    """Does what `job.device` says: a command, and after a colon its arguments."""
    command, _, argument = job.device.partition(":")
    desk.tell(Started(attempt=desk.attempt, device=f"pid {os.getpid()}", settings=str(clip_path)))
    _COMMANDS[command](argument, desk)


def _nothing(_: str, desk: Desk) -> None:
    pass


def _frames(count: str, desk: Desk) -> None:
    for frame_index in range(int(count)):
        if frame_index not in desk.frames_done():
            _heed(desk)
            desk.tell(FrameDone(masks(frame_index)))


def _wait(_: str, desk: Desk) -> None:
    """Until it is cancelled."""
    while True:
        _heed(desk)
        desk.tell(Progress(stage=Stage.TRAINING, fraction_done=0.5, step=desk.focus_frame()))
        time.sleep(0.02)


def _die(argument: str, desk: Desk) -> None:
    """`attempts,frames`: as many frames in each attempt, killed at the end of all but those after `attempts`."""
    attempts, frames = map(int, argument.split(","))
    snapshot = desk.folder / "snapshot"
    first = int(snapshot.read_text(encoding="utf-8")) if snapshot.exists() else 0
    assert set(range(first)) <= set(desk.frames_done())
    for frame_index in range(first, first + frames):
        desk.tell(FrameDone(masks(frame_index)))
        snapshot.write_text(str(frame_index + 1), encoding="utf-8")
    if desk.attempt <= attempts:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def _fail(kind: str, _: Desk) -> None:
    raise {"person": ClipError("The film is torn: mend it"), "program": ValueError("42"), "memory": MemoryError("no")}[
        kind
    ]


def _learn(text: str, desk: Desk) -> None:
    weights = desk.folder / "weights"
    weights.write_bytes(text.encode() * 3_000_000)
    desk.tell(Learned(steps=1, seconds=0.1, blob=desk.keep_blob(weights)))


def _fresh(_: str, desk: Desk) -> None:
    assert isinstance(desk, WorkerDesk)
    desk.wants_fresh_process = True


def _heed(desk: Desk) -> None:
    if desk.wish() is Wish.PAUSE:
        desk.tell(Paused())
        while desk.wish() is Wish.PAUSE:
            time.sleep(0.02)
        if desk.wish() is Wish.RUN:
            desk.tell(Resumed())
    if desk.wish() is Wish.CANCEL:
        raise JobCancelledError("Cancelled")


def masks(frame_index: int) -> FrameProposals:
    """Of one track, empty."""
    return FrameProposals(frame_index=frame_index, height=4, width=6, track_ids=(1,), codes=(b"h0",), scores=(0.0,))


_COMMANDS = {
    "nothing": _nothing,
    "frames": _frames,
    "wait": _wait,
    "die": _die,
    "fail": _fail,
    "learn": _learn,
    "fresh": _fresh,
}
