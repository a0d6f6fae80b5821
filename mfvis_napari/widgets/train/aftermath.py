"""What is said when a training or search has ended, and what can be done then."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from mfvis_napari.training import Trainer
from mfvis_napari.training.ending import Ending, HowEnded, counted
from mfvis_napari.training.engine_work import WorkEnding
from mfvis_napari.training.past import StoppedRun
from mfvis_napari.widgets.train.outcome import Outcome, WayOn
from mfvis_napari.workspace import Workspace


class Aftermath:
    """Says it in the section, and carries out the ways on.

    Attributes:
        outcome: Where it is said.
        again: Does once more what was begun last.
    """

    def __init__(self, workspace: Workspace, trainer: Trainer, on_preferences: Callable[[], None]) -> None:
        """Of a window; `on_preferences` is called when the trainer's preferences have changed."""
        self._workspace, self._trainer, self._on_preferences = workspace, trainer, on_preferences
        self.outcome = Outcome()
        self.again: Callable[[], None] = _nothing

    def tell(self, ending: Ending) -> None:
        """Of a training for the open video."""
        is_good = ending.how is HowEnded.FINISHED
        self.outcome.say(ending.text, is_good=is_good, ways=self._ways_after(ending, "Train again"))
        if is_good:
            self._workspace.messages.say(f"{ending.text} Press J to look over those that need it.")

    def tell_work(self, ending: WorkEnding) -> None:
        """Of work with a model for many videos."""
        is_good, ways = ending.how is HowEnded.FINISHED, self._ways_after(ending, "Try again")
        if ending.known_track_ids and self._workspace.session is not None:
            masks = f"Take over masks of {counted(len(ending.known_track_ids), 'annotated track')}"
            ways += (self._way(masks, partial(self._take_over_known, ending)),)
        self.outcome.say(ending.text, is_good=is_good, ways=ways)
        if is_good:
            self._workspace.messages.say(ending.text)

    def tell_stopped(self, stopped: StoppedRun) -> None:
        """Of a training that was stopped on an earlier day."""
        ways: tuple[WayOn, ...] = ()
        waiting = len(stopped.waiting_frames)
        text = (
            f"The last training was stopped after {stopped.frame_count} of {stopped.length} frames; masks that were"
            " there are kept."
        )
        if waiting:
            ways = (self._way(f"Take over {waiting} more", partial(self._take_over, stopped)),)
        self.outcome.say(text, is_good=False, ways=ways)

    def _ways_after(self, ending: Ending | WorkEnding, again: str) -> tuple[WayOn, ...]:
        ways: tuple[WayOn, ...] = ()
        if ending.how is HowEnded.FAILED:
            ways = (self._way(again, self.again),)
            if ending.was_elsewhere:
                ways += (self._way("Use this computer instead", self._train_here),)
        return ways

    def _train_here(self) -> None:
        self._trainer.preferences = replace(self._trainer.preferences, engine=None, certificates=None)
        self._on_preferences()
        self.again()

    def _take_over(self, stopped: StoppedRun) -> None:
        session = self._workspace.session
        if session is not None:
            self.outcome.clear()
            said = f"{len(stopped.waiting_frames)} frames were taken over."
            self._trainer.take_over(session, stopped, partial(self._workspace.messages.say, said))

    def _take_over_known(self, ending: WorkEnding) -> None:
        session = self._workspace.session
        if session is not None:
            self.outcome.clear()
            said = f"The masks of {counted(len(ending.known_track_ids), 'track')} were taken over."
            then = partial(self._workspace.messages.say, said)
            self._trainer.take_over_known(session, ending.run_id, ending.known_track_ids, then)

    def _way(self, text: str, go: Callable[[], object]) -> WayOn:
        return WayOn(text, self._workspace.messages.guarded(go))


def _nothing() -> None:
    """Before anything was begun."""
