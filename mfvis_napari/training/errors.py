"""What can go wrong with a training, apart from what the engine raises."""

from mfvis_engine.errors import MfvisError


class TrainingRefusedError(MfvisError):
    """Training cannot begin as things stand; the message says what to do."""


class TrainingLeftError(MfvisError):
    """The project was closed while it trained: nothing is written any more, and its run stays unfinished."""
