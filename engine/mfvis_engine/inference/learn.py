"""The first half of the main job: from a video and its boxes to a network and better boxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.inference.refine_boxes import refine_boxes
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.device import Device
from mfvis_engine.training.fine_tune import FineTuner, FineTuneSettings, TrainingProgress
from mfvis_engine.video import VideoSource


@dataclass(frozen=True)
class Learned:
    """What `predict_video` needs.

    Attributes:
        net: The fine-tuned network, on the device it was trained on.
        boxes: The boxes, those between keyframes moved to where the network sees the object.
        steps: Steps of training done.
    """

    net: PromptedNet
    boxes: DenseBoxes
    steps: int


def learn_from_boxes(
    net: PromptedNet,
    video: VideoSource,
    boxes: DenseBoxes,
    settings: FineTuneSettings,
    device: Device,
    on_progress: Callable[[TrainingProgress], None] | None = None,
    snapshot_dir: Path | None = None,
) -> Learned:
    """Refines the boxes between keyframes, fine-tunes on all of them, and refines them once more.

    Args:
        net: The network to start from; it is left as it is.
        video: T frames.
        boxes: Boxes of N tracks in T frames.
        settings: How long and how fast.
        device: Where.
        on_progress: Called after every step of training.
        snapshot_dir: Where training is saved, and gone on with if it was saved before.

    Raises:
        NothingToLearnError: No track has a box in any frame.
        CheckpointError: What was saved is damaged, or belongs to other boxes or settings.
    """
    start = net.to(device.torch_device)
    refined = refine_boxes(start, video, boxes, device)
    tuner = FineTuner(start, video, refined, settings, device, snapshot_dir)
    tuner.run(on_progress)
    return Learned(tuner.average, refine_boxes(tuner.average, video, refined, device, rounds=1), tuner.step)
