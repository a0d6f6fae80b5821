"""What a job tells, written into a run of a project, which is merged into the masks when the job has finished."""

import json
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import msgspec

from mfvis_engine.jobs.errors import EngineError
from mfvis_engine.jobs.events import Cancelled, Event, Failed, Finished, FrameDone, Learned, Queued, Started
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.project import MergeReport, RunWriter
from mfvis_engine.project.values import JsonValue

ReadBlob: TypeAlias = Callable[[str, Path], None]
"""Writes the kept file of a SHA-256 to a path; such as `JobHandle.read_blob`."""

CANCELLED = "Cancelled by the user."
"""Why a run has failed that a person has cancelled."""
SETTINGS, DEVICE, LEARNED = "settings", "device", "learned"
"""Under which names a run records what `Started` and `Learned` tell."""


class Delivery:
    """Takes the events of a job, in their order, into a run.

    Events may come again, one, some or all from the first on: as after a connection broke, or to a new delivery into
    the same run after the program was killed. The run is the same in the end. A run has finished once it is merged, so
    one that was killed in between is merged again, which changes nothing that is so already.

    Any thread may use it, one at a time; `merge` is called on that thread.

    Attributes:
        run_id: The run.
        has_begun: Whether the job has told of any work.
        merged: What became of the proposals; None until the job has finished.
    """

    def __init__(self, run: RunWriter, merge: Callable[[str], MergeReport], read_blob: ReadBlob | None = None) -> None:
        """Into `run`, which is running.

        Args:
            run: Of the tracks that the job is about.
            merge: Merges the run of an id into the masks, such as `Project.merge_run`.
            read_blob: Fetches the weights that were learned, to be kept with the run; None to keep none.
        """
        self._run, self._merge, self._read_blob = run, merge, read_blob
        self.run_id = run.run_id
        self.has_begun = False
        self.merged: MergeReport | None = None
        self._has_ended = False

    def tell(self, event: Event) -> None:
        """Takes an event; after the job's last one nothing happens any more.

        Raises:
            RunError: A frame does not fit the run.
            RleError: A mask is damaged.
            MfvisError: As `merge`.
            OSError: The disk is full or refuses; what is done stays.
        """
        if self._has_ended:
            return
        self.has_begun = self.has_begun or not isinstance(event, Queued | Started | Failed | Cancelled)
        match event:
            case Started():
                self._record_start(event)
            case FrameDone(masks):
                self._run.write_frame(masks.frame_index, masks.labels(), self._scores(masks))
            case Learned():
                self._record_learned(event)
            case Finished():
                self.merged = self._merge(self.run_id)
                self._run.finish()
                self._has_ended = True
            case Failed(reason):
                self.fail(reason)
            case Cancelled():
                self.fail(CANCELLED)

    def fail(self, reason: str) -> None:
        """Ends the run early, and records why; frames that are done stay. After the end nothing happens.

        Where the disk is too full for that, the run stays as one that was killed.
        """
        if not self._has_ended:
            self._has_ended = True
            with suppress(OSError):
                self._run.fail(reason)

    def _record_start(self, event: Started) -> None:
        recorded: dict[str, JsonValue] = {DEVICE: event.device}
        if event.settings:
            recorded[SETTINGS] = json.loads(event.settings)
        self._run.record(recorded)

    def _record_learned(self, event: Learned) -> None:
        """Keeps the weights; frames of others, which were lost, are forgotten: a run is of one network."""
        told = msgspec.to_builtins(event)
        if self._run.settings.get(LEARNED) == told:
            return
        self._run.forget_frames()
        if event.blob and self._read_blob is not None:
            self._keep_weights(event.blob, self._read_blob)
        self._run.record({LEARNED: told})

    def _keep_weights(self, sha256: str, read_blob: ReadBlob) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "weights"
            try:
                read_blob(sha256, path)
            except EngineError as error:
                warnings.warn(
                    f"The weights of run {self.run_id} were not kept, and later runs cannot start from them: {error}",
                    stacklevel=2,
                )
                return
            self._run.keep_weights(path.read_bytes())

    def _scores(self, masks: FrameProposals) -> list[float]:
        """In the order of the run's tracks."""
        told = dict(zip(masks.track_ids, masks.scores, strict=True))
        return [told.get(track_id, 0.0) for track_id in self._run.track_ids]
