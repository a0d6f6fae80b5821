"""Writes a synthetic dataset: `python -m mfvis_engine.training.synthetic_videos OUT --train 200 --held-out 40`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from mfvis_engine.formats.frame_folder import PictureFormat
from mfvis_engine.training.synthetic_videos.files import write_dataset
from mfvis_engine.training.synthetic_videos.video import SyntheticVideoSettings


def main() -> None:
    """Command line."""
    settings = SyntheticVideoSettings()
    parser = argparse.ArgumentParser(prog="python -m mfvis_engine.training.synthetic_videos", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for frames and COCO-VIS files, new or empty")
    parser.add_argument("--train", type=int, default=200, help="videos to train from")
    parser.add_argument("--held-out", type=int, default=40, help="videos that judge")
    parser.add_argument("--length", type=int, default=settings.length, help="frames of a video")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pictures", type=PictureFormat, choices=list(PictureFormat), default=PictureFormat.JPEG)
    options = parser.parse_args()
    began = time.monotonic()
    files = write_dataset(
        options.out,
        SyntheticVideoSettings(length=options.length),
        options.seed,
        train_count=options.train,
        held_out_count=options.held_out,
        picture_format=options.pictures,
    )
    print(f"{options.train} + {options.held_out} videos in {time.monotonic() - began:.1f} s")
    print(f"Boxes to train from: {files.train_boxes}; with masks: {files.train_masks}; to judge: {files.held_out}")
    print(f"Frames: {files.frames_dir}")


if __name__ == "__main__":
    main()
