"""Makes the sample clip: `python sample_data/make_sample.py` writes clip, boxes and masks beside this file.

`--out DIR` writes elsewhere. Needs what the engine depends on: numpy, scipy, scikit-image, pillow and PyAV.
"""

import argparse
import csv
from pathlib import Path

import av
import numpy as np
from annotator import Mark, annotate, tight_boxes
from numpy.typing import NDArray
from PIL import Image
from scene import FRAME_RATE, HEIGHT, LENGTH, TRACKS, WIDTH, render

COLUMNS = ("track_id", "frame", "x0", "y0", "x1", "y1", "category", "occluded", "outside")
PALETTE = bytes([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0])
"""The first four colours of the DAVIS palette."""


def main() -> None:
    """Render all frames and write the sample's files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write into")
    out: Path = parser.parse_args().out
    frames = [render(frame_index) for frame_index in range(LENGTH)]
    labels = np.stack([frame.labels for frame in frames])
    marks = {
        track_id: annotate(
            tight_boxes(labels == track_id), np.array([frame.visible_share[track_id] for frame in frames])
        )
        for track_id in TRACKS
    }
    out.mkdir(parents=True, exist_ok=True)
    write_clip(out / "clip.mp4", np.stack([frame.picture for frame in frames]))
    write_boxes(out / "boxes.csv", marks)
    write_masks(out / "masks", labels)


def write_clip(path: Path, pictures: NDArray[np.uint8]) -> None:
    """Write pictures (T, H, W, 3) as H.264."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "17", "preset": "veryslow", "g": "20"}
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def write_boxes(path: Path, marks: dict[int, list[Mark]]) -> None:
    """Write the keyframes of all tracks, one row each; boxes in pixel edges, frames from 0."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for track_id, keyframes in marks.items():
            for mark in keyframes:
                box = [f"{edge:g}" for edge in mark.box_xyxy]
                flags = (int(mark.occluded), int(mark.outside))
                writer.writerow([track_id, mark.frame_index, *box, TRACKS[track_id], *flags])


def write_masks(folder: Path, labels: NDArray[np.uint8]) -> None:
    """Write labels (T, H, W) as indexed PNG, `00000.png` onwards."""
    folder.mkdir(exist_ok=True)
    for frame_index, label in enumerate(labels):
        image = Image.fromarray(label)
        image.putpalette(PALETTE)
        image.save(folder / f"{frame_index:05d}.png", optimize=True)


if __name__ == "__main__":
    main()
