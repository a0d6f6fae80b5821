"""A segment job that waits to be killed: `python -m tests.cli.killed_segment_job PROJECT PART`.

Its training is saved after every step. PART is "training" or "predicting": where it waits.
"""

import sys
import time
from dataclasses import replace

from mfvis_engine.cli.actions import segmentation
from mfvis_engine.project import Project
from tests.cli.conftest import make_tiny_net


class WaitingListener:
    """Says "here" and stops when the second step of training, or the second frame, is done."""

    def __init__(self, part):
        self._part = part

    def reading(self):
        pass

    def training(self, progress, settings):
        if self._part == "training" and progress.step == 2:
            self._wait()

    def predicting(self, frames_done, frame_count):
        if self._part == "predicting" and frames_done == 2:
            self._wait()

    def merging(self):
        pass

    def _wait(self):
        print("here", flush=True)
        time.sleep(600)


def small_request():
    """Three steps of training, saved after each."""
    request = segmentation.SegmentRequest.of(steps=3, device_name="cpu")
    return replace(request, settings=replace(request.settings, refresh_steps=1))


if __name__ == "__main__":
    segmentation.load_net = make_tiny_net
    with Project.open(sys.argv[1]) as opened:
        segmentation.segment_project(opened, small_request(), WaitingListener(sys.argv[2]))
