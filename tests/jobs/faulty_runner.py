"""The real runner in a worker process, and faults that only the worker itself can bring about.

The job's `device` says which: "cpu" for none, "memory:MIB" for so little memory beyond what the process has already.
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
from mfvis_engine.jobs.desk import Desk, Wish
from mfvis_engine.jobs.events import Event, FrameDone
from mfvis_engine.jobs.job import AnyJob

CARRIER = f"{__name__}:carry_out"
SAVED_EVERY_STEPS = 10
_FRAME_S = 0.05


def carry_out(job: AnyJob, clip_path: Path, desk: Desk) -> None:
    """As the runner, in one thread, so that the same job gives the same bits; saved often, and at work for a while."""
    torch.set_num_threads(1)
    settings._FROM_LEARNED = dataclasses.replace(settings._FROM_LEARNED, refresh_steps=SAVED_EVERY_STEPS)
    fault, _, argument = job.device.partition(":")
    with _short_of_memory(int(argument)) if fault == "memory" else contextlib.nullcontext():
        runner.carry_out(msgspec.structs.replace(job, device="cpu"), clip_path, _UnhurriedDesk(desk))


class _UnhurriedDesk:
    """A desk of a worker that needs a moment for each frame, so that it can be killed among them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.folder, self.attempt = desk.folder, desk.attempt

    def tell(self, event: Event) -> None:
        self._desk.tell(event)
        if isinstance(event, FrameDone):
            time.sleep(_FRAME_S)

    def wish(self) -> Wish:
        return self._desk.wish()

    def focus_frame(self) -> int:
        return self._desk.focus_frame()

    def frames_done(self) -> Collection[int]:
        return self._desk.frames_done()

    def keep_blob(self, path: Path) -> str:
        return self._desk.keep_blob(path)

    def blob(self, sha256: str) -> Path:
        return self._desk.blob(sha256)


@contextlib.contextmanager
def _short_of_memory(mebibytes: int) -> Iterator[None]:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = psutil.Process().memory_info().vms + mebibytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
