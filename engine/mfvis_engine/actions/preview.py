"""Pictures and videos of a project's masks and boxes."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mfvis_engine.actions.errors import OutputKindError
from mfvis_engine.actions.output import check_free
from mfvis_engine.annotation import interpolate
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.preview import MAX_TILES, FrameView, draw_contact_sheet, draw_overlay, spread_frames
from mfvis_engine.project import Project
from mfvis_engine.video import write_video

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
VIDEO_SUFFIX = ".mp4"
_FRAME_RATE = 10.0
"""Where the video does not tell its own."""
_SMALL_SIDE = 480
"""Videos whose longer side is shorter are shown larger, so that lines and ids can be made out."""


def preview_project(project: Project, path: Path, *, every: int | None, overwrite: bool) -> int:
    """Writes a contact sheet (.png, .jpg) or an overlay video (.mp4).

    Args:
        project: With boxes, masks or both.
        path: The file; its suffix decides.
        every: Show every so many frames; None for all of a video and for 12 on a sheet.
        overwrite: Replace the file if it is there.

    Returns:
        The number of frames shown.

    Raises:
        OutputKindError: Another suffix, or too many frames for a sheet.
        OutputExistsError: The file is there.
        ProjectVideoError: The project's video is missing or another.
    """
    suffix = path.suffix.lower()
    if suffix not in (*PICTURE_SUFFIXES, VIDEO_SUFFIX):
        raise OutputKindError(
            f"{path.name} does not tell what to make: end it in {', '.join(PICTURE_SUFFIXES)} for a sheet of "
            f"frames, or in {VIDEO_SUFFIX} for a video."
        )
    check_free(path, project, overwrite=overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    if suffix == VIDEO_SUFFIX:
        return _write_overlay_video(project, path, every or 1)
    return _write_sheet(project, path, _sheet_frames(project.length, every))


def _sheet_frames(length: int, every: int | None) -> Sequence[int]:
    frames = spread_frames(length) if every is None else range(0, length, every)
    if len(frames) > MAX_TILES:
        raise OutputKindError(
            f"Every {every} of {length} frames are {len(frames)} pictures, and a sheet holds {MAX_TILES}. Give "
            f"--every {-(-length // MAX_TILES)} or more, or write a video ({VIDEO_SUFFIX})."
        )
    return frames


def _write_sheet(project: Project, path: Path, frames: Sequence[int]) -> int:
    legend = [(track.track_id, track.category) for track in project.annotations().tracks]
    sheet = Image.fromarray(draw_contact_sheet(_views(project, frames), len(frames), legend))
    with replaced_when_done(path) as unfinished:
        sheet.save(unfinished, quality=88)
    return len(frames)


def _write_overlay_video(project: Project, path: Path, every: int) -> int:
    frames = range(0, project.length, every)
    scale = max(1, -(-_SMALL_SIDE // max(project.height, project.width)))
    pictures: Iterator[NDArray[np.uint8]] = (
        draw_overlay(view, width=scale * project.width, height=scale * project.height)
        for view in _views(project, frames)
    )
    write_video(path, pictures, max((project.frame_rate or _FRAME_RATE) / every, 1.0))
    return len(frames)


def _views(project: Project, frames: Sequence[int]) -> Iterator[FrameView]:
    boxes = interpolate(project.annotations(), project.length)
    with closing(project.video()) as video:
        for frame_index in frames:
            labels = project.read_masks(frame_index)
            yield FrameView.of(frame_index, video.frame(frame_index), labels, boxes)
