"""What to do in the window about what the engine refuses: its own messages may name a command."""

from mfvis_engine.errors import MfvisError

_LOST_VIDEO = "Close the project and open it again: you are asked where the video is now."
REMEDIES = {
    "OutputExistsError": "Choose another name.",
    "NoMasksError": "Train first (T), or import masks.",
    "NoBoxesError": "Draw one first (N), or import boxes.",
    "NothingToSegmentError": "Draw a box first (N).",
    "NoRunError": "Train from scratch: choose that under Settings of Train.",
    "VideoMissingError": _LOST_VIDEO,
    "VideoChangedError": _LOST_VIDEO,
    "ClipError": _LOST_VIDEO,
    "DeviceError": "Choose another device under Settings of Train.",
    "NotAProjectError": "Open its video: a project is made for it.",
}
"""By the name of the error, since to import them all takes long."""


def words_of(error: Exception) -> str:
    """What an error says in the window: what happened, and what to do here in the place of a command."""
    if not isinstance(error, MfvisError) or error.problem == str(error):
        return str(error)
    return f"{error.problem} {REMEDIES.get(type(error).__name__, '')}".rstrip()
