"""A frame with its masks, boxes and ids drawn on it."""

import itertools

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mfvis_engine.annotation import BoxXyxy
from mfvis_engine.annotation.palette import label_colors, track_color
from mfvis_engine.preview.frame_view import FrameView, ShownBox
from mfvis_engine.preview.lettering import font_of, put_tag

FILL_OPACITY = 0.45


def draw_overlay(view: FrameView, *, width: int, height: int) -> NDArray[np.uint8]:
    """Draws one frame at the size asked for.

    Masks are half transparent with an outline. A drawn box has a solid line, an interpolated one a dashed
    line. A plate with the track id stands at each box, or at the mask of a track without one.

    Args:
        view: The frame, of any size.
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.

    Returns:
        (height, width, 3) RGB.
    """
    line = max(2, round(min(width, height) / 300))
    picture = Image.fromarray(_tinted(view, width, height, line))
    scale = (width / view.pixels.shape[1], height / view.pixels.shape[0])
    draw = ImageDraw.Draw(picture)
    font = font_of(max(11, round(min(width, height) / 22)))
    for box in view.boxes:
        _outline_box(draw, _scaled(box.box_xyxy, scale), box, line)
    for track_id, box_xyxy in _tagged(view):
        x0, y0, _, _ = _scaled(box_xyxy, scale)
        put_tag(draw, (x0, y0), str(track_id), track_color(track_id), font)
    return np.asarray(picture)


def _tinted(view: FrameView, width: int, height: int, line: int) -> NDArray[np.uint8]:
    """The frame (height, width, 3) with its masks laid over it."""
    image = Image.fromarray(view.pixels)
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    pixels = np.asarray(image)
    labels = _resized_labels(view.labels, width, height)
    colors = label_colors(labels)
    opacity = np.float32(FILL_OPACITY) * (labels > 0)
    opacity[_outline(labels, line)] = 1
    mixed = pixels + opacity[..., None] * (colors.astype(np.float32) - pixels)
    tinted: NDArray[np.uint8] = np.rint(mixed).astype(np.uint8)
    return tinted


def _resized_labels(labels: NDArray[np.uint16], width: int, height: int) -> NDArray[np.uint16]:
    rows = (np.arange(height) + 0.5) * labels.shape[0] / height
    columns = (np.arange(width) + 0.5) * labels.shape[1] / width
    return labels[np.ix_(rows.astype(np.intp), columns.astype(np.intp))]


def _outline(labels: NDArray[np.uint16], line: int) -> NDArray[np.bool_]:
    """The pixels (H, W) of masks that have another label within `line` rows or columns."""
    outline = np.zeros(labels.shape, np.bool_)
    for shift in range(1, line + 1):
        below = labels[shift:] != labels[:-shift]
        beside = labels[:, shift:] != labels[:, :-shift]
        outline[shift:] |= below
        outline[:-shift] |= below
        outline[:, shift:] |= beside
        outline[:, :-shift] |= beside
    return outline & (labels > 0)


def _outline_box(draw: ImageDraw.ImageDraw, box_xyxy: BoxXyxy, box: ShownBox, line: int) -> None:
    x0, y0, x1, y1 = box_xyxy
    color = track_color(box.track_id)
    if box.is_drawn:
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), outline=color, width=line)
        return
    corners = ((x0, y0), (x1 - 1, y0), (x1 - 1, y1 - 1), (x0, y1 - 1), (x0, y0))
    for start, end in itertools.pairwise(corners):
        _dashed_line(draw, np.array(start), np.array(end), color, line)


def _dashed_line(
    draw: ImageDraw.ImageDraw,
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    color: tuple[int, int, int],
    line: int,
) -> None:
    """A line from `start` to `end`, (2,) each, of dashes as long as the gaps, whole at both ends."""
    length = float(np.hypot(*(end - start)))
    pieces = 2 * max(1, round(length / (10 * line))) + 1
    for piece in range(0, pieces, 2):
        first, last = (start + (end - start) * (piece + k) / pieces for k in (0, 1))
        draw.line((*first, *last), fill=color, width=line)


def _tagged(view: FrameView) -> list[tuple[int, BoxXyxy]]:
    """Each track to be named, with the box that its plate stands at."""
    tagged = [(box.track_id, box.box_xyxy) for box in view.boxes]
    boxed = {box.track_id for box in view.boxes}
    present = np.flatnonzero(np.bincount(view.labels.ravel(), minlength=1)[1:]) + 1
    for track_id in present.tolist():
        if track_id not in boxed:
            rows, columns = np.nonzero(view.labels == track_id)
            tagged.append((track_id, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)))
    return tagged


def _scaled(box_xyxy: BoxXyxy, scale: tuple[float, float]) -> BoxXyxy:
    x0, y0, x1, y1 = box_xyxy
    return x0 * scale[0], y0 * scale[1], x1 * scale[0], y1 * scale[1]
