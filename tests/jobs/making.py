"""Jobs for tests that look at no frame."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from mfvis_engine.annotation import Annotations
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.job import LearnedWeights, ShippedWeights, TrainJob
from mfvis_engine.project.fingerprint import fingerprint

_Result = TypeVar("_Result")

CARRIER = "tests.jobs.carriers:obey"


def clip_of(path: Path) -> ClipReference:
    """A reference to a file or folder that is no video."""
    return ClipReference(path=str(path), fingerprint=fingerprint(path), length=10, height=4, width=6)


def job_of(path: Path, command: str, *, focus_frame: int = 0, blob: str = "") -> TrainJob:
    """A job for `carriers.obey`, which starts from a kept file where one is named."""
    return TrainJob(
        clip=clip_of(path),
        annotations=Annotations(),
        device=command,
        focus_frame=focus_frame,
        start=LearnedWeights(blob) if blob else ShippedWeights(),
    )


def run(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Runs a coroutine to its end."""
    return asyncio.run(coroutine)
