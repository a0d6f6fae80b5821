"""The first half of the main job: from a video and its boxes to a network and better boxes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.inference.learned import Learned, keep_learned, kept_learned
from mfvis_engine.inference.refine_boxes import refine_boxes
from mfvis_engine.inference.refined import refined_once
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.device import Device
from mfvis_engine.training.fine_tune import FineTuner, FineTuneSettings, TrainingProgress
from mfvis_engine.training.known_masks import NO_MASKS, KnownMasks
from mfvis_engine.training.steering import Steering
from mfvis_engine.video import VideoSource


def learn_from_boxes(
    net: PromptedNet,
    video: VideoSource,
    boxes: DenseBoxes,
    settings: FineTuneSettings,
    device: Device,
    on_progress: Callable[[TrainingProgress], None] | None = None,
    snapshot_dir: Path | None = None,
    *,
    masks: KnownMasks = NO_MASKS,
    steering: Steering | None = None,
    refiner: PromptedNet | None = None,
) -> Learned:
    """Refines the boxes between keyframes, and fine-tunes on all of them.

    The network refines them before it is trained and once more after that. One that was trained on these boxes before
    finds them better than they are, so that another must refine them, before the training alone.

    Args:
        net: The network to start from; it is left as it is.
        video: T frames.
        boxes: Boxes of N tracks in T frames.
        settings: How long and how fast.
        device: Where.
        on_progress: Called after every step of training.
        snapshot_dir: Where training and what came of it are saved, and gone on with if they were saved before.
        masks: A person's masks to learn from besides the boxes.
        steering: What to ask between pieces of work.
        refiner: The network that refines the boxes; None for the one that is trained.

    Raises:
        NothingToLearnError: No track has a box in any frame.
        CheckpointError: What was saved is damaged, or belongs to other boxes, masks or settings.
    """
    start = net.to(device.torch_device)
    if snapshot_dir and (kept := kept_learned(snapshot_dir, start, boxes, masks)):
        return kept
    steering = steering or Steering()
    steered = steering.steered(start if refiner is None else refiner.to(device.torch_device))
    refined = refined_once(snapshot_dir, boxes, lambda: refine_boxes(steered, video, boxes, device))
    tuner = FineTuner(start, video, refined, settings, device, snapshot_dir, masks=masks, steering=steering)
    tuner.run(on_progress)
    if refiner is None:
        refined = refine_boxes(steering.steered(tuner.average), video, refined, device, rounds=1)
    learned = Learned(tuner.average, refined, tuner.step)
    if snapshot_dir:
        keep_learned(snapshot_dir, learned, boxes, masks)
    return learned
