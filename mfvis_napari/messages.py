"""What is said to the person: one line at the top of the dock widget, or a dialog where the program itself failed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import wraps
from typing import ParamSpec, TypeVar

from psygnal import Signal

from mfvis_engine.errors import MfvisError
from mfvis_napari.remedies import words_of

P = ParamSpec("P")
R = TypeVar("R")

_logger = logging.getLogger(__name__)


class Kind(Enum):
    """How a message is meant."""

    SAID = auto()
    """Something went well."""
    REFUSED = auto()
    """What was asked for cannot be done; the text says why and what to do."""
    FAILED = auto()
    """The program is at fault."""


@dataclass(frozen=True)
class Message:
    """What is said.

    Attributes:
        text: For people.
        kind: How it is meant.
        error: The exception behind it, if any.
    """

    text: str
    kind: Kind = Kind.SAID
    error: Exception | None = None


class Messages:
    """Where everything that has something to say says it.

    Attributes:
        said: Emitted with each `Message`.
    """

    said = Signal(Message)

    def say(self, text: str) -> None:
        """Tells that something went well."""
        self.said.emit(Message(text))

    def tell_error(self, error: Exception) -> None:
        """Tells why something was not done: a refusal in its own words, anything else as a fault of the program."""
        if isinstance(error, MfvisError):
            self.said.emit(Message(words_of(error), Kind.REFUSED, error))
            return
        _logger.error("A fault of the program", exc_info=error)
        self.said.emit(Message(f"{type(error).__name__}: {error}", Kind.FAILED, error))

    def guarded(self, function: Callable[P, R]) -> Callable[P, R | None]:
        """`function`, but what it raises is told, and it then returns None. For everything that Qt or napari calls."""

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R | None:
            try:
                return function(*args, **kwargs)
            except Exception as error:  # whatever it is, the window must live on
                self.tell_error(error)
                return None

        return call
