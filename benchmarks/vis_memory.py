"""Memory of `mfvis predict` on short and long videos: `python -m benchmarks.vis_memory --frames 200 1000`.

Each video, of 360 x 640 pixels, is looked at in a process of its own by a tiny model with random weights, of which
every query is kept: 20 masks a frame, far more than a trained one gives.
"""

import argparse
import multiprocessing
import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.peak_memory import peak_bytes
from mfvis_engine.inference.vis import MaskSpool, VisInferenceSettings, predict_tracks
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import VideoMask2Former, config_of_size

_SQUARES_RGB = ((220, 30, 30), (30, 220, 30), (30, 30, 220), (220, 220, 30))


@dataclass(frozen=True)
class MovingSquares:
    """A video (a `VideoSource`) that is made as it is read, so that it takes no memory itself."""

    length: int
    height: int = 360
    width: int = 640
    frame_rate: float | None = None

    def frame(self, frame_index: int) -> NDArray[np.uint8]:
        """A frame."""
        frame_rgb = np.full((self.height, self.width, 3), 90, np.uint8)
        for row, colour in enumerate(_SQUARES_RGB):
            left = int(frame_index * (row + 1) * 1.5) % (self.width - 80)
            frame_rgb[40 + 70 * row : 100 + 70 * row, left : left + 60] = colour
        return frame_rgb

    def frames(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Several."""
        return np.stack([self.frame(index) for index in range(start, stop)])

    def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--window", type=int, default=10, help="frames that the model sees at once")
    options = parser.parse_args()
    print("| frames | seconds | peak MiB |\n|---|---|---|")
    for length in options.frames:
        process = multiprocessing.get_context("spawn").Process(target=_look, args=(length, options.window))
        process.start()
        process.join()


def _look(length: int, window: int) -> None:
    torch.manual_seed(0)
    model = VideoMask2Former(config_of_size("tiny", ("one", "other"))).eval()
    settings = VisInferenceSettings(window_frames=window, overlap_frames=window // 3, suppress_mask_iou=None)
    began = time.monotonic()
    with MaskSpool() as spool:
        for frame in predict_tracks(model, MovingSquares(length), settings, Device.choose("cpu")):
            spool.append(frame)
    print(f"| {length} | {time.monotonic() - began:.0f} | {peak_bytes() / 2**20:.0f} |", flush=True)


if __name__ == "__main__":
    main()
