"""Many projects whose jobs a script carries out: `python -m tests.cli.scripted_batch LIST NOTES WORKERS`.

That is `mfvis batch LIST` on an engine of its own, with this carrier. A job's device is the folder NOTES, where the
carrier leaves a file each time it begins; the category of the project's track says what it shall do.
"""

import sys
import time
import uuid
from pathlib import Path

import numpy as np

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.cli.app import app
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.errors import ClipError, JobCancelledError
from mfvis_engine.jobs.events import FrameDone, Started
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.project import Project

CARRIER = "tests.cli.scripted_batch:carry_out"
FRAME_COUNT, BOX_XYXY = 3, (1.0, 1.0, 5.0, 3.0)
PAINT, WAIT, MEET, TEAR, BREAK = "paint", "wait", "meet", "tear", "break"
GO = "go"
"""The file among the notes that those who wait wait for."""

_PATIENCE_S = 60.0


def carry_out(job, clip_path, desk):
    """Finds that each box is full; how that comes about is in the category of the track."""
    notes = Path(job.device)
    desk.tell(Started(attempt=desk.attempt, device="pencil"))
    (notes / f"{clip_path.stem} {uuid.uuid4().hex}").touch()
    match job.annotations.tracks[0].category:
        case "wait":
            desk.tell(_painted(job, 0))
            _wait_until(desk, (notes / GO).exists)
        case "meet":
            _wait_until(desk, lambda: len(begun(notes)) > 1)
        case "tear":
            raise ClipError("The film is torn: mend it.")
        case "break":
            raise ValueError("42")
    for frame_index in range(job.clip.length):
        desk.tell(_painted(job, frame_index))


def _painted(job, frame_index):
    labels = np.zeros((job.clip.height, job.clip.width), np.uint16)
    labels[1:3, 1:5] = 1
    return FrameDone(FrameProposals.of(frame_index, labels, np.array([1]), np.ones(1, np.float32)))


def _wait_until(desk, happens):
    deadline = time.monotonic() + _PATIENCE_S
    while not happens():
        if desk.wish() is Wish.CANCEL:
            raise JobCancelledError("Cancelled")
        assert time.monotonic() < deadline
        time.sleep(0.02)


def begun(notes):
    """The projects whose jobs were begun, each as often as it was."""
    return sorted(path.name.partition(" ")[0] for path in notes.iterdir() if path.name != GO)


def make_project(path, category=PAINT, frame_count=FRAME_COUNT):
    """A project of a clip beside it, with one box where there is a category."""
    rng = np.random.default_rng(len(path.name))
    video = path.with_name(f"{path.stem}.npy")
    np.save(video, rng.integers(0, 255, (frame_count, 8, 12, 3), np.uint8))
    with Project.create(path, video) as project:
        if category:
            track = Track(1, category, (Keyframe(0, BOX_XYXY), Keyframe(frame_count - 1, BOX_XYXY)))
            project.replace_annotations(Annotations((track,)))
    return path


if __name__ == "__main__":
    start = Engine.start
    Engine.start = lambda workers: start(workers=workers or int(sys.argv[3]), carrier=CARRIER)
    app(["batch", sys.argv[1], "--device", sys.argv[2]])
