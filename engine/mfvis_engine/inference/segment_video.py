"""The main job without a project: boxes in, masks out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.inference.predict import FrameMasks, predict_video
from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.device import Device
from mfvis_engine.training.fine_tune import FineTuner, FineTuneSettings, TrainingProgress
from mfvis_engine.video import VideoSource


def segment_video(
    net: PromptedNet,
    video: VideoSource,
    boxes: DenseBoxes,
    settings: FineTuneSettings,
    device: Device,
    on_progress: Callable[[TrainingProgress], None] | None = None,
) -> Iterator[FrameMasks]:
    """Fine-tunes on the boxes, then gives the masks of every frame in order.

    Args:
        net: The network to start from; it is left as it is.
        video: T frames.
        boxes: Boxes of N tracks in T frames.
        settings: How long to train.
        device: Where.
        on_progress: Called after every step of training.

    Raises:
        NothingToLearnError: No track has a box in any frame.
    """
    tuner = FineTuner(net, video, boxes, settings, device)
    tuner.run(on_progress)
    yield from predict_video(tuner.average, video, boxes, device)
