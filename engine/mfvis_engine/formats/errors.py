"""What may go wrong with a file of boxes or masks."""

import re

from mfvis_engine.errors import MfvisError

_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys or cannot print."""


class FormatError(MfvisError):
    """A file cannot be read, or values cannot be written in its format.

    The message may quote the file: what a terminal would obey or cannot print is spelled out in it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(_UNSAFE.sub(lambda found: ascii(found[0])[1:-1], message))


class RleError(FormatError):
    """A run-length code does not describe a mask of its size."""


class VerificationError(FormatError):
    """A file that was just written does not read back as what went in."""


class WriteError(FormatError):
    """The system refuses to write a file: the disk is full, say, or the folder may only be read."""
