"""When memory runs out: the same again in smaller portions, until there is nothing smaller."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch

from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.events import Warned

if TYPE_CHECKING:
    from mfvis_engine.jobs.desk import Desk
    from mfvis_engine.models import Device
    from mfvis_engine.training import FineTuneSettings

_T = TypeVar("_T")

_FEWEST_TUBES = 8
_CROPS_AT_ONCE = 32
_HOST_ALLOCATOR, _MPS = "DefaultCPUAllocator", "MPS backend out of memory"
"""What torch says in a plain RuntimeError where memory of the host or of MPS is exhausted."""
_ONEDNN = frozenset({"could not create a primitive", "could not execute a primitive"})
"""All that torch says where the library that convolves on a CPU finds no memory."""


class JobMemoryError(EngineError):
    """There is too little memory for the smallest portions."""


@dataclass(frozen=True)
class Portions:
    """How much is held in memory at once.

    Attributes:
        tubes_per_step: Tubes in one step of training.
        most_tubes: Tubes that training keeps.
        crops_at_once: Crops in one forward pass of prediction.
    """

    tubes_per_step: int
    most_tubes: int
    crops_at_once: int = _CROPS_AT_ONCE

    @classmethod
    def of(cls, settings: FineTuneSettings) -> Portions:
        """As the settings of training have them."""
        return cls(settings.tubes_per_step, settings.most_tubes)

    def settings(self, settings: FineTuneSettings) -> FineTuneSettings:
        """The settings with these portions."""
        return dataclasses.replace(settings, tubes_per_step=self.tubes_per_step, most_tubes=self.most_tubes)

    def smaller(self) -> Portions | None:
        """Half of each; None where all are as small as they can be."""
        half = Portions(
            max(1, self.tubes_per_step // 2),
            max(min(_FEWEST_TUBES, self.most_tubes), self.most_tubes // 2),
            max(1, self.crops_at_once // 2),
        )
        return None if half == self else half

    def __str__(self) -> str:
        return (
            f"{self.tubes_per_step} tubes a step, {self.most_tubes} tubes in memory and {self.crops_at_once} crops at"
            " once"
        )


class MemoryLimit:
    """Remembers which portions fit."""

    def __init__(self, portions: Portions, device: Device, desk: Desk) -> None:
        """Begins with `portions`; says at `desk` when they shrink."""
        self.portions = portions
        self._device, self._desk = device, desk

    def within(self, work: Callable[[Portions], _T]) -> _T:
        """What `work` returns; it is called again with smaller portions where memory runs out.

        Raises:
            JobMemoryError: It ran out with the smallest portions too.
        """
        while True:
            try:
                return work(self.portions)
            except (MemoryError, RuntimeError) as error:  # torch.OutOfMemoryError is a RuntimeError
                if not _is_exhaustion(error):
                    raise
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            self._shrink(reason)  # outside the handler: while it is handled, the error holds all tensors

    def _shrink(self, reason: str) -> None:
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        smaller = self.portions.smaller()
        if smaller is None:
            on_cpu = self._device.torch_device.type == "cpu"
            remedy = "use a machine with more" if on_cpu else "choose another device, such as cpu"
            raise JobMemoryError(
                f"{self._device} has too little memory ({reason}), even with {self.portions}. Close what else uses it,"
                f" or {remedy}."
            )
        self._desk.tell(
            Warned(f"{self._device} ran out of memory with {self.portions} ({reason}). Going on with {smaller}.")
        )
        self.portions = smaller


@contextmanager
def told_in_words(device: Device, remedy: str) -> Iterator[None]:
    """Runs work that has no smaller portions.

    Args:
        device: Where it runs.
        remedy: What makes it need less.

    Raises:
        JobMemoryError: It ran out of memory.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_exhaustion(error):
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise JobMemoryError(f"{device} has too little memory ({reason}). {remedy}") from None


def _is_exhaustion(error: Exception) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return _HOST_ALLOCATOR in str(error) or _MPS in str(error) or str(error) in _ONEDNN
