"""A segment job that waits to be killed: `python -m tests.cli.killed_segment_job PROJECT PART`.

Its training is saved after every step. PART is "training" or "predicting": where it waits.
"""

import dataclasses
import sys
import time

from mfvis_engine.actions.resumption import SegmentRequest
from mfvis_engine.actions.segmentation import segment_project
from mfvis_engine.jobs.carrier import reporter, settings, weights
from mfvis_engine.jobs.events import FrameDone, Progress, Stage
from mfvis_engine.jobs.job import TrainingLimits
from mfvis_engine.project import Project
from tests.cli.conftest import make_tiny_net

THREE_STEPS = SegmentRequest(limits=TrainingLimits(steps=3), device="cpu")


class WaitingListener:
    """Says "here" and stops when the second step of training, or the second frame, is done."""

    def __init__(self, part):
        self._part, self._frames_told = part, 0

    def __call__(self, event):
        match event:
            case Progress(stage=Stage.TRAINING, step=2) if self._part == "training":
                self._wait()
            case FrameDone():
                self._frames_told += 1
                if self._part == "predicting" and self._frames_told == 3:  # which is not written yet
                    self._wait()

    def _wait(self):
        print("here", flush=True)
        time.sleep(600)


def saved_at_every_step():
    """The settings of training, but for when it is saved."""
    return dataclasses.replace(settings._FROM_SHIPPED, refresh_steps=1)


if __name__ == "__main__":
    settings._FROM_SHIPPED = saved_at_every_step()
    reporter._EVERY_S = 0.0
    weights.load_net = make_tiny_net
    with Project.open(sys.argv[1]) as opened:
        segment_project(opened, THREE_STEPS, WaitingListener(sys.argv[2]))
