"""How a training ended."""

from dataclasses import dataclass
from enum import Enum, auto


class HowEnded(Enum):
    """How a training ended."""

    FINISHED = auto()
    CANCELLED = auto()
    FAILED = auto()


@dataclass(frozen=True)
class Ending:
    """How a training ended.

    Attributes:
        how: How.
        frame_count: Frames that were taken over.
        length: Frames of the video.
        mask_count: Masks in them, as pairs of track and frame.
        kept_count: Masks of a person that were kept in the place of the engine's.
        seconds: It took.
        reason: Why it failed, for people; empty otherwise.
        was_elsewhere: Whether it ran on an engine at an address.
    """

    how: HowEnded
    frame_count: int
    length: int
    mask_count: int
    kept_count: int
    seconds: float
    reason: str = ""
    was_elsewhere: bool = False

    @property
    def text(self) -> str:
        """What to tell the person."""
        match self.how:
            case HowEnded.FINISHED:
                frames, masks = counted(self.frame_count, "frame"), counted(self.mask_count, "mask")
                return f"{frames}, {masks} in {duration(self.seconds)}.{self._kept}"
            case HowEnded.CANCELLED:
                return f"Cancelled. {self._so_far}"
            case HowEnded.FAILED:
                return f"{self.reason.rstrip()} {self._so_far}"

    @property
    def _so_far(self) -> str:
        if not self.frame_count:
            return "The masks are as they were."
        return f"{self.frame_count} of {counted(self.length, 'frame')} have new masks, which stay.{self._kept}"

    @property
    def _kept(self) -> str:
        if not self.kept_count:
            return ""
        return f" {counted(self.kept_count, 'mask')} of yours {'was' if self.kept_count == 1 else 'were'} kept."


def counted(count: int, what: str) -> str:
    """A number with its noun: "1 mask", "2 masks"."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """Seconds for people: "48 s", "3 min 20 s"."""
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"
