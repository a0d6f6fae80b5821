"""Training in several processes at once, as `torchrun` starts them: one a GPU, or one a share of the cores."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from inspect import signature
from typing import Any, cast

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from mfvis_engine.errors import MfvisError

_LAUNCHER = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
"""What `torchrun` tells each process; some clusters set one of them by themselves."""


_BUFFERS_ARE_ALIKE: Mapping[str, Any] = (
    {"forward_sync_buffers": False}
    if "forward_sync_buffers" in signature(DistributedDataParallel).parameters
    else {"broadcast_buffers": False}  # as older versions of torch call it
)
"""Training changes no buffer, so that none has to be sent around."""


class ProcessesError(MfvisError):
    """The processes of a training do not fit together."""


@dataclass(frozen=True)
class Processes:
    """This process among those that train one model.

    Attributes:
        rank: Which it is, from 0; the first one saves and reports.
        count: How many there are.
        local_rank: Which it is on its machine: the index of its GPU.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this one saves and reports."""
        return self.rank == 0

    def wrapped(self, model: nn.Module) -> nn.Module:
        """The model whose gradients are the mean over all processes; the model itself where there is one."""
        if self.count == 1:
            return model
        return DistributedDataParallel(model, **_BUFFERS_ARE_ALIKE)

    def gathering(self, wrapped: nn.Module, *, last: bool) -> AbstractContextManager[object]:
        """In which a backward pass only gathers gradients, but for the last pass of a step, which shares them."""
        if last or not isinstance(wrapped, DistributedDataParallel):
            return nullcontext()
        return cast(AbstractContextManager[object], wrapped.no_sync())

    def mean(self, value: Tensor) -> Tensor:
        """The mean of a tensor over the processes."""
        if self.count == 1:
            return value
        total = value.clone()
        distributed.all_reduce(total)
        return total / self.count

    def any(self, value: bool, device: torch.device) -> bool:
        """Whether it is so in any of the processes, which talk through tensors on a device."""
        if self.count == 1:
            return value
        return bool(self.mean(torch.tensor(float(value), device=device)) > 0)

    def wait(self) -> None:
        """Until every process is here."""
        if self.count > 1:
            distributed.barrier()


@contextmanager
def joined_processes(kind: str) -> Iterator[Processes]:
    """Joins the processes that `torchrun` started with this one; alone where it was started by hand.

    Args:
        kind: Of the torch device that is trained on: "cuda" has them talk through NCCL, any other through gloo.

    Raises:
        ProcessesError: They do not find each other.
    """
    if not all(name in os.environ for name in _LAUNCHER):
        yield Processes()
        return
    processes = Processes(*(int(os.environ[name]) for name in _LAUNCHER))
    if kind == "cuda":
        torch.cuda.set_device(processes.local_rank)
    try:
        distributed.init_process_group("nccl" if kind == "cuda" else "gloo")
    except (RuntimeError, ValueError) as error:
        raise ProcessesError(
            f"Process {processes.rank} of {processes.count} does not reach the others: {error}. Start all of them with "
            "torchrun, with one --rdzv-endpoint that every machine can reach."
        ) from error
    try:
        yield processes
    finally:
        distributed.destroy_process_group()
