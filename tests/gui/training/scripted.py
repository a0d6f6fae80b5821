"""An engine that tells what a test says, in a thread of its own as the real one does."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mfvis_engine.jobs.errors import EngineUnavailableError
from mfvis_engine.jobs.events import (
    Cancelled,
    Finished,
    FrameDone,
    Learned,
    Losses,
    Preview,
    Progress,
    Queued,
    Stage,
    Started,
)
from mfvis_engine.jobs.proposals import FrameProposals
from tests.gui.clip import HEIGHT, LENGTH, WIDTH, paint_truth

WEIGHTS = b"what was learned"
BLOB = hashlib.sha256(WEIGHTS).hexdigest()


class ScriptedEngine:
    """In the place of `Engine`: remembers what it was asked for."""

    def __init__(self):
        self.handles = []
        self.kept = []
        self.is_closed = False
        self.callbacks = ThreadPoolExecutor(1, thread_name_prefix="scripted-events")

    @property
    def job(self):
        return self.handles[-1]

    def submit(self, job, *, job_id=None, on_sent=None):
        self.handles.append(ScriptedJob(self, job, job_id))
        return self.job

    def keep_blob(self, path):
        self.kept.append(path)

    def close(self):
        self.is_closed = True
        self.callbacks.shutdown(wait=True)


def scripted_engines(trainer):
    """Has a trainer work with engines that tell what a test says; gives the list of them, which grows."""
    engines = []

    def make_engine(preferences):
        engines.append(ScriptedEngine())
        return engines[-1]

    trainer._room._make_engine = make_engine
    return engines


class ScriptedJob:
    """In the place of `JobHandle`."""

    def __init__(self, engine, job, job_id):
        self.engine, self.request, self.id = engine, job, job_id
        self.focused = []
        self.wishes = []
        self.is_followed = self._is_closed = False

    def on_event(self, callback, *, after=0, on_lost=None):
        self._callback, self._on_lost = callback, on_lost
        self.is_followed = True
        return self

    def close(self):
        self._is_closed = True

    def tell(self, *events):
        """Returns at once, as if a worker had told them."""
        for event in events:
            self.engine.callbacks.submit(self._call, event)

    def lose(self):
        self.engine.callbacks.submit(self._on_lost, EngineUnavailableError("No engine answers at tls://gpu:8786."))

    def cancel(self):
        self.wishes.append("cancel")
        self.tell(Cancelled())

    def pause(self):
        self.wishes.append("pause")

    def resume(self):
        self.wishes.append("resume")

    def focus(self, frame_index):
        self.focused.append(frame_index)

    def read_blob(self, sha256, path):
        path.write_bytes(WEIGHTS)

    def _call(self, event):
        if not self._is_closed:
            self._callback(event)


def labels_of(frame_index, track_ids=(1, 2)):
    labels = paint_truth(np.zeros((HEIGHT, WIDTH), np.uint16), frame_index)
    return np.where(np.isin(labels, track_ids), labels, 0).astype(np.uint16)


def masks_of(frame_index, track_ids=(1, 2)):
    ids = np.array(track_ids, np.int64)
    return FrameProposals.of(frame_index, labels_of(frame_index, track_ids), ids, np.ones(len(ids), np.float32))


def frames(*indices, track_ids=(1, 2)):
    return [FrameDone(masks_of(frame_index, track_ids)) for frame_index in indices]


def learning(step, total=300):
    losses = Losses(projection=1 / step, pairwise=0.5, temporal=0.25, outside=0.1, teacher=0.2)
    return Progress(
        stage=Stage.TRAINING, fraction_done=step / total, step=step, losses=losses, per_second=6.5, seconds_left=40.0
    )


BEGIN = (
    Queued(),
    Started(attempt=1, device="CPU (bfloat16)", settings='{"steps": 300, "weights": {"pairwise": 0.5}}'),
    Progress(stage=Stage.READING, fraction_done=0.5),
    learning(120),
)
LEARNED = Learned(steps=300, seconds=40.0, blob=BLOB)
PREVIEW = Preview(step=120, masks=masks_of(0))
WHOLE_STORY = (*BEGIN, PREVIEW, LEARNED, *frames(*range(LENGTH)), Finished())
