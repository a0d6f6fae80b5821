"""Trains the warm start: the box-prompted network on synthetic video with exact masks.

Run `python -m mfvis_engine.training.warm_start --steps 20000`; about two hours on two cores. It sees no
annotation made by a person. The result is what `models.checkpoint.WARM_START` ships.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mfvis_engine.models.box_prompted import BoxPromptedConfig, BoxPromptedNet
from mfvis_engine.models.checkpoint import WARM_START, load_net, save_net
from mfvis_engine.models.prompt import network_input
from mfvis_engine.training.averaging import follow, mean_of
from mfvis_engine.training.synthetic import Bank, Tube, random_tube, texture_bank
from mfvis_engine.training.synthetic.samples import Sample, random_sample

_REPORT_STEPS, _SAVE_STEPS = 100, 1000


@dataclass(frozen=True)
class WarmStartSettings:
    """How long and how fast to learn."""

    steps: int = 20_000
    batch: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    warmup_steps: int = 300
    ema_decay: float = 0.998
    pool_tubes: int = 1600
    new_tubes_per_step: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Batch:
    """Crops (B, 3, S, S, 3) uint8, prompts (B, 3, S, S), masks (B, S, S)."""

    crops_rgb: Tensor
    prompts: Tensor
    masks: Tensor


class TubePool:
    """A pool of rendered tubes in which a few are replaced at every step, so that none is seen too often."""

    def __init__(self, settings: WarmStartSettings, size: int) -> None:
        self._settings, self._size = settings, size
        self._rng = np.random.default_rng(settings.seed)
        self._bank = Bank.of(texture_bank(self._rng))
        self._tubes: list[Tube] = [random_tube(self._rng, self._bank) for _ in range(settings.pool_tubes)]
        self._oldest = 0

    def batch(self) -> Batch:
        """Replaces the oldest tubes, then draws one batch."""
        for _ in range(self._settings.new_tubes_per_step):
            self._tubes[self._oldest] = random_tube(self._rng, self._bank)
            self._oldest = (self._oldest + 1) % len(self._tubes)
        samples: list[Sample] = []
        while len(samples) < self._settings.batch:
            tube = self._tubes[int(self._rng.integers(len(self._tubes)))]
            sample = random_sample(tube, self._rng, self._size)
            if sample is not None:
                samples.append(sample)
        return Batch(
            torch.from_numpy(np.stack([s.crops_rgb for s in samples])),
            torch.from_numpy(np.stack([s.prompts for s in samples])),
            torch.from_numpy(np.stack([s.mask for s in samples])),
        )


def mask_loss(mask_logits: Tensor, masks: Tensor) -> Tensor:
    """Cross-entropy plus dice, both over (B, S, S), masks in 0..1."""
    probability = mask_logits.sigmoid()
    overlap = 2 * (probability * masks).sum((1, 2)) + 1
    dice = 1 - overlap / (probability.square().sum((1, 2)) + masks.square().sum((1, 2)) + 1)
    return F.binary_cross_entropy_with_logits(mask_logits, masks) + dice.mean()


def train(settings: WarmStartSettings, out: Path, start: BoxPromptedNet | None = None) -> BoxPromptedNet:
    """Trains and writes the averaged weights to `out`, also every 1000 steps on the way.

    Returns:
        The averaged network.
    """
    torch.manual_seed(settings.seed)
    net = start or BoxPromptedNet(BoxPromptedConfig())
    average = copy.deepcopy(net)
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=settings.weight_decay)
    report = _Report()
    for step, batch in enumerate(_batches(settings, net.crop_size), start=1):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * _schedule(step, settings)
        report.add(*_learn(net, optimizer, batch))
        follow(average, net, step, settings.ema_decay)
        if step % _REPORT_STEPS == 0:
            print(report.line(step), flush=True)
            report = _Report()
        if step % _SAVE_STEPS == 0 or step == settings.steps:
            save_net(out, average, half=True, notes=f"Warm start, {step} of {settings.steps} steps: {settings}")
    return average


def _batches(settings: WarmStartSettings, crop_size: int) -> Iterator[Batch]:
    """One batch a step; the next is drawn while the network learns from this one."""
    pool = TubePool(settings, crop_size)
    with ThreadPoolExecutor(1) as ahead:
        following = ahead.submit(pool.batch)
        for _ in range(settings.steps - 1):
            batch, following = following.result(), ahead.submit(pool.batch)
            yield batch
        yield following.result()


def _learn(net: BoxPromptedNet, optimizer: torch.optim.Optimizer, batch: Batch) -> tuple[float, float]:
    """One step; returns loss and IoU of the batch."""
    with torch.autocast("cpu", torch.bfloat16):
        mask_logits = net(network_input(batch.crops_rgb, batch.prompts)).float()
    loss = mask_loss(mask_logits, batch.masks)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    return loss.item(), _iou(mask_logits.detach(), batch.masks)


@dataclass
class _Report:
    """Means over the steps since the last line."""

    losses: list[float] = field(default_factory=list)
    ious: list[float] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def add(self, loss: float, iou: float) -> None:
        self.losses.append(loss)
        self.ious.append(iou)

    def line(self, step: int) -> str:
        rate = len(self.losses) / (time.monotonic() - self.began)
        return f"step {step} loss {np.mean(self.losses):.4f} iou {np.mean(self.ious):.4f} steps/s {rate:.2f}"


def _schedule(step: int, settings: WarmStartSettings) -> float:
    if step < settings.warmup_steps:
        return step / settings.warmup_steps
    done = (step - settings.warmup_steps) / max(1, settings.steps - settings.warmup_steps)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))


def _iou(mask_logits: Tensor, masks: Tensor) -> float:
    predicted, true = mask_logits > 0, masks > 0.5
    both, either = (predicted & true).sum((1, 2)), (predicted | true).sum((1, 2))
    return float((both / either.clamp(min=1)).mean())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=WarmStartSettings.steps)
    parser.add_argument("--seed", type=int, default=WarmStartSettings.seed)
    parser.add_argument("--learning-rate", type=float, default=WarmStartSettings.learning_rate)
    parser.add_argument("--out", type=Path, default=WARM_START)
    parser.add_argument("--start", type=Path, help="weights to go on from instead of random ones")
    parser.add_argument(
        "--mean-with-start", action="store_true", help="write the mean of the weights to start from and of the new ones"
    )
    options = parser.parse_args()
    if options.mean_with_start and not options.start:
        parser.error("--mean-with-start needs --start")
    settings = WarmStartSettings(steps=options.steps, seed=options.seed, learning_rate=options.learning_rate)
    trained = train(settings, options.out, load_net(options.start) if options.start else None)
    if options.mean_with_start:
        notes = f"Warm start, mean of the weights before and after {settings}"
        save_net(options.out, mean_of(load_net(options.start), trained), half=True, notes=notes)


if __name__ == "__main__":
    main()
