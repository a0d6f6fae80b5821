"""A large project: opening, verbs, masks, runs, checking and copying; time, memory, bytes.

`python -m benchmarks.project [--frames N] [--repeats N] [--json FILE]`

A made-up video of grey frames (its picture file is one, its reference says how many) with tracks that are boxes moving
along, so that masks are mostly empty frames with a few rectangles, as they are in practice. Opening is measured in a
fresh process each time, for its memory; everything else in this one. Times are means over the repeats.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import zarr.storage
from numpy.typing import NDArray
from PIL import Image

from benchmarks.peak_memory import peak_bytes
from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.annotation.verbs import EditMask, ReplaceAnnotations, SetBox, SwapTracks, Verify
from mfvis_engine.project import Project, backup_project, check_project
from mfvis_engine.project.layout import DATABASE

_T = TypeVar("_T")


@dataclass(frozen=True)
class Size:
    """Of the project."""

    frames: int = 10_000
    height: int = 720
    width: int = 1280
    tracks: int = 50
    keyframes: int = 5_000
    masked_frames: int = 400


@dataclass(frozen=True)
class Row:
    """One figure: what, how much, in which unit, and what was aimed at, where something was."""

    what: str
    value: float
    unit: str
    aim: float | None = None


def measure(size: Size, repeats: int, folder: Path) -> Iterator[Row]:
    """Makes a project in `folder` and measures."""
    path = _make(size, folder)
    opened = [_in_fresh_process(_open, path) for _ in range(repeats)]
    bare_mib = _in_fresh_process(_import_only, path)
    yield Row("open for writing, read tracks and all boxes", _mean(seconds for seconds, _ in opened), "s", 2)
    yield Row("memory beyond the imports, open with tracks and boxes", max(mib for _, mib in opened) - bare_mib, "MiB")
    with Project.open(path) as project:
        yield from _verbs(project, size, repeats)
        yield from _runs(project, size)
    copies = [folder / f"copy{index}.mfvis" for index in range(2)]
    yield Row("check", _seconds(lambda: check_project(path)), "s")
    yield Row("back up, checked", _mean(_seconds(lambda copy=copy: backup_project(path, copy)) for copy in copies), "s")


def _verbs(project: Project, size: Size, repeats: int) -> Iterator[Row]:
    count = 10 * repeats
    boxes = [
        SetBox(1 + index % size.tracks, (3 + 2 * index) % size.frames, (1, 1, 20 + index, 30)) for index in range(count)
    ]
    yield Row("set a box", _mean(_milliseconds(lambda verb=verb: project.do(verb)) for verb in boxes), "ms", 20)
    yield Row("undo it", _mean(_milliseconds(project.undo) for _ in boxes), "ms", 20)
    verify = Verify((1,), 0, min(99, size.frames - 1))
    yield Row("verify 100 frames", _milliseconds(lambda: project.do(verify)), "ms")
    painted = np.full((size.height // 12, size.width // 16), 1)
    edits = [EditMask(index % size.frames, size.height // 7, size.width // 13, painted) for index in range(count)]
    yield Row("edit a mask", _mean(_milliseconds(lambda verb=verb: project.do(verb)) for verb in edits), "ms")
    yield Row("undo it", _mean(_milliseconds(project.undo) for _ in edits), "ms")


def _runs(project: Project, size: Size) -> Iterator[Row]:
    writer = project.create_run({"made": "by a benchmark"}, range(1, size.tracks + 1))
    frames = range(0, size.frames, max(1, size.frames // size.masked_frames))
    scores = np.full(size.tracks, 0.5)
    written = _mean(_milliseconds(lambda t=t: writer.write_frame(t, _labels(size, t), scores)) for t in frames)
    writer.finish()
    yield Row("write a frame of a run", written, "ms")
    log_before = _log_bytes(project)
    yield Row("accept the run, a frame", _milliseconds(lambda: project.merge_run(writer.run_id)) / len(frames), "ms")
    yield Row("masks, a frame with masks", _bytes_of(project.path / "masks" / "c") / len(frames), "bytes")
    yield Row("masks, a frame of all of them", _bytes_of(project.path / "masks" / "c") / size.frames, "bytes")
    yield Row("log, a frame that was accepted", (_log_bytes(project) - log_before) / len(frames), "bytes")
    yield Row("read a frame of masks", _mean(_milliseconds(lambda t=t: project.read_masks(t)) for t in frames), "ms")
    swap = SwapTracks(2, 1, 0)
    yield Row("swap two tracks, a frame", _milliseconds(lambda: project.do(swap)) / len(frames), "ms")
    yield Row("undo that, a frame", _milliseconds(project.undo) / len(frames), "ms")
    yield Row("undo accepting, a frame", _milliseconds(project.undo) / len(frames), "ms")
    yield Row("redo accepting, a frame", _milliseconds(project.redo) / len(frames), "ms")


def _make(size: Size, folder: Path) -> Path:
    """The project. The video would take longest: only its first frame is made, and the project told otherwise."""
    clip = folder / "clip"
    clip.mkdir(parents=True)
    Image.fromarray(np.full((size.height, size.width), 90, np.uint8)).save(clip / "0.png")
    with Project.create(folder / "walk", clip) as project:
        path = project.path
    for name in ("zarr.json", "masks/zarr.json"):
        file = path / name
        metadata = json.loads(file.read_text(encoding="utf-8"))
        if name == "zarr.json":
            metadata["attributes"]["mfvis"]["video"]["length"] = size.frames
            del metadata["attributes"]["mfvis"]["crc"]
        else:
            metadata["shape"][0] = size.frames
        file.write_text(json.dumps(metadata), encoding="utf-8")
    with Project.open(path) as project:
        project.do(ReplaceAnnotations(_annotations(size)))
    return path


def _annotations(size: Size) -> Annotations:
    every = max(1, size.frames * size.tracks // size.keyframes)
    return Annotations(
        tuple(
            Track(1 + index, "cell", tuple(Keyframe(t, _box(size, index, t)) for t in range(0, size.frames, every)))
            for index in range(size.tracks)
        )
    )


def _box(size: Size, index: int, frame_index: int) -> tuple[float, float, float, float]:
    """The box of the track `index` in a frame: 5 by 6 per cent of the frame, wandering with the frames."""
    width, height = size.width // 20, size.height // 16
    left = (index * 137 + frame_index // 7) % (size.width - width)
    top = (index * 71 + frame_index // 11) % (size.height - height)
    return left, top, left + width, top + height


def _labels(size: Size, frame_index: int) -> NDArray[np.uint16]:
    """Five of the tracks are in a frame, each an ellipse in its box."""
    labels = np.zeros((size.height, size.width), np.uint16)
    for index in range(frame_index % 7, size.tracks, max(1, size.tracks // 5)):
        left, top, right, bottom = map(int, _box(size, index, frame_index))
        y, x = np.ogrid[-1 : 1 : (bottom - top) * 1j, -1 : 1 : (right - left) * 1j]
        labels[top:bottom, left:right][y**2 + x**2 < 1] = 1 + index
    return labels


def _open(path: Path) -> tuple[float, float]:
    began = time.perf_counter()
    with Project.open(path) as project:
        project.annotations()
        project.boxes()
        seconds = time.perf_counter() - began
        return seconds, peak_bytes() / 2**20


def _import_only(_path: Path) -> float:
    zarr.create_group(zarr.storage.MemoryStore())  # which starts its threads
    return peak_bytes() / 2**20


def _in_fresh_process(work: Callable[[Path], _T], path: Path) -> _T:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(work, path).result()


def _bytes_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _log_bytes(project: Project) -> int:
    """Of what the log holds of frames: states and pixels, without SQLite's own."""
    query = "SELECT coalesce(sum(length(states) + coalesce(length(pixels), 0)), 0) FROM log_patch"
    with closing(sqlite3.connect(project.path / DATABASE)) as connection:
        return int(connection.execute(query).fetchone()[0])


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _milliseconds(work: Callable[[], object]) -> float:
    return 1000 * _seconds(work)


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=Size.frames)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    size = Size(frames=options.frames)
    print(f"{size.frames} frames of {size.width} x {size.height}, {size.tracks} tracks, {size.keyframes} keyframes")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(size, options.repeats, Path(folder)):
            aim = "" if row.aim is None else f"  (aim: below {row.aim:g})"
            print(f"{row.what:55}{row.value:12.2f} {row.unit}{aim}", flush=True)
            rows.append(dataclasses.asdict(row))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
