"""How long it takes to interpolate boxes, beside the same rules as a plain python loop.

    python -m benchmarks.interpolation [--frames 10000] [--tracks 100] [--keyframes 50] [--json FILE]

Prints milliseconds (best of the repeats) and the ratio; the JSON holds `milliseconds`, `plain_milliseconds`
and `time_ratio`.
"""

import argparse
import json
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from mfvis_engine.annotation import Annotations, BoxXyxy, Keyframe, Track, interpolate


def random_annotations(frames: int, tracks: int, keyframes: int, seed: int = 0) -> Annotations:
    """Tracks with keyframes spread over the whole video; one keyframe in twenty is outside."""
    random = np.random.default_rng(seed)
    return Annotations(tuple(_random_track(random, n + 1, frames, keyframes) for n in range(tracks)))


def _random_track(random: np.random.Generator, track_id: int, frames: int, keyframes: int) -> Track:
    inner = random.choice(np.arange(1, frames - 1), keyframes - 2, replace=False)
    corners = random.uniform(0, 1000, (keyframes, 2))
    sizes = random.uniform(5, 200, (keyframes, 2))
    boxes_xyxy = np.concatenate([corners, corners + sizes], axis=1).tolist()
    return Track(
        track_id,
        "thing",
        tuple(
            Keyframe(frame, tuple(box_xyxy), outside=bool(random.random() < 0.05))
            for frame, box_xyxy in zip((0, *sorted(inner.tolist()), frames - 1), boxes_xyxy, strict=True)
        ),
    )


def interpolate_plainly(annotations: Annotations, length: int) -> list[list[BoxXyxy | None]]:
    """The rules of `interpolate` for boxes alone, written as a loop over tracks and frames."""
    return [_interpolate_track_plainly(track, length) for track in annotations.tracks]


def _interpolate_track_plainly(track: Track, length: int) -> list[BoxXyxy | None]:
    boxes: list[BoxXyxy | None] = [None] * length
    for here, following in pairwise(track.keyframes):
        if here.outside:
            continue
        span = following.frame_index - here.frame_index
        for offset in range(span):
            x0, y0, x1, y1 = (
                a + (b - a) * offset / span for a, b in zip(here.box_xyxy, following.box_xyxy, strict=True)
            )
            boxes[here.frame_index + offset] = (x0, y0, x1, y1)
    if track.keyframes and not track.keyframes[-1].outside:
        boxes[track.keyframes[-1].frame_index] = track.keyframes[-1].box_xyxy
    return boxes


def best_milliseconds(call: Callable[[], object], repeats: int) -> float:
    """The shortest of `repeats` runs."""
    durations = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        durations.append(time.perf_counter() - start)
    return 1000 * min(durations)


def main() -> None:
    """Measure, print, and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--tracks", type=int, default=100)
    parser.add_argument("--keyframes", type=int, default=50, help="of each track, at least 2")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    options = parser.parse_args()

    annotations = random_annotations(options.frames, options.tracks, options.keyframes)
    ours = best_milliseconds(lambda: interpolate(annotations, options.frames), options.repeats)
    plain = best_milliseconds(lambda: interpolate_plainly(annotations, options.frames), 1)
    print(f"{options.tracks} tracks x {options.frames} frames, {options.keyframes} keyframes a track")
    print(f"interpolate: {ours:.1f} ms; plain python loop: {plain:.0f} ms; {plain / ours:.0f} times faster")
    if options.json:
        numbers = {"milliseconds": ours, "plain_milliseconds": plain, "time_ratio": plain / ours}
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
