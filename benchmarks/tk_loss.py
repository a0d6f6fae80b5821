"""TK-Loss: time and peak memory of a training step, beside a straightforward unfold implementation.

    python -m benchmarks.tk_loss [--setting sparse|disc] [--repetitions 9] [--json FILE]

One tube of 5 frames on a 160 x 288 loss grid, 10 instances, forward and backward, the whole frame in every
instance's region. All look at the same candidates of the same frames; that they give the same loss and
gradient is checked first.

- baseline: `unfold_tk_loss`, with its similarities computed in each step.
- reused: our loss with matches found beforehand, as in training, where frames come back in many steps.
- fresh: our matching and our loss in each step.

Ratios are baseline over ours. Times are medians; the three take turns in one process, so that a busy machine
slows them alike. Memory is the highest resident memory during one step above that before it, measured once
for each in a process of its own after a warm-up on a small tube: resident memory, because numpy's and the
kernels' arrays, which torch's profiler does not see, count too. Ratios are those of one setting, by default
the sparse grid of 9 candidates, which unfolding was written for.
"""

import argparse
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.peak_memory import extra_peak_bytes
from benchmarks.unfold_tk_loss import unfold_tk_loss
from mfvis_engine.losses import DISC, SPARSE_GRID, MatchSettings, match_tube, tk_loss

FRAMES, HEIGHT, WIDTH, INSTANCES = 5, 160, 288, 10
SETTINGS = {"sparse": SPARSE_GRID, "disc": DISC}
VARIANTS = ("baseline", "reused", "fresh")

Step = Callable[[], Tensor]


@dataclass(frozen=True)
class Ratios:
    """Baseline over ours: above 1, ours is faster or smaller. Memory is None where it cannot be measured."""

    time_ratio_reused: float
    memory_ratio_reused: float | None
    time_ratio_fresh: float
    memory_ratio_fresh: float | None


@dataclass(frozen=True)
class Tube:
    """Inputs of a step: lab (T, 3, H, W), mask_logits (N, T, H, W) with gradient, region (N, H, W) bool."""

    lab: Tensor
    mask_logits: Tensor
    region: Tensor


def drifting_tube(height: int, width: int) -> Tube:
    """A smooth noisy texture that moves by a pixel a frame: most pixels have all the matches they may."""
    random = torch.Generator().manual_seed(0)
    coarse = torch.randn(1, 3, height // 16, width // 16 + 1, generator=random)
    texture = 50 + 4 * F.interpolate(coarse, size=(height, width + FRAMES), mode="bicubic")[0]
    lab = torch.stack([texture[:, :, t : t + width] for t in range(FRAMES)])
    lab += 0.3 * torch.randn(lab.shape, generator=random)
    mask_logits = 2 * torch.randn(INSTANCES, FRAMES, height, width, generator=random)
    region = torch.ones(INSTANCES, height, width, dtype=torch.bool)
    return Tube(lab, mask_logits.requires_grad_(), region)


def make_step(variant: str, tube: Tube, settings: MatchSettings) -> Step:
    """One forward and backward pass; returns the loss and leaves the gradient in the logits."""
    matches = match_tube(tube.lab, settings)

    def step() -> Tensor:
        tube.mask_logits.grad = None
        if variant == "baseline":
            loss = unfold_tk_loss(tube.mask_logits, tube.lab, tube.region, settings)
        else:
            found = matches if variant == "reused" else match_tube(tube.lab, settings)
            loss = tk_loss(tube.mask_logits, found, tube.region)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    return step


def check_equal(tube: Tube, settings: MatchSettings) -> None:
    """Stop unless ours gives the baseline's loss and gradient."""
    answers = []
    for variant in VARIANTS:
        loss = make_step(variant, tube, settings)()
        assert tube.mask_logits.grad is not None
        answers.append((loss, tube.mask_logits.grad))
    for loss, gradient in answers[1:]:
        torch.testing.assert_close(loss, answers[0][0], rtol=1e-4, atol=0)
        torch.testing.assert_close(gradient, answers[0][1], rtol=1e-3, atol=1e-3 * float(gradient.abs().max()))


def median_seconds(tube: Tube, settings: MatchSettings, repetitions: int) -> dict[str, float]:
    """Median seconds of a step of each variant, taking turns."""
    steps = {variant: make_step(variant, tube, settings) for variant in VARIANTS}
    seconds: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    for _ in range(repetitions):
        for variant, step in steps.items():
            start = time.perf_counter()
            step()
            seconds[variant].append(time.perf_counter() - start)
    return {variant: statistics.median(values) for variant, values in seconds.items()}


def extra_bytes(variant: str, setting: str) -> int | None:
    """Peak memory of one step of a variant; call it in a fresh process."""
    settings = SETTINGS[setting]
    make_step(variant, drifting_tube(32, 48), settings)()
    step = make_step(variant, drifting_tube(HEIGHT, WIDTH), settings)
    try:
        return extra_peak_bytes(step)
    except NotImplementedError:
        return None


def measure(setting: str, repetitions: int) -> Ratios:
    """Measure all variants, print what each took, and return the ratios."""
    tube = drifting_tube(HEIGHT, WIDTH)
    check_equal(tube, SETTINGS[setting])
    seconds = median_seconds(tube, SETTINGS[setting], repetitions)
    memory = {}
    for variant in VARIANTS:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            memory[variant] = pool.apply(extra_bytes, (variant, setting))
        print(f"{setting:7} {variant:9} {1000 * seconds[variant]:8.1f} ms {_mebibytes(memory[variant])}")
    return Ratios(
        seconds["baseline"] / seconds["reused"],
        _ratio(memory["baseline"], memory["reused"]),
        seconds["baseline"] / seconds["fresh"],
        _ratio(memory["baseline"], memory["fresh"]),
    )


def _mebibytes(size: int | None) -> str:
    return "memory not measured" if size is None else f"{size / 2**20:8.1f} MiB"


def _ratio(baseline: int | None, ours: int | None) -> float | None:
    return None if baseline is None or ours is None else baseline / ours


def main() -> None:
    """Measure one setting and print the ratios."""
    parser = argparse.ArgumentParser(description="Time and memory of the TK-Loss.")
    parser.add_argument("--setting", choices=sorted(SETTINGS), default="sparse", help="candidates of the matcher")
    parser.add_argument("--repetitions", type=int, default=9, help="timed steps of each variant")
    parser.add_argument("--json", type=Path, help="write the four ratios to this file")
    arguments = parser.parse_args()
    ratios = asdict(measure(arguments.setting, arguments.repetitions))
    for name, ratio in ratios.items():
        print(f"{name:20} {'-' if ratio is None else f'{ratio:.1f}'}")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(ratios, indent=2) + "\n")


if __name__ == "__main__":
    main()
