"""Command line of `benchmarks.interactive`."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import msgspec
import numpy as np
import psutil  # type: ignore[import-untyped]
from PIL import Image

import benchmarks.interactive
from benchmarks.clips import Clip, read_clips
from benchmarks.interactive.study import Check, Round, Study
from benchmarks.interactive.tables import (
    CHECKS_HEADER,
    LEGEND,
    LEVELS,
    ROUNDS_HEADER,
    Level,
    check_line,
    level,
    levels_table,
    round_line,
)
from mfvis_engine.annotation import Annotations
from mfvis_engine.formats import read_box_csv
from mfvis_engine.jobs.client.engine import Engine
from mfvis_engine.sample import sample_clip


@dataclasses.dataclass(frozen=True)
class Figures:
    """All that was measured."""

    clip: str
    device: str
    cores: int
    rounds: tuple[Round, ...]
    levels: tuple[Level, ...]
    checks: tuple[Check, ...]


def sample() -> Clip:
    """The sample clip, with its exact masks."""
    found = sample_clip()
    masks = [np.asarray(Image.open(file)) for file in sorted(found.masks_dir.iterdir())]
    return Clip("sample", found.video_path, np.stack(masks))


def measure(clip: Clip, device: str, rounds: int, repeats: int, own_boxes: Annotations | None) -> Figures:
    """Plays the session, and prints it as it goes; `own_boxes` come with the clip."""
    print(f"{clip.name}: {len(clip.masks)} frames, {len(clip.track_ids)} tracks, device {device}\n\n{ROUNDS_HEADER}")
    played: list[Round] = []
    checks: list[Check] = []
    with Engine.start() as engine:
        study = Study(clip, engine, device, own_boxes)
        for one in study.rounds(rounds):
            print(round_line(one), flush=True)
            played.append(one)
        levels = tuple(level(played, least) for least in LEVELS)
        print(f"\n{levels_table(levels)}\n\n{CHECKS_HEADER}", flush=True)
        for check in study.checks(repeats):
            print(check_line(check), flush=True)
            checks.append(check)
    print(f"\n{LEGEND}", end="")
    return Figures(clip.name, device, psutil.cpu_count() or 0, tuple(played), levels, tuple(checks))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.interactive",
        description=benchmarks.interactive.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=20, help="of one more box each (default 20)")
    parser.add_argument("--repeats", type=int, default=3, help="of each round that is checked (default 3)")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--clips", type=Path, help="folder of clips, see benchmarks.clips; default: the sample clip")
    parser.add_argument("--clip", default="", help="part of the name of the clip in that folder")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.clips:
        clip, own_boxes = read_clips(options.clips, (options.clip,))[0], None
    else:
        clip, own_boxes = sample(), read_box_csv(sample_clip().boxes_path)
    figures = measure(clip, options.device, options.rounds, options.repeats, own_boxes)
    if options.json:
        encoded = msgspec.json.format(msgspec.json.encode(figures), indent=1)
        options.json.write_bytes(encoded + b"\n")


if __name__ == "__main__":
    main()
