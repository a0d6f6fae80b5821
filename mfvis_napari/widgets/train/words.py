"""How far a training is, in words."""

from mfvis_napari.training.advance import Advance, Phase

TRAIN_TIP = "Learn the masks of all frames from the boxes (T)"
TRAIN_MINE_TIP = "Learn to find objects, from all projects that are ticked (T)"
SEARCH_TIP = "Look for objects in the open video; they come as proposals, in Review"
UNTRAINED_TIP = "Train the model first, or choose one that is trained"

_PLAIN = {
    Phase.STARTING: "Starting the engine",
    Phase.WAITING: "Waiting for the engine",
    Phase.READING: "Reading the video",
    Phase.PAUSED: "Paused",
    Phase.STOPPING: "Stopping",
}


def phase_text(advance: Advance) -> str:
    """What goes on: "Learning: step 120 of ~300 · 6.5 steps/s"."""
    match advance.phase:
        case Phase.SENDING:
            return f"Sending the video: {advance.count} of {advance.total} MB"
        case Phase.LEARNING:
            total = "" if advance.total is None else f" of ~{advance.total}"
            return f"Learning: step {advance.count}{total}{_rate(advance, 'steps')}"
        case Phase.PREDICTING:
            return f"Making masks: frame {advance.count} of {advance.total}{_rate(advance, 'frames')}"
        case Phase.SEARCHING:
            return f"Looking for objects: frame {advance.count} of {advance.total}{_rate(advance, 'frames')}"
        case Phase.TAKING_OVER:
            return f"Taking masks over: frame {advance.count} of {advance.total}"
        case _:
            return _PLAIN[advance.phase]


def time_left_text(seconds_left: float | None) -> str:
    """In words, such as "about 40 s left"; empty while unknown."""
    if seconds_left is None:
        return ""
    if seconds_left < 5:
        return "a few seconds left"
    if seconds_left < 100:
        return f"about {5 * round(seconds_left / 5)} s left"
    return f"about {max(2, round(seconds_left / 60))} min left"


def _rate(advance: Advance, what: str) -> str:
    if not advance.per_second:
        return ""
    digits = 1 if advance.per_second < 10 else 0
    return f" · {advance.per_second:.{digits}f} {what}/s"
