"""Export to COCO-VIS, beside a plain pycocotools loop over the same label masks.

    python -m benchmarks.export [--frames 1000] [--tracks 20] [--height 720] [--width 1280] [--json FILE]

Discs with wavy rims drift through the frames. Both write one JSON file; each frame is drawn when it is asked
for, and the time that takes is measured alone and taken off both.

- plain: `encode(np.asfortranarray(labels == id))` for every track and frame, `toBbox`, `area`, `json.dump`; the
  codes stay compressed, nothing is checked.
- ours: `single_video_dataset` and `write_ground_truth`: uncompressed codes, dense boxes, and the file checked
  against the rules, read back and compared before it takes its place.

That both hold the same masks is checked at the end. Memory is the highest resident memory during each above that
before it, each in a process of its own.
"""

import argparse
import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from benchmarks.peak_memory import extra_peak_bytes
from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.formats import coco_vis

VARIANTS = ("plain", "ours")


@dataclass(frozen=True)
class Scene:
    """How much there is to export."""

    frames: int
    tracks: int
    height: int
    width: int

    def label_masks(self) -> Iterator[NDArray[np.uint16]]:
        """Frames of (height, width), each value a track id; later discs cover earlier ones."""
        random = np.random.default_rng(0)
        radii = random.uniform(0.04, 0.12, self.tracks) * self.height
        places = random.uniform(0, 1, (self.tracks, 2)) * (self.height, self.width)
        steps = random.uniform(-3, 3, (self.tracks, 2))
        for frame_index in range(self.frames):
            labels = np.zeros((self.height, self.width), np.uint16)
            centres = (places + frame_index * steps) % (self.height, self.width)
            for track, (centre_y, centre_x) in enumerate(centres):
                _draw_disc(labels, centre_y, centre_x, radii[track], track + 1)
            yield labels

    def annotations(self) -> Annotations:
        """Every track with a box in its first and last frame."""
        frames = sorted({0, self.frames - 1})
        keyframes = tuple(Keyframe(frame_index, (0, 0, self.width, self.height)) for frame_index in frames)
        return Annotations(tuple(Track(n + 1, "disc", keyframes) for n in range(self.tracks)))


@dataclass(frozen=True)
class Cost:
    """What one export took; memory is None where it cannot be measured."""

    seconds: float
    cpu_seconds: float
    mebibytes: float | None


@dataclass(frozen=True)
class Figures:
    """What was measured; ratios are plain over ours, and that of CPU time is the same on a busy machine."""

    plain: Cost
    ours: Cost
    time_ratio: float
    cpu_time_ratio: float
    plain_file_bytes: int
    file_bytes: int


def _draw_disc(labels: NDArray[np.uint16], centre_y: float, centre_x: float, radius: float, label: int) -> None:
    top, left = max(0, int(centre_y - 1.2 * radius)), max(0, int(centre_x - 1.2 * radius))
    part = labels[top : int(centre_y + 1.2 * radius) + 1, left : int(centre_x + 1.2 * radius) + 1]
    y, x = np.ogrid[: part.shape[0], : part.shape[1]]
    y, x = y + top - centre_y, x + left - centre_x
    part[y * y + x * x < (radius * (1 + 0.1 * np.sin(y / 5) * np.cos(x / 5))) ** 2] = label


def export_plainly(scene: Scene, path: Path) -> None:
    """The loop that scripts write: all codes of all tracks, then one `json.dump`."""
    annotations = [
        {"id": n + 1, "video_id": 1, "category_id": 1, "iscrowd": 0, "segmentations": [], "bboxes": [], "areas": []}
        for n in range(scene.tracks)
    ]
    for labels in scene.label_masks():
        for annotation in annotations:
            code = coco_mask.encode(np.asfortranarray(labels == annotation["id"]))
            area = int(coco_mask.area(code))
            segmentation = {"size": code["size"], "counts": code["counts"].decode("ascii")}
            annotation["segmentations"].append(segmentation if area else None)  # type: ignore[attr-defined]
            annotation["bboxes"].append(coco_mask.toBbox(code).tolist() if area else None)  # type: ignore[attr-defined]
            annotation["areas"].append(area or None)  # type: ignore[attr-defined]
    names = [f"scene/{index:05d}.jpg" for index in range(scene.frames)]
    video = {"id": 1, "width": scene.width, "height": scene.height, "length": scene.frames, "file_names": names}
    categories = [{"id": 1, "name": "disc", "supercategory": "object"}]
    with path.open("w", encoding="utf-8") as file:
        json.dump({"videos": [video], "categories": categories, "annotations": annotations}, file)


