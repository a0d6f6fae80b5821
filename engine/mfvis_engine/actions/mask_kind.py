"""Masks by who made or approved them, as the command line names them. Loads nothing, so that help answers at once."""

from enum import StrEnum


class MaskKind(StrEnum):
    """Values of `MaskOrigin`, and `VERIFIED`, which a mask of any origin may be too."""

    PREDICTED = "predicted"
    EDITED = "edited"
    IMPORTED = "imported"
    VERIFIED = "verified"
