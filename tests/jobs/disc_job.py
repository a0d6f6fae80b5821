"""Jobs on the drifting disc, a desk that notes all it is told, and jobs that wait to be killed.

`python -m tests.jobs.disc_job FOLDER PART` carries the job in FOLDER out until PART ("training" or "predicting") has
begun, and waits there.
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.jobs.carrier.direct import DirectDesk
from mfvis_engine.jobs.carrier.runner import carry_out
from mfvis_engine.jobs.carrier.weights import write_weights
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.desk import Wish
from mfvis_engine.jobs.events import FrameDone, Learned, Progress
from mfvis_engine.jobs.job import LearnedWeights, SegmentJob, TrainingLimits
from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet
from mfvis_engine.video import open_video
from tests.training.scenes import LENGTH, disc_masks, disc_video, tight_box

TRACK_ID = 7
PRIOR_CHANNEL = 11
LONG_ENOUGH_TO_SAVE = TrainingLimits(steps=110)


def disc_clip(folder):
    """The disc's clip on disk."""
    path = folder / "disc.npy"
    if not path.exists():
        np.save(path, disc_video().frames(0, LENGTH))
    with open_video(path) as video:
        return ClipReference.of(path, video)


def disc_annotations(every=3):
    masks = disc_masks()
    frames = sorted({*range(0, LENGTH, every), LENGTH - 1})
    return Annotations((Track(TRACK_ID, "disc", tuple(Keyframe(t, tight_box(masks[t])) for t in frames)),))


def colour_net():
    """A small network that answers with the colour prior, until it is trained."""
    torch.manual_seed(0)
    net = BoxPromptedNet(BoxPromptedConfig(widths=(8, 16, 16), crop_size=32))
    with torch.no_grad():
        for parameter in (*net.lateral.parameters(), net.stem.weight[0], net.head.weight):
            parameter.zero_()
        net.stem.weight[0, PRIOR_CHANNEL, 2, 2] = 1
        net.stem.bias[0] = 1
        net.head.weight[:, 0, 1, 1] = 6
        net.head.bias.fill_(-6)
    return net


def tiny_weights(desk):
    """That network among the blobs."""
    path = desk.folder / "tiny.safetensors"
    write_weights(path, colour_net())
    return LearnedWeights(desk.keep_blob(path))


def disc_job(desk, **changes):
    """Ten steps from the tiny network."""
    fields = {
        "clip": disc_clip(desk.folder.parent),
        "annotations": disc_annotations(),
        "device": "cpu",
        "start": tiny_weights(desk),
        "limits": TrainingLimits(steps=10),
    }
    return SegmentJob(**{**fields, **changes})


class NotingDesk(DirectDesk):
    """Notes events; `wishes` makes the wish of the desk, after `asked` was counted up."""

    def __init__(self, folder, wishes=None, **fields):
        self.events, self.wishes, self.asked = [], wishes, 0
        super().__init__(folder / "job", self.events.append, folder / "blobs", **fields)
        self.folder.mkdir(parents=True, exist_ok=True)

    def wish(self):
        self.asked += 1
        return self.wishes(self) if self.wishes else Wish.RUN

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def frames(self):
        """The final masks told, by frame."""
        return {event.masks.frame_index: event.masks for event in self.of(FrameDone)}


def carried_out(folder, desk=None, **changes):
    """A desk after a job of ten steps."""
    desk = desk or NotingDesk(folder)
    job = disc_job(desk, **changes)
    carry_out(job, Path(job.clip.path), desk)
    return desk


def _wait_to_be_killed(folder, part):
    torch.set_num_threads(1)
    desk = NotingDesk(folder)

    def tell(event):
        reached = {
            "training": isinstance(event, Progress) and event.stage == "training" and event.step > 100,
            "learned": isinstance(event, Learned),
            "predicting": isinstance(event, FrameDone),
        }[part]
        if isinstance(event, FrameDone):
            print(event.masks.frame_index, flush=True)
        if reached:
            print("here", flush=True)
            time.sleep(600)

    desk.on_event = tell
    job = disc_job(desk, limits=LONG_ENOUGH_TO_SAVE)
    carry_out(job, Path(job.clip.path), desk)


if __name__ == "__main__":
    _wait_to_be_killed(Path(sys.argv[1]), sys.argv[2])