def export(scene: Scene, path: Path) -> None:
    """Our export."""
    annotations = scene.annotations()
    boxes = interpolate(annotations, scene.frames)
    dataset = coco_vis.single_video_dataset(
        "scene", scene.label_masks(), annotations, boxes, height=scene.height, width=scene.width
    )
    coco_vis.write_ground_truth(path, dataset)


def run(variant: str, scene: Scene, path: Path) -> Cost:
    """One export, less the drawing; call it in a fresh process."""
    export_one = export if variant == "ours" else export_plainly
    export_one(Scene(2, 2, 32, 48), path)
    drawing_seconds, drawing_cpu_seconds = timed(lambda: sum(1 for _ in scene.label_masks()))
    mebibytes: list[float | None] = []
    seconds, cpu_seconds = timed(lambda: mebibytes.append(peak_mebibytes(lambda: export_one(scene, path))))
    return Cost(seconds - drawing_seconds, cpu_seconds - drawing_cpu_seconds, mebibytes[0])


def peak_mebibytes(call: Callable[[], object]) -> float | None:
    """Call it, and tell the memory where the system lets us."""
    try:
        return extra_peak_bytes(call) / 2**20
    except NotImplementedError:
        call()
        return None


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of this process' CPU time."""
    clock, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - clock, time.process_time() - cpu


def check_equal(plain: Path, ours: Path) -> None:
    """Stop unless both files hold the same masks, boxes and areas."""
    expected = json.loads(plain.read_text(encoding="utf-8"))["annotations"]
    written = json.loads(ours.read_text(encoding="utf-8"))["annotations"]
    for annotation, other in zip(expected, written, strict=True):
        if annotation["bboxes"] != other["bboxes"] or annotation["areas"] != other["areas"]:
            raise SystemExit(f"annotation {annotation['id']}: boxes or areas differ")
        for code, runs in zip(annotation["segmentations"], other["segmentations"], strict=True):
            packed = runs and coco_mask.frPyObjects(runs, *runs["size"])["counts"].decode("ascii")
            if packed != (code and code["counts"]):
                raise SystemExit(f"annotation {annotation['id']}: masks differ")


def measure(scene: Scene) -> Figures:
    """Run both, each in a process of its own, and compare what they wrote."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {variant: Path(folder) / f"{variant}.json" for variant in VARIANTS}
        cost = {}
        for variant, path in paths.items():
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                cost[variant] = pool.apply(run, (variant, scene, path))
        check_equal(paths["plain"], paths["ours"])
        plain, ours = cost["plain"], cost["ours"]
        return Figures(
            plain,
            ours,
            plain.seconds / ours.seconds,
            plain.cpu_seconds / ours.cpu_seconds,
            paths["plain"].stat().st_size,
            paths["ours"].stat().st_size,
        )


def main() -> None:
    """Measure, print, and write the JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--tracks", type=int, default=20)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    options = parser.parse_args()
    figures = measure(Scene(options.frames, options.tracks, options.height, options.width))
    print(f"{options.frames} frames x {options.tracks} tracks at {options.width} x {options.height}")
    for variant, cost in (("plain", figures.plain), ("ours", figures.ours)):
        memory = "memory not measured" if cost.mebibytes is None else f"{cost.mebibytes:.1f} MiB"
        print(f"{variant:6} {cost.seconds:7.1f} s, CPU {cost.cpu_seconds:7.1f} s, {memory}")
    print(f"{figures.time_ratio:.1f} times faster, {figures.cpu_time_ratio:.1f} by CPU time")
    if options.json:
        options.json.write_text(json.dumps(asdict(figures), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
