"""What an action asks of the section of the dock widget that does it."""

from enum import Enum, auto


class Request(Enum):
    """Each is carried out by one section."""

    OPEN = auto()
    TRAIN = auto()
    NEXT_REVIEW = auto()
    PREVIOUS_REVIEW = auto()
    ACCEPT_REVIEW = auto()
    EXPORT = auto()
    HELP = auto()
