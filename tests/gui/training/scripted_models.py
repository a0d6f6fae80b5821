"""An engine that trains and uses models for many videos as a test says."""

import hashlib
import json
import queue

import numpy as np

from mfvis_engine.annotation import Keyframe, ProposedTrack
from mfvis_engine.jobs.errors import JobCancelledError, JobFailedError
from mfvis_engine.jobs.events import (
    Cancelled,
    Failed,
    Finished,
    FrameDone,
    ModelLearned,
    Progress,
    Queued,
    Stage,
    Started,
    TracksFound,
)
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.jobs.video_model import VideoModel
from tests.gui.clip import LENGTH
from tests.gui.training.scripted import WEIGHTS, ScriptedEngine, ScriptedJob, labels_of

BLOB = hashlib.sha256(WEIGHTS).hexdigest()
SETTINGS = '{"steps": 40, "clips": {"short_sides": [128]}}'
DESCRIPTION = json.dumps({"config": {"class_names": ["cell", "dish"]}})
NEW_ID = 700
LEFT, TOP, SIDE = 50, 35, 20
BEST = 4
"""The frame in which the new object is surest."""


class ModelEngine(ScriptedEngine):
    """Its jobs are followed as `JobHandle.events` is."""

    def submit(self, job, *, job_id=None, on_sent=None):
        self.handles.append(ModelJob(self, job, job_id))
        return self.job

    def keep_blob(self, path):
        super().keep_blob(path)
        return BLOB


class ModelJob(ScriptedJob):
    def __init__(self, engine, job, job_id):
        super().__init__(engine, job, job_id)
        self._events, self._ending = queue.Queue(), None

    def tell(self, *events):
        for event in events:
            self._events.put(event)

    def events(self, after=0):
        while not isinstance(self._ending, Failed | Cancelled | Finished):
            self._ending = self._events.get(timeout=20)
            yield self._ending

    def wait(self):
        if isinstance(self._ending, Failed):
            raise JobFailedError(self._ending.reason)
        if isinstance(self._ending, Cancelled):
            raise JobCancelledError("The job was cancelled")


def stepped(step, total=40):
    return Progress(
        stage=Stage.TRAINING, fraction_done=step / total, step=step, loss=10 / step, per_second=2.0, seconds_left=20.0
    )


LEARNS = (Queued(), Started(attempt=1, device="CPU (float32)", settings=SETTINGS), *map(stepped, range(1, 21)))
LEARNED = (
    ModelLearned(steps=40, seconds=20.0, model=VideoModel(BLOB, DESCRIPTION), log=BLOB),
    Finished(),
)


def looked(frame_count):
    return Progress(stage=Stage.PREDICTING, fraction_done=frame_count / LENGTH, step=frame_count, per_second=5.0)


def found_masks(frame_index):
    """Track 1, which is known, and a new one."""
    labels = labels_of(frame_index, (1,))
    labels[TOP : TOP + SIDE, LEFT : LEFT + SIDE] = NEW_ID
    scores = np.array([0.8, 0.9 if frame_index == BEST else 0.7], np.float32)
    return FrameDone(FrameProposals.of(frame_index, labels, np.array([1, NEW_ID]), scores))


LOOKS = (Queued(), Started(attempt=1, device="CPU (float32)", settings="{}"), looked(3))
_BOX = (LEFT, TOP, LEFT + SIDE, TOP + SIDE)
FOUND = TracksFound(
    known_ids=(1,), proposed=(ProposedTrack(NEW_ID, "cell", 0.85, (Keyframe(0, _BOX), Keyframe(LENGTH - 1, _BOX))),)
)
FINDS = (*LOOKS, FOUND, *map(found_masks, range(LENGTH)), Finished())


def write_model(folder):
    """The files of a model, as far as the window and the client read them."""
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    (folder / "model.json").write_text(DESCRIPTION, encoding="utf-8")
    details = {"settings": {"clips": {"short_sides": [128]}}, "videos": ["walk", "run"], "start": "random weights"}
    (folder / "details.json").write_text(json.dumps(details), encoding="utf-8")
    return folder
