"""What can go wrong with the background engine."""

from mfvis_engine.errors import MfvisError


class EngineError(MfvisError):
    """The engine cannot be started, reached or used."""


class EngineUnavailableError(EngineError):
    """No engine answers at the address, or the connection was lost for good."""


class EngineVersionError(EngineError):
    """The engine is of another version than this program."""


class UnknownJobError(EngineError):
    """The engine has no job of this id."""


class UnknownBlobError(EngineError):
    """The engine does not keep a file of this content."""


class ClipError(EngineError):
    """The frames of a job cannot be had where it runs."""


class NothingToSegmentError(EngineError):
    """A project has no box in any frame."""


class JobFailedError(EngineError):
    """A job ended without its result; the message is the reason."""


class JobCancelledError(EngineError):
    """A job was cancelled."""
