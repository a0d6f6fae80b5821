"""The GPUs of this machine, and how worker processes share them."""

import os
import subprocess

_VARIABLE = "CUDA_VISIBLE_DEVICES"
_SURVEY_S = 20.0


def visible_gpus() -> tuple[str, ...]:
    """The NVIDIA GPUs that this process may use, as CUDA names them; found without loading CUDA or torch."""
    given = os.environ.get(_VARIABLE)
    if given is not None:
        return tuple(name.strip() for name in given.split(",") if name.strip() not in ("", "-1"))
    question = ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"]
    try:
        answer = subprocess.run(question, capture_output=True, encoding="utf-8", timeout=_SURVEY_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(line.strip() for line in answer.stdout.splitlines() if line.strip())


def gpu_environment(gpus: tuple[str, ...], number: int) -> dict[str, str]:
    """The environment variables that let worker `number`, from 0, see one of several GPUs; none where it sees all."""
    return {_VARIABLE: gpus[number % len(gpus)]} if len(gpus) > 1 else {}
