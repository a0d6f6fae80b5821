"""Seconds that others measured, with their sources."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A time that was measured elsewhere.

    Attributes:
        what: What it is the time of.
        seconds: The time.
        source: The paper.
        arxiv: Its number there.
    """

    what: str
    seconds: float
    source: str
    arxiv: str


_SOURCE = "Cheng, Parkhi and Kirillov, Pointly-Supervised Instance Segmentation"

BOX = Published("drawing a box", 7.0, _SOURCE, "2104.06404")
POLYGON = Published("drawing the mask of an object as a polygon", 79.2, _SOURCE, "2104.06404")
