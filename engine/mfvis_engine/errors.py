"""The root of the engine's typed errors."""


class MfvisError(Exception):
    """Something the user can act on: the message says what happened, with which values, and what to do."""
