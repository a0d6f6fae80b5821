"""The ticks and labels over a timeline."""

from dataclasses import dataclass

from mfvis_napari.widgets.timeline.scale import Scale

LEAST_MINOR_PX = 5.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at the left edge of a frame.

    Attributes:
        frame_index: From 0.
        is_labelled: Whether its number is written.
    """

    frame_index: int
    is_labelled: bool


def ruler_ticks(scale: Scale, label_px: float) -> list[Tick]:
    """The ticks in sight; labelled ones lie at least `label_px` apart, and at round numbers."""
    major = _step(label_px / scale.px_per_frame)
    minor = next(
        step for step in (major // 10, major // 5, major) if step and step * scale.px_per_frame >= _least(step, major)
    )
    first = int(scale.first_frame) // major * major
    end = min(int(scale.first_frame + scale.frames_in_sight) + 1, scale.length)
    return [Tick(frame, frame % major == 0) for frame in range(first, end, minor)]


def time_text(frame_index: int, frames_per_second: float, digits: int = 0) -> str:
    """When a frame is shown: "1:05", "1:02:05" from an hour on, with `digits` after the point."""
    seconds = frame_index / frames_per_second
    seconds = int(seconds * 10**digits + 1e-6) / 10**digits
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 2 if not digits else 3 + digits
    rest = f"{seconds:0{width}.{digits}f}"
    return f"{hours}:{minutes:02}:{rest}" if hours else f"{minutes}:{rest}"


def label_digits(scale: Scale, label_px: float, frames_per_second: float) -> int:
    """How many digits after the point tell the labels of a ruler apart."""
    seconds = _step(label_px / scale.px_per_frame) / frames_per_second
    return 0 if seconds >= 1 else 1 if seconds >= 0.1 else 2


def _step(frames: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, ... that is at least so many frames."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= frames:
                return factor * power
        power *= 10


def _least(step: int, major: int) -> float:
    return 0.0 if step == major else LEAST_MINOR_PX
