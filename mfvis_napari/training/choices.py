"""What a person can choose of a training."""

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path


class Start(Enum):
    """What training starts from."""

    AUTOMATIC = auto()
    """What the last training learned, where boxes or masks have changed since; else from scratch."""
    FROM_SCRATCH = auto()
    """The weights that come with the program."""
    CONTINUE = auto()
    """What the last training learned, in any case."""


@dataclass(frozen=True)
class TrainingPreferences:
    """What holds for every project of a person.

    Attributes:
        engine: Address of an engine, as "tls://host:port"; None for this computer.
        certificates: The folder with the client's certificates of that engine.
        device: As in `Device.choose` of the engine: "auto", "cuda", "cpu", ...
    """

    engine: str | None = None
    certificates: Path | None = None
    device: str = "auto"

    @property
    def place(self) -> str:
        """Where it learns, for people."""
        return "this computer" if self.engine is None else self.engine


@dataclass(frozen=True)
class TrainingSettings:
    """How one training is done.

    Attributes:
        start: What it starts from.
        steps: Steps at the most; None for as many as suit.
        seconds: Of learning at the most; None for as long as suits.
        learn_from_masks: Whether a person's masks are learned from besides the boxes.
        device: Where on the engine's machine; None for that of the preferences.
    """

    start: Start = Start.AUTOMATIC
    steps: int | None = None
    seconds: float | None = None
    learn_from_masks: bool = True
    device: str | None = None
