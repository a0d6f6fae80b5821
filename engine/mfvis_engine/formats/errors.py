"""What may go wrong with a file of boxes or masks."""

from mfvis_engine.errors import MfvisError


class FormatError(MfvisError):
    """A file cannot be read, or values cannot be written in its format."""


class RleError(FormatError):
    """A run-length code does not describe a mask of its size."""


class VerificationError(FormatError):
    """A file that was just written does not read back as what went in."""
