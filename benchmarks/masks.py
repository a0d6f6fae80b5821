"""Masks from boxes on clips with ground truth: quality, time and memory, against the box and GrabCut.

`python -m benchmarks.masks --clips FOLDER [--every 1 5 10] [--json FILE]`

An annotator is simulated from the true masks (`benchmarks.clips.annotate`); the main job, fine-tuning and prediction,
runs in a fresh process for each clip, so that its memory can be read off. J and F are means over all object-frames.
GrabCut (OpenCV, 5 iterations, short side 240, inside the same boxes) is run on every fifth frame only: it takes longer
than everything else together.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import Clip, annotate, read_clips
from benchmarks.peak_memory import peak_bytes
from mfvis_engine.annotation import DenseBoxes, interpolate
from mfvis_engine.inference import learn_from_boxes, predict_video
from mfvis_engine.metrics import boundary_f, region_similarity
from mfvis_engine.models import Device, load_net
from mfvis_engine.training import FineTuneSettings
from mfvis_engine.video import VideoSource, open_video

GRABCUT_EVERY = 5
_GRABCUT_SIDE = 240


@dataclass(frozen=True)
class Row:
    """One clip at one keyframe spacing. Quality in 0..1, times in seconds, memory in MiB."""

    clip: str
    keyframe_every: int
    j: float
    boundary_f: float
    j_box: float
    j_grabcut: float | None
    boxes_drawn: int
    train_s: float
    predict_s: float
    peak_mib: float


def measure(clip: Clip, every: int, settings: FineTuneSettings, grabcut: bool) -> Row:
    """Runs the main job on one clip. Meant for a process of its own."""
    annotations = annotate(clip, every)
    boxes = interpolate(annotations, len(clip.masks))
    video = open_video(clip.frames_dir)
    device = Device.choose("auto")
    began = time.monotonic()
    learned = learn_from_boxes(load_net(), video, boxes, settings, device)
    trained = time.monotonic()
    labels = [frame.labels for frame in predict_video(learned.net, video, learned.boxes, device)]
    predicted, memory = time.monotonic(), peak_bytes() / 2**20
    return Row(
        clip.name,
        every,
        j=_mean_over_objects(labels, clip, region_similarity),
        boundary_f=_mean_over_objects(labels, clip, boundary_f),
        j_box=_mean_over_objects(
            [_box_labels(boxes, t, m.shape) for t, m in enumerate(clip.masks)], clip, region_similarity
        ),
        j_grabcut=_grabcut_j(clip, boxes, video) if grabcut else None,
        boxes_drawn=sum(not key.outside for track in annotations.tracks for key in track.keyframes),
        train_s=trained - began,
        predict_s=predicted - trained,
        peak_mib=memory,
    )


def _mean_over_objects(labels: list[NDArray[np.integer]], clip: Clip, measure_of: object) -> float:
    """Mean of J or F over the object-frames of the truth; a track-coded label may be one id or a stack of boxes."""
    values = []
    for label, truth in zip(labels, clip.masks, strict=True):
        for track_id in np.unique(truth):
            if track_id:
                found = label[clip.track_ids.index(track_id)] if label.ndim == 3 else label == track_id
                values.append(measure_of(found, truth == track_id))
    return float(np.mean(values))


def _box_labels(boxes: DenseBoxes, t: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The boxes of a frame as masks, (N, H, W): each object is judged by its own."""
    masks = np.zeros((len(boxes.track_ids), *shape), np.bool_)
    for row in np.flatnonzero(boxes.present[:, t]):
        x0, y0, x1, y1 = np.rint(boxes.boxes_xyxy[row, t]).astype(int).clip(0)
        masks[row, y0:y1, x0:x1] = True
    return masks


def _grabcut_j(clip: Clip, boxes: DenseBoxes, video: VideoSource) -> float:
    values = []
    for t in range(0, len(clip.masks), GRABCUT_EVERY):
        for row in np.flatnonzero(boxes.present[:, t]):
            truth = clip.masks[t] == boxes.track_ids[row]
            values.append(region_similarity(_grabcut(video.frame(t), boxes.boxes_xyxy[row, t]), truth))
    return float(np.mean(values))


def _grabcut(frame: NDArray[np.uint8], box_xyxy: NDArray[np.floating]) -> NDArray[np.bool_]:
    import cv2

    height, width = frame.shape[:2]
    scale = min(1.0, _GRABCUT_SIDE / min(height, width))
    small = cv2.resize(frame, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    x0, y0, x1, y1 = (box_xyxy * scale).round().astype(int)
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, small.shape[1]), min(y1, small.shape[0])
    rectangle = (int(x0), int(y0), int(max(x1 - x0, 1)), int(max(y1 - y0, 1)))
    mask = np.zeros(small.shape[:2], np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    try:
        cv2.grabCut(np.ascontiguousarray(small[..., ::-1]), mask, rectangle, *models, 5, cv2.GC_INIT_WITH_RECT)
    except cv2.error:  # it refuses a box that leaves it no background or no object
        mask[rectangle[1] : rectangle[1] + rectangle[3], rectangle[0] : rectangle[0] + rectangle[2]] = 1
    large = cv2.resize(((mask == 1) | (mask == 3)).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(large > 0)


_HEADER = (
    f"{'clip':26}{'every':>6}{'J':>7}{'F':>7}{'box':>7}{'GrabCut':>9}{'boxes':>7}{'train s':>9}{'pred s':>8}{'MiB':>7}"
)


def _line(row: Row) -> str:
    grabcut = "" if row.j_grabcut is None else f"{row.j_grabcut:.3f}"
    return (
        f"{row.clip:26}{row.keyframe_every:6}{row.j:7.3f}{row.boundary_f:7.3f}{row.j_box:7.3f}{grabcut:>9}"
        f"{row.boxes_drawn:7}{row.train_s:9.1f}{row.predict_s:8.1f}{row.peak_mib:7.0f}"
    )


def _mean(rows: list[Row]) -> Row:
    def mean(name: str) -> float:
        return float(np.mean([getattr(row, name) for row in rows]))

    grabcut = None if any(row.j_grabcut is None for row in rows) else mean("j_grabcut")
    names = ("j", "boundary_f", "j_box", "train_s", "predict_s", "peak_mib")
    boxes_drawn = sum(row.boxes_drawn for row in rows)
    means = {name: mean(name) for name in names}
    return Row("mean", rows[0].keyframe_every, j_grabcut=grabcut, boxes_drawn=boxes_drawn, **means)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clips, see benchmarks.clips")
    parser.add_argument("--only", nargs="*", default=(), help="parts of clip names")
    parser.add_argument("--every", type=int, nargs="+", default=(1, 5, 10), help="frames between keyframes")
    parser.add_argument("--seconds", type=float, default=FineTuneSettings.seconds, help="training time a clip")
    parser.add_argument("--steps", type=int, default=FineTuneSettings.steps, help="training steps at the most")
    parser.add_argument("--no-grabcut", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    settings = FineTuneSettings(steps=options.steps, seconds=options.seconds)
    rows: list[Row] = []
    for every in options.every:
        print(_HEADER, flush=True)
        of_spacing = []
        for clip in read_clips(options.clips, tuple(options.only)):
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
                of_spacing.append(fresh.submit(measure, clip, every, settings, not options.no_grabcut).result())
            print(_line(of_spacing[-1]), flush=True)
        rows += [*of_spacing, _mean(of_spacing)]
        print(_line(rows[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps([dataclasses.asdict(row) for row in rows], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
