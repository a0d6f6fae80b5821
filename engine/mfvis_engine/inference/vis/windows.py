"""Windows of frames that cover a video."""

from __future__ import annotations

from mfvis_engine.inference.vis.settings import VisSettingsError


def plan_windows(length: int, window_frames: int | None, overlap_frames: int) -> tuple[range, ...]:
    """Windows in order that cover each of `length` frames.

    Each has `window_frames` frames (fewer only where the video has) and shares `overlap_frames` with the one before;
    the last one shares more where it would reach beyond the end.

    Args:
        length: Frames of the video.
        window_frames: Frames of a window; None for one window over all.
        overlap_frames: Fewer than `window_frames`.

    Raises:
        VisSettingsError: The overlap is negative or not smaller than a window.
    """
    if window_frames is not None and not 0 <= overlap_frames < window_frames:
        raise VisSettingsError(
            f"Windows of {window_frames} frames cannot overlap by {overlap_frames}: ask for 0 to {window_frames - 1}."
        )
    if length == 0:
        return ()
    if window_frames is None or length <= window_frames:
        return (range(length),)
    last = length - window_frames
    starts = (*range(0, last, window_frames - overlap_frames), last)
    return tuple(range(start, start + window_frames) for start in starts)
