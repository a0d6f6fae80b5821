"""Trains a Video Mask2Former on labelled videos: from boxes, from masks, or from both."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor, nn

from mfvis_engine.errors import MfvisError
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import VideoMask2Former, VideoMask2FormerConfig
from mfvis_engine.training.averaging import follow
from mfvis_engine.training.snapshot import SnapshotState, read_snapshot, write_snapshot
from mfvis_engine.training.steering import Steering
from mfvis_engine.training.vis.clips import ClipBatch
from mfvis_engine.training.vis.criterion import VisCriterion
from mfvis_engine.training.vis.labelled_video import LabelledSet
from mfvis_engine.training.vis.loading import ClipLoader
from mfvis_engine.training.vis.optimization import build_optimizer, set_rates
from mfvis_engine.training.vis.precision import Arithmetic
from mfvis_engine.training.vis.processes import Processes
from mfvis_engine.training.vis.progress import Stopwatch, VisProgress
from mfvis_engine.training.vis.sampling import ClipSampler
from mfvis_engine.training.vis.settings import Precision, VisTrainSettings
from mfvis_engine.training.vis.vis_losses import VisTerms


class StoppedElsewhereError(MfvisError):
    """A training was ended by another of the processes that share it."""


TERMS = tuple(field.name for field in fields(VisTerms))
"""The parts of the loss, by name."""


class VisTrainer:
    """One training: `run` trains, `result` is the model to keep.

    The same settings, videos and start give the same weights, in however many pieces it is done: nothing random
    depends on what was drawn before a step. (A GPU, or another number of threads, adds in another order, and so comes
    only close.) With several processes each learns from its share of a step's clips; all of them see the same folders.

    Attributes:
        step: Steps done.
        seconds: Spent on them, those before a stop included.
    """

    def __init__(
        self,
        model: VideoMask2Former,
        labelled: LabelledSet,
        settings: VisTrainSettings,
        device: Device,
        *,
        snapshot_folder: Path | None = None,
        processes: Processes | None = None,
        steering: Steering | None = None,
        exact_seconds: bool = False,
    ) -> None:
        """Goes on with what is saved in the folder, if anything is.

        Args:
            model: To start from; it is left as it is.
            labelled: What to learn from; its classes are the model's.
            settings: How.
            device: Where.
            snapshot_folder: Where the training is saved, and gone on with; None saves nothing.
            processes: Who else trains; None for nobody.
            steering: What to ask at each step.
            exact_seconds: Wait for a GPU at the end of each part, to tell what each took.

        Raises:
            VisSettingsError: The settings do not fit together.
            CheckpointError: What was saved is damaged, or belongs to other videos or settings.
        """
        self.settings, self.device = settings, device
        self._processes, self._steering = processes or Processes(), steering or Steering()
        self._clips_per_pass = settings.clips_per_pass(self._processes.count)
        self._net = copy.deepcopy(model).to(device.torch_device).train()
        self._average = None if settings.average_decay is None else copy.deepcopy(self._net).eval()
        self._wrapped = self._processes.wrapped(self._net)
        self._optimizer = build_optimizer(self._net, settings.optimizer)
        self._arithmetic = Arithmetic(device, settings.precision)
        self._criterion = VisCriterion(settings.objective, model.config.class_count, exact_seconds=exact_seconds)
        self._sampler = ClipSampler(labelled, settings.clips, settings.seed)
        self._watch = Stopwatch(device.torch_device, exact_seconds)
        self._folder, self._fingerprint = snapshot_folder, _fingerprint(labelled, settings, model.config)
        self.step, self.seconds = 0, 0.0
        if snapshot_folder:
            self._resume(snapshot_folder)

    @property
    def precision(self) -> Precision:
        """What the network computes in."""
        return self._arithmetic.precision

    @property
    def result(self) -> VideoMask2Former:
        """The model to keep: the average of its weights, or the last ones where none is taken."""
        return self._net if self._average is None else self._average

    def run(self, on_progress: Callable[[VisProgress], None] | None = None) -> None:
        """Trains to the end.

        Args:
            on_progress: Told of every step, in the first process alone.

        Raises:
            DivergedError: The loss or its gradients are no numbers any more; `NotFiniteError`, the model's answers.
            StoppedElsewhereError: Another process was asked to end the training, which is saved.
        """
        clock = self._steering.clock
        began = clock() - self.seconds
        with self._batches() as batches:
            while self.step < self.settings.steps:
                self._heed()
                rate = set_rates(self._optimizer, self.settings.optimizer, self.step + 1, self.settings.steps)
                told = self._train_step(batches)
                self.step += 1
                self.seconds = clock() - began
                if self._processes.is_first and on_progress:
                    on_progress(self._progress(told, rate))
                if self.step % self.settings.save_every_steps == 0 or self.step == self.settings.steps:
                    self._save()

    def _heed(self) -> None:
        """What ends the training here loses nothing of it, and ends it in all processes at one step."""
        asked: BaseException | None = None
        try:
            self._steering.heed()
        except BaseException as error:
            asked = error
        if self._processes.any(asked is not None, self.device.torch_device):
            self._save()
            raise asked or StoppedElsewhereError("The training was stopped in another of its processes.")

    def _train_step(self, batches: Iterator[ClipBatch]) -> Tensor:
        """One change of the weights; returns weighted terms and surplus, (terms + 1,), means over all passes."""
        settings, passes = self.settings, self.settings.passes_per_step
        torch.manual_seed(_mixed(settings.seed, self.step, self._processes.rank))
        self._optimizer.zero_grad()
        told = torch.zeros(len(TERMS) + 1, device=self.device.torch_device)
        for index in range(passes):
            with self._watch.part("data"):
                batch = next(batches).to(self.device.torch_device)
            with self._processes.gathering(self._wrapped, last=index == passes - 1):
                told += self._pass(batch) / passes
        with self._watch.part("optimizer"):
            self._arithmetic.step(self._optimizer, settings.optimizer.most_gradient_norm)
            if self._average is not None and settings.average_decay is not None:
                follow(self._average, self._net, self.step, settings.average_decay)
        return self._processes.mean(told)

    def _pass(self, batch: ClipBatch) -> Tensor:
        """Adds the gradients of some clips; returns their weighted terms, and how many objects had no query."""
        with self._watch.part("network"), self._arithmetic.autocast():
            prediction = self._wrapped(batch.frames_rgb, batch.sizes_hw)
        losses = self._criterion(prediction, batch, self.step)
        for part in ("colours", "matching", "losses"):
            self._watch.add(part, getattr(losses.seconds, part))
        with self._watch.part("backward"):
            self._arithmetic.backward(losses.total() / self.settings.passes_per_step)
        weighted = losses.weighted()
        terms = [getattr(weighted, term).detach() for term in TERMS]
        return torch.stack([*terms, terms[0].new_tensor(losses.surplus_count)])

    def _batches(self) -> ClipLoader:
        """The batches of the steps to come, as far as they are this process' share."""
        steps, count = range(self.step, self.settings.steps), self.settings.passes_per_step
        return ClipLoader(self._sampler, (self._share(step, index) for step in steps for index in range(count)))

    def _share(self, step: int, index: int) -> range:
        """The numbers of the clips of one pass; the clips of a step are the same with any number of processes."""
        turn = (step * self.settings.passes_per_step + index) * self._processes.count + self._processes.rank
        return range(turn * self._clips_per_pass, (turn + 1) * self._clips_per_pass)

    def _progress(self, told: Tensor, rate: float) -> VisProgress:
        *values, surplus = told.tolist()
        return VisProgress(
            step=self.step,
            steps=self.settings.steps,
            total=sum(values),
            terms=tuple(zip(TERMS, values, strict=True)),
            rate=rate,
            seconds=self._watch.taken(),
            elapsed_seconds=self.seconds,
            surplus_count=round(surplus * self.settings.passes_per_step * self._processes.count),
        )

    @property
    def _networks(self) -> Mapping[str, nn.Module]:
        return {"net": self._net} if self._average is None else {"net": self._net, "average": self._average}

    def _resume(self, folder: Path) -> None:
        state = read_snapshot(folder, self._fingerprint, self._networks, self._optimizer)
        if state:
            self.step, self.seconds = state.step, state.seconds
            self._arithmetic.restore(state.generator)

    def _save(self) -> None:
        if self._folder is not None and self._processes.is_first and self.step:
            state = SnapshotState(self.step, self.seconds, self._arithmetic.state(), self._fingerprint)
            write_snapshot(self._folder, state, self._networks, self._optimizer)


def _mixed(*numbers: int) -> int:
    """One seed of several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _fingerprint(labelled: LabelledSet, settings: VisTrainSettings, config: VideoMask2FormerConfig) -> str:
    """What a training is recognised by: its settings, model and boxes, not where or in how many processes it runs."""
    digest = hashlib.sha256(msgspec.json.encode((settings, config, labelled.class_names)))
    for video in labelled.videos:
        digest.update(repr((video.name, video.size_hw, video.length)).encode("utf-8"))
        for array in (video.class_index, video.boxes_xyxy, video.annotated):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
