"""Seconds of a training step and of inference, by part: `python -m benchmarks.vis_step --size r50 --device cuda`.

The step is the paper's: tubes of 5 frames with a short side of 360, all prediction heads, as many clips as asked for.
"""

import argparse
import time
from dataclasses import replace

import numpy as np
import torch

from mfvis_engine.inference.vis import VisInferenceSettings, predict_tracks
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import SIZES, VideoMask2Former, config_of_size
from mfvis_engine.training.synthetic_videos import CLASS_NAMES, SyntheticVideoSettings, labelled_set
from mfvis_engine.training.vis.progress import VisProgress
from mfvis_engine.training.vis.settings import STANDARD
from mfvis_engine.training.vis.trainer import VisTrainer
from mfvis_engine.video import ArrayVideo

_WARM_STEPS = 2


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="r50")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--clips", type=int, default=2, help="in a step")
    parser.add_argument("--frames", type=int, default=5, help="of a clip")
    parser.add_argument("--steps", type=int, default=5, help="that are timed, after two that are not")
    parser.add_argument("--video-frames", type=int, default=100, help="of the video that is looked at")
    options = parser.parse_args()
    device = Device.choose(options.device)
    torch.manual_seed(0)
    model = VideoMask2Former(config_of_size(options.size, CLASS_NAMES))
    print(f"{options.size} on {device}, {torch.get_num_threads()} threads")
    _time_steps(model, device, options.clips, options.frames, options.steps)
    _time_inference(model, device, options.video_frames)


def _time_steps(model: VideoMask2Former, device: Device, clips: int, frames: int, steps: int) -> None:
    videos = SyntheticVideoSettings(height=360, width=640, length=frames, diameters_px=(80, 200))
    settings = replace(
        STANDARD,
        steps=_WARM_STEPS + steps,
        clips_per_step=clips,
        clips=replace(STANDARD.clips, frames=frames, short_sides=(360,)),
        objective=replace(STANDARD.objective, temporal_warmup_steps=0),
    )
    labelled = labelled_set(videos, 0, 4, with_masks=False)
    told: list[VisProgress] = []
    VisTrainer(model, labelled, settings, device, exact_seconds=True).run(told.append)
    timed = told[_WARM_STEPS:]
    parts = {name: np.median([dict(one.seconds)[name] for one in timed]) for name, _ in timed[0].seconds}
    print(f"a step of {clips} x {frames} frames of 360 x 640, median of {steps}: {sum(parts.values()):.3f} s")
    for name, seconds in parts.items():
        print(f"  {name:<10} {seconds:.3f}")
    if device.torch_device.type == "cuda":
        print(f"  most memory {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB")


def _time_inference(model: VideoMask2Former, device: Device, length: int) -> None:
    frames_rgb = np.random.default_rng(0).integers(0, 255, (length, 360, 640, 3), np.uint8)
    net = model.to(device.torch_device).eval()
    began = time.perf_counter()
    for _ in predict_tracks(net, ArrayVideo(frames_rgb), VisInferenceSettings(), device):
        pass
    print(f"inference on {length} frames of 360 x 640: {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
