"""A made-up project: objects that go to and fro, with boxes and masks in every frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import Annotations, BoxXyxy, Keyframe, Track
from mfvis_engine.annotation.verbs import ReplaceAnnotations, Verify
from mfvis_engine.project import Project
from mfvis_engine.video.writer import write_video

PERIOD = 12
"""After so many frames all comes again, and the video has a frame that decoding can start from."""
_KEYFRAME_EVERY = PERIOD // 2
FRAME_RATE = 30.0


@dataclass(frozen=True)
class Size:
    """Of a project."""

    frames: int = 1000
    height: int = 720
    width: int = 1280
    tracks: int = 20


def make_project(size: Size, folder: Path, *, masked_frames: int | None = None, verified: bool = False) -> Path:
    """The path of a closed project in a new folder.

    Args:
        size: Its size.
        folder: For project and video.
        masked_frames: In how many frames, from the first on, there are masks; in all by default.
        verified: Whether every track is verified in every frame.
    """
    folder.mkdir(parents=True)
    video_path = folder / "clip.mp4"
    write_clip(video_path, size)
    with Project.create(folder / "work", video_path) as project:
        project.do(ReplaceAnnotations(annotations(size)))
        _put_masks(project, size, size.frames if masked_frames is None else masked_frames)
        if verified:
            project.do(Verify(tuple(range(1, size.tracks + 1)), 0, size.frames - 1))
        return project.path


def write_clip(path: Path, size: Size) -> None:
    """A video of which one period is encoded and then repeated: of 10 000 frames in a second."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[: size.height, : size.width]
    ground = np.stack([rows * 90 // size.height, columns * 90 // size.width, rng.integers(0, 40, rows.shape)], axis=-1)
    colors = rng.integers(90, 256, (size.tracks + 1, 3))
    pictures = [np.where(labels[..., None] > 0, colors[labels], ground).astype(np.uint8) for labels in all_labels(size)]
    once = path.with_name("period.mp4")
    write_video(once, pictures, FRAME_RATE)
    _repeat(once, path, size.frames)
    once.unlink()


def annotations(size: Size) -> Annotations:
    """The objects' boxes: keyframes where they turn round, and in the last frame."""
    drawn = sorted({*range(0, size.frames, _KEYFRAME_EVERY), size.frames - 1})
    return Annotations(
        tuple(
            Track(1 + index, "cell", tuple(Keyframe(t, box_xyxy(size, index, t)) for t in drawn))
            for index in range(size.tracks)
        )
    )


def box_xyxy(size: Size, index: int, frame_index: int) -> BoxXyxy:
    """The box of the object `index` in a frame."""
    columns = int(np.ceil(np.sqrt(size.tracks * 16 / 9)))
    rows = -(-size.tracks // columns)
    cell_width, cell_height = size.width / columns, size.height / rows
    phase = frame_index % PERIOD
    way = min(phase, PERIOD - phase) / _KEYFRAME_EVERY
    left = (index % columns + 0.05 + 0.25 * way) * cell_width
    top = (index // columns + 0.05 + 0.2 * way) * cell_height
    return left, top, left + 0.6 * cell_width, top + 0.65 * cell_height


def all_labels(size: Size) -> list[NDArray[np.uint16]]:
    """The masks (H, W) of one period: an ellipse in each box."""
    rows, columns = np.mgrid[: size.height, : size.width]
    found = []
    for frame_index in range(PERIOD):
        labels = np.zeros((size.height, size.width), np.uint16)
        for index in range(size.tracks):
            x0, y0, x1, y1 = box_xyxy(size, index, frame_index)
            away = ((columns - (x0 + x1) / 2) / (x1 - x0) * 2) ** 2 + ((rows - (y0 + y1) / 2) / (y1 - y0) * 2) ** 2
            labels[away < 1] = 1 + index
        found.append(labels)
    return found


def _put_masks(project: Project, size: Size, masked_frames: int) -> None:
    if not masked_frames:
        return
    writer = project.create_run({"made": "by a benchmark"}, range(1, size.tracks + 1))
    labels, scores = all_labels(size), np.full(size.tracks, 0.8)
    for frame_index in range(masked_frames):
        writer.write_frame(frame_index, labels[frame_index % PERIOD], scores)
    writer.finish()
    project.merge_run(writer.run_id)


def _repeat(source: Path, path: Path, frames: int) -> None:
    """Copies the packets of a video of one period, again and again, without encoding any."""
    with av.open(str(path), "w") as out:
        target = None
        for repeat in range(-(-frames // PERIOD)):
            with av.open(str(source)) as container:
                stream = container.streams.video[0]
                if target is None:
                    target = out.add_stream_from_template(stream)
                frame_time = 1 / (FRAME_RATE * float(stream.time_base))
                for packet in container.demux(stream):
                    if packet.pts is None or packet.dts is None:
                        continue
                    if repeat * PERIOD + round(packet.pts / frame_time) >= frames:
                        continue
                    packet.pts += round(repeat * PERIOD * frame_time)
                    packet.dts += round(repeat * PERIOD * frame_time)
                    packet.stream = target
                    out.mux(packet)
