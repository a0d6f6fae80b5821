"""Where and in which precision the network runs."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import torch

from mfvis_engine.errors import MfvisError


class DeviceError(MfvisError):
    """The device asked for is not there."""


@dataclass(frozen=True)
class Device:
    """A torch device and whether bfloat16 is fast there."""

    torch_device: torch.device
    bfloat16: bool

    @classmethod
    def choose(cls, name: str = "auto") -> Device:
        """`auto` takes CUDA, else Apple's MPS, else the CPU; any torch device name is taken as it is.

        Raises:
            DeviceError: The name is unknown or the device is absent.
        """
        kind = _best() if name == "auto" else name
        try:
            torch_device = torch.device(kind)
            torch.empty(1, device=torch_device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise DeviceError(
                f"Device {name!r} cannot be used: {error}.", command="Try --device auto or --device cpu."
            ) from error
        return cls(torch_device, _has_fast_bfloat16(torch_device))

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """bfloat16 autocast where it is fast, else nothing."""
        if self.bfloat16:
            return torch.autocast(self.torch_device.type, torch.bfloat16)
        return contextlib.nullcontext()

    def __str__(self) -> str:
        return f"{self.torch_device} ({'bfloat16' if self.bfloat16 else 'float32'})"


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _has_fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return (
            bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and torch.backends.cpu.get_cpu_capability() == "AVX512"
        )
    return False
