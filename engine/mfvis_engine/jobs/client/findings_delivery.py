"""What a model for many videos finds in a project's video, written into a run of proposals. Loads no torch."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.jobs.client.delivery import CANCELLED, DEVICE
from mfvis_engine.jobs.events import Cancelled, Event, Failed, Finished, FrameDone, Started, TracksFound
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.project import RunWriter
from mfvis_engine.project.run_writer import RunSettings
from mfvis_engine.project.values import JsonValue

INFERENCE = "inference"
"""Under which name a run records how the video was looked at."""
_IDS = 2**16


class RunHome(Protocol):
    """Where runs are made: a `Project`, or what asks one of another thread."""

    def free_track_ids(self, count: int) -> tuple[int, ...]:
        """See `Project`."""

    def create_run(self, settings: RunSettings, track_ids: Iterable[int], found_ids: Iterable[int] = ()) -> RunWriter:
        """See `Project`."""

    def delete_run(self, run_id: str) -> int:
        """See `Project`."""


class FindingsDelivery:
    """Takes the events of a `VisPredictJob`, in their order, into a new run of a project.

    The run is made when it is known what was found, so a job that ends before leaves none. Where an attempt looks at
    the video anew, a new run takes the place of the one begun. What is found gets ids that nobody uses then.

    Any thread may use it, one at a time, which the home of the run may be asked on.

    Attributes:
        run_id: The run; empty while there is none.
        device: Where the job runs; empty before it has begun.
        known_ids: Annotated tracks that were found again.
    """

    def __init__(self, home: RunHome, settings: Mapping[str, JsonValue]) -> None:
        """Into a project, open for writing; `settings` are recorded with the run."""
        self._home, self._settings = home, dict(settings)
        self.run_id = self.device = ""
        self.known_ids: tuple[int, ...] = ()
        self._run: RunWriter | None = None
        self._found = TracksFound(known_ids=(), proposed=())
        self._ids: NDArray[np.uint16] = np.zeros(0, np.uint16)

    def tell(self, event: Event) -> None:
        """Takes an event; after the job's last one nothing happens any more.

        Raises:
            RunError: A frame does not fit the project.
            RleError: A mask is damaged.
            VerbRefusedError: There are not enough free track ids.
            OSError: The disk is full or refuses; what is done stays.
        """
        match event:
            case Started():
                self.device = event.device
                self._settings |= {DEVICE: event.device, INFERENCE: json.loads(event.settings)}
            case TracksFound():
                self._begin(event)
            case FrameDone(masks):
                self._write(masks)
            case Finished():
                self._finish()
            case Failed(reason):
                self.fail(reason)
            case Cancelled():
                self.fail(CANCELLED)

    def fail(self, reason: str) -> None:
        """Ends the run early, if there is one, and records why; after the end nothing happens.

        Where the disk is too full for that, the run stays as one that was killed.
        """
        run, self._run = self._run, None
        if run is not None:
            with suppress(OSError):
                run.fail(reason)

    def _begin(self, found: TracksFound) -> None:
        if self._run is not None:
            self._run = None
            self._home.delete_run(self.run_id)
        new = [track.track_id for track in found.proposed]
        free = self._home.free_track_ids(len(new)) if new else ()
        self._ids = np.zeros(_IDS, np.uint16)
        self._ids[list(found.known_ids)] = found.known_ids
        self._ids[new] = free
        self._run = self._home.create_run(self._settings, found.known_ids, free)
        self._found, self.run_id, self.known_ids = found, self._run.run_id, found.known_ids

    def _write(self, masks: FrameProposals) -> None:
        if self._run is None:
            return
        ids = self._ids[list(masks.track_ids)].tolist()
        score_of = dict(zip(ids, masks.scores, strict=True))
        scores = [score_of.get(track_id, 0.0) for track_id in self._run.track_ids]
        self._run.write_frame(masks.frame_index, self._ids[masks.labels()], scores)

    def _finish(self) -> None:
        if self._run is not None:
            proposed = (replace(track, track_id=int(self._ids[track.track_id])) for track in self._found.proposed)
            self._run.propose(list(proposed))
            self._run.finish()
            self._run = None
