"""The error of the losses."""

from mfvis_engine.errors import MfvisError


class LossInputError(MfvisError, ValueError):
    """Tensors or settings that a loss cannot take: shapes that do not fit, or values out of range."""
