"""The root of the engine's typed errors."""


class MfvisError(Exception):
    """Something the user can act on: the message says what happened, with which values, and what to do.

    Attributes:
        problem: The message, without what to do where that is a command: a window has other ways.
    """

    def __init__(self, *args: object, command: str = "") -> None:
        """`command` is what to do at a command line, as a sentence; the message ends with it."""
        self.problem = str(args[0]) if args else ""
        super().__init__(*((f"{self.problem} {command}", *args[1:]) if command else args))
