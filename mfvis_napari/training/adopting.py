"""Makes tracks of what a run found: the boxes at once, the masks frame by frame, as the window has time."""

from collections.abc import Sequence

from mfvis_engine.project import Done
from mfvis_napari.messages import Messages
from mfvis_napari.session import Session
from mfvis_napari.slices import Slices
from mfvis_napari.training.feed import FrameFeed


class Adopter:
    """Adopts proposals of a session's project; for the window's thread.

    Undoing takes back first the masks and then the tracks. What changes in the session is to be told by `heed`.
    """

    def __init__(self, session: Session, slices: Slices, messages: Messages) -> None:
        self._session, self._slices, self._messages = session, slices, messages
        self._feeds: dict[tuple[int, ...], FrameFeed] = {}

    def adopt(self, run_id: str, proposal_ids: Sequence[int]) -> tuple[int, ...]:
        """Makes tracks of proposals of a run; their masks follow. Returns the ids of the tracks.

        Raises:
            MfvisError: As `Project.adoption` and `Session.do`.
        """
        verb = self._session.project.adoption(run_id, proposal_ids, frames=())
        self._session.do(verb)
        track_ids = tuple(track_id for _, track_id in verb.id_pairs)
        feed = FrameFeed(self._session, self._slices, self._messages, run_id, track_ids)
        feed.failed.connect(self._messages.tell_error)
        self._feeds[track_ids] = feed
        feed.put(self._session.project.run(run_id).done())
        feed.when_empty(lambda: self._forget(track_ids))
        return track_ids

    def heed(self, done: Done) -> None:
        """Takes nothing more over where a person has undone what was taken over so far, or the adoption itself."""
        annotated = set(self._session.annotations.track_ids)
        for track_ids, feed in list(self._feeds.items()):
            if annotated.isdisjoint(track_ids) or self._is_undone(done, track_ids, feed):
                feed.stop()
                self._forget(track_ids)

    def finish(self) -> None:
        """Takes over all that waits still, however long it takes, before the project is closed."""
        feeds, self._feeds = self._feeds, {}
        for feed in feeds.values():
            feed.finish()

    def _is_undone(self, done: Done, track_ids: tuple[int, ...], feed: FrameFeed) -> bool:
        """Whether a change has left no mask of tracks in frames that were taken over."""
        frames = sorted(feed.accepted_frames.intersection(done.frames.tolist()))
        changed = set(track_ids).intersection(done.track_ids)
        return bool(frames and changed) and not any(self._session.masks.codes(one)[frames].any() for one in changed)

    def _forget(self, track_ids: tuple[int, ...]) -> None:
        self._feeds.pop(track_ids, None)
