"""Fine-tunes the box-prompted network on a project's own boxes, and on a person's masks where there are any."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.errors import MfvisError
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.device import Device
from mfvis_engine.models.prompt import network_input
from mfvis_engine.models.segment import segment_crops
from mfvis_engine.training.averaging import follow
from mfvis_engine.training.known_masks import NO_MASKS, KnownMasks
from mfvis_engine.training.objective import LossTerms, LossWeights, TubeTargets, centre_prior_loss
from mfvis_engine.training.snapshot import SnapshotState, read_snapshot, write_snapshot
from mfvis_engine.training.steering import Steering
from mfvis_engine.training.tubes import SUPERVISED, choose_tubes, read_tubes
from mfvis_engine.video import VideoSource

_PRIOR_FADED = 0.4  # part of training after which the centre prior is gone
_KNOWN_SHARE = 0.25  # of the tubes of a step that have a person's mask, at the least, where there are any


class NothingToLearnError(MfvisError):
    """There is no box to learn from."""


@dataclass(frozen=True)
class FineTuneSettings:
    """How long and how fast to learn from the boxes.

    Attributes:
        steps: Optimiser steps at the most.
        seconds: Wall-clock limit of the steps, for slow machines. Where it ends training, the result depends on the
            machine and what else it does; where the steps do, it does not.
        learning_rate: Of AdamW, at its highest.
        tubes_per_step: Tubes of three frames in one step.
        most_tubes: Tubes kept in memory; longer videos are sampled.
        refresh_steps: Steps between looks at all tubes by the teacher, the averaged network.
        first_passes: Passes of its first look, each on what the one before made of the masks. A network that has not
            learned from the video needs two.
        ema_decay: Of the averaged network, per step.
        weights: Of the loss terms.
        centre_prior: Weight of the prior for the middle of the box, faded out over the first 40 % of training. Without
            it a network that starts from random weights often satisfies the projections with a thin frame.
        seed: Of tubes and mirroring.
    """

    steps: int = 300
    seconds: float = 60.0
    learning_rate: float = 4e-4
    tubes_per_step: int = 4
    most_tubes: int = 240
    refresh_steps: int = 100
    first_passes: int = 2
    ema_decay: float = 0.98
    weights: LossWeights = field(default_factory=LossWeights)
    centre_prior: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class TrainingProgress:
    """Told after every step.

    Attributes:
        step: Steps done.
        fraction_done: 0 to 1, by whichever limit is nearer.
        losses: Of this step.
        seconds: Of training before this step.
        net: The averaged network as it is now; it goes on changing.
        boxes: The boxes that it learns from.
    """

    step: int
    fraction_done: float
    losses: LossTerms
    seconds: float
    net: PromptedNet
    boxes: DenseBoxes


class FineTuner:
    """One fine-tuning run: `run` trains, `average` is the network to predict with."""

    def __init__(
        self,
        net: PromptedNet,
        video: VideoSource,
        boxes: DenseBoxes,
        settings: FineTuneSettings,
        device: Device,
        snapshot_dir: Path | None = None,
        *,
        masks: KnownMasks = NO_MASKS,
        steering: Steering | None = None,
    ) -> None:
        """Reads the tubes and finds their matches.

        Args:
            net: The network to start from; it is left as it is.
            video: T frames.
            boxes: Boxes of N tracks in T frames.
            settings: How long and how fast.
            device: Where.
            snapshot_dir: Where the run is saved at every refresh, and gone on with if it was saved before.
            masks: A person's masks; those of tracks and frames without a box are left out.
            steering: What to ask between pieces of work.

        Raises:
            NothingToLearnError: No track has a box in any frame.
            CheckpointError: What was saved is damaged, or belongs to other boxes, masks or settings.
        """
        torch.manual_seed(settings.seed)
        self.settings, self.device, self.boxes = settings, device, boxes
        self._steering = steering or Steering()
        self._rng = np.random.default_rng(settings.seed)
        specs = choose_tubes(boxes, settings.most_tubes, self._rng, masks.table(boxes))
        if not specs:
            raise NothingToLearnError("No track has a box in any frame. Draw or import at least one box, then train.")
        self.net = copy.deepcopy(net).to(device.torch_device)
        self.average = copy.deepcopy(self.net)
        self._networks = {"net": self.net, "average": self.average}
        self.tubes = read_tubes(video, boxes, specs, net.crop_size, masks)
        self.targets = TubeTargets.of(self.tubes, device, self._steering.heed)
        self._known_tubes = np.flatnonzero(self.tubes.known.any(1))
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=settings.learning_rate, weight_decay=0.0)
        self.step, self._seconds_before = 0, 0.0
        self.teacher = np.empty(self.tubes.inside.shape, np.float32)
        self._snapshot_dir, self._fingerprint = snapshot_dir, _fingerprint(boxes, masks, settings)
        if snapshot_dir:
            self._resume(snapshot_dir)

    def run(self, on_progress: Callable[[TrainingProgress], None] | None = None) -> None:
        """Trains until the steps or the seconds are used up."""
        clock = self._steering.clock
        began = clock() - self._seconds_before
        while True:
            self._steering.heed()
            seconds = clock() - began
            done = max(self.step / self.settings.steps, seconds / self.settings.seconds)
            if done >= 1:
                return
            if self.step % self.settings.refresh_steps == 0:
                self._save(seconds)
                self._refresh_teacher()
            losses = self._train_step(done)
            self.step += 1
            if on_progress:
                progress = TrainingProgress(self.step, min(done, 1.0), losses, seconds, self.average, self.boxes)
                on_progress(progress)

    def _resume(self, folder: Path) -> None:
        state = read_snapshot(folder, self._fingerprint, self._networks, self.optimizer)
        if state:
            self.step, self._seconds_before = state.step, state.seconds
            self._rng.bit_generator.state = json.loads(state.generator)

    def _save(self, seconds: float) -> None:
        if self._snapshot_dir and self.step:
            generator = json.dumps(self._rng.bit_generator.state)
            state = SnapshotState(self.step, seconds, generator, self._fingerprint)
            write_snapshot(self._snapshot_dir, state, self._networks, self.optimizer)

    def _refresh_teacher(self) -> None:
        every = np.arange(len(self.tubes))
        passes = self.settings.first_passes if self.step == 0 else 1
        average = self._steering.steered(self.average)
        for k in range(SUPERVISED):
            logits = segment_crops(average, self.tubes.frame(every, k), self.device, passes=passes)
            self.teacher[:, k] = self.tubes.allowed[:, k] * expit(logits)
        self.teacher[self.tubes.known] = self.tubes.masks[self.tubes.known] / np.float32(255)

    def _train_step(self, done: float) -> LossTerms:
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.learning_rate * _schedule(self.step, done)
        tubes = self._drawn_tubes()
        inputs, mirrored = self._inputs(tubes)
        with self.device.autocast():
            mask_logits = self.net(inputs).float()
        mask_logits = mask_logits.flip(-1) if mirrored else mask_logits
        shape = (len(tubes), SUPERVISED, *mask_logits.shape[-2:])
        index = torch.from_numpy(tubes).to(self.device.torch_device)
        teacher = torch.from_numpy(self.teacher[tubes]).to(self.device.torch_device)
        targets = self.targets.select(index)
        losses = targets.losses(mask_logits.view(shape), teacher)
        total = losses.total(self.settings.weights)
        prior = self.settings.centre_prior * max(0.0, 1 - done / _PRIOR_FADED)
        if prior:
            total = total + prior * centre_prior_loss(mask_logits.view(shape), targets.allowed)
        self.optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        follow(self.average, self.net, self.step, self.settings.ema_decay)
        return losses.detach()

    def _drawn_tubes(self) -> NDArray[np.int64]:
        """Tubes for one step, at random; those with a person's mask are not left to rare luck."""
        tubes = self._rng.integers(len(self.tubes), size=self.settings.tubes_per_step)
        if len(self._known_tubes):
            chosen = self._rng.random(len(tubes)) < _KNOWN_SHARE
            tubes[chosen] = self._rng.choice(self._known_tubes, size=int(chosen.sum()))
        return tubes

    def _inputs(self, tubes: NDArray[np.int64]) -> tuple[Tensor, bool]:
        """Network input (B*3, 12, S, S), mirrored at random; the colour prior is taken from box or teacher."""
        from_teacher = self._rng.random() < 0.5
        parts, rgb = [], []
        for k in range(SUPERVISED):
            crops = self.tubes.frame(tubes, k)
            weight = self.teacher[tubes, k] if from_teacher else crops.inside
            parts.append(crops.prompts(weight))
            rgb.append(crops.crops_rgb)
        size = self.tubes.crops_rgb.shape[2]
        stacked = np.stack(rgb, 1).reshape(-1, SUPERVISED, size, size, 3)
        prompts = np.stack(parts, 1).reshape(-1, parts[0].shape[1], size, size)
        device = self.device.torch_device
        inputs = network_input(torch.from_numpy(stacked).to(device), torch.from_numpy(prompts).to(device))
        mirrored = bool(self._rng.random() < 0.5)
        return (inputs.flip(-1) if mirrored else inputs), mirrored


def _fingerprint(boxes: DenseBoxes, masks: KnownMasks, settings: FineTuneSettings) -> str:
    """What a snapshot belongs to; not how much is held in memory at once, which may shrink on the way."""
    anyhow = dataclasses.replace(settings, tubes_per_step=0, most_tubes=0)
    return hashlib.sha256(f"{anyhow} {masks.digest()} {boxes.digest()}".encode()).hexdigest()


def _schedule(step: int, done: float) -> float:
    """Linear warm-up over ten steps, then a cosine to a tenth."""
    return min(1.0, (step + 1) / 10) * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * done)))
