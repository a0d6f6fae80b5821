"""The real runner in a worker process that can be caught at work, and a fault that only the worker can bring about.

The job's `device` says which: "cpu" for none, "memory:MIB" for no more memory than that beyond what the process has.
"""

import contextlib
import dataclasses
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
import psutil
import torch

from mfvis_engine.jobs.carrier import runner, settings
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.desk import Desk, Wish
from mfvis_engine.jobs.events import Event, FrameDone, Progress, Stage
from mfvis_engine.jobs.job import AnyJob

CARRIER = f"{__name__}:carry_out"
SAVED_EVERY_STEPS = 10
_FRAME_S, _TRAINING_S = 0.05, 0.1


def carry_out(job: AnyJob, clip_path: Path, desk: Desk) -> None:
    """As the runner; in one thread, so that the same job gives the same bits, and with its training saved often."""
    torch.set_num_threads(1)
    settings._FROM_LEARNED = dataclasses.replace(settings._FROM_LEARNED, refresh_steps=SAVED_EVERY_STEPS)
    fault, _, argument = job.device.partition(":")
    with _short_of_memory(int(argument)) if fault == "memory" else contextlib.nullcontext():
        runner.carry_out(msgspec.structs.replace(job, device="cpu"), clip_path, _UnhurriedDesk(desk))


class _UnhurriedDesk:
    """A desk that takes a moment for what it is told, in which the worker can be killed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.folder, self.attempt = desk.folder, desk.attempt

    def tell(self, event: Event) -> None:
        self._desk.tell(event)
        match event:
            case FrameDone():
                time.sleep(_FRAME_S)
            case Progress(stage=Stage.TRAINING):
                time.sleep(_TRAINING_S)

    def wish(self) -> Wish:
        return self._desk.wish()

    def focus_frame(self) -> int:
        return self._desk.focus_frame()

    def frames_done(self) -> Collection[int]:
        return self._desk.frames_done()

    def clip(self, clip: ClipReference) -> Path:
        return self._desk.clip(clip)

    def keep_blob(self, path: Path) -> str:
        return self._desk.keep_blob(path)

    def blob(self, sha256: str) -> Path:
        return self._desk.blob(sha256)


@contextlib.contextmanager
def _short_of_memory(mebibytes: int) -> Iterator[None]:
    import resource  # which Windows has not

    before = resource.getrlimit(resource.RLIMIT_AS)
    limit_bytes = psutil.Process().memory_info().vms + mebibytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
