"""Makes tracks of what a run found: the boxes at once, the masks frame by frame, as the window has time."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from mfvis_engine.errors import MfvisError
from mfvis_engine.project import Done
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.slices import Slices
from mfvis_napari.training.feed import FrameFeed


class Wanted(NamedTuple):
    """What a person wants to adopt.

    Attributes:
        run_id: A run.
        proposal_ids: Of its proposals.
    """

    run_id: str
    proposal_ids: tuple[int, ...]


class Adopter:
    """Adopts proposals of a session's project, one after the other; for the window's thread.

    An adoption and its masks are one change, undone at once. So that nothing comes between its pieces, what is wanted
    while masks of another one still come waits until they are there. What changes in the session is to be told by
    `heed`.
    """

    def __init__(self, session: Session, slices: Slices, messages: Messages) -> None:
        self._session, self._slices, self._messages = session, slices, messages
        self._waiting: deque[Wanted] = deque()
        self._feed: FrameFeed | None = None
        self._track_ids: tuple[int, ...] = ()

    def adopt(self, run_id: str, proposal_ids: Sequence[int]) -> tuple[int, ...]:
        """Makes tracks of proposals of a run; their masks follow.

        Returns:
            The ids of the tracks; nothing where it has to wait.

        Raises:
            MfvisError: As `Project.adoption` and `Session.do`, unless it has to wait.
        """
        wanted = Wanted(run_id, tuple(proposal_ids))
        if self._feed is not None:
            self._waiting.append(wanted)
            return ()
        return self._begin(wanted)

    def is_waiting(self, run_id: str, proposal_id: int) -> bool:
        """Whether a proposal is still to be adopted."""
        return any(one.run_id == run_id and proposal_id in one.proposal_ids for one in self._waiting)

    def heed(self, done: Done) -> None:
        """Takes nothing more over where a person has undone what was taken over so far, and adopts nothing more."""
        if self._feed is None:
            return
        is_gone = set(self._track_ids).isdisjoint(self._session.annotations.track_ids)
        if is_gone or self._is_undone(done, self._feed):
            self._waiting.clear()
            self._feed.stop()
            self._feed = None

    def finish(self) -> None:
        """Adopts and takes over all that waits still, however long it takes, before the project is closed."""
        while (feed := self._feed) is not None:
            feed.finish()
            if self._feed is feed:  # otherwise its last masks came just now, and the next adoption has begun
                self._go_on()

    def _begin(self, wanted: Wanted) -> tuple[int, ...]:
        project = self._session.project
        verb = project.adoption(*wanted, frames=(), is_part=True)
        self._session.do(verb)
        self._track_ids = tuple(track_id for _, track_id in verb.id_pairs)
        feed = FrameFeed(self._session, self._slices, self._messages, wanted.run_id, self._track_ids)
        feed.failed.connect(self._on_failed)
        self._feed = feed
        feed.put(project.run(wanted.run_id).done())
        feed.when_empty(self._go_on)
        return self._track_ids

    def _go_on(self) -> None:
        self._feed = None
        while self._waiting and self._feed is None:
            try:
                self._begin(self._waiting.popleft())
            except MfvisError as error:
                self._messages.tell_error(error)

    def _on_failed(self, error: Exception) -> None:
        self._messages.tell_error(error)
        self._go_on()

    def _is_undone(self, done: Done, feed: FrameFeed) -> bool:
        """Whether a change has left no mask of tracks in frames that were taken over."""
        frames = sorted(feed.accepted_frames.intersection(done.frames.tolist()))
        changed = set(self._track_ids).intersection(done.track_ids)
        return bool(frames and changed) and not any(self._session.masks.codes(one)[frames].any() for one in changed)
