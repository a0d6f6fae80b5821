"""The desk of a job in this process that writes a run of a project."""

from collections.abc import Callable, Collection
from pathlib import Path

from mfvis_engine.actions.resumption import KeptWeights
from mfvis_engine.jobs.carrier.direct import DirectDesk
from mfvis_engine.jobs.errors import UnknownBlobError
from mfvis_engine.jobs.events import Event
from mfvis_engine.project import Project, RunWriter

Listener = Callable[[Event], None]
"""Is told of each event before it is written; after `Finished` the run is merged."""


class RunDesk(DirectDesk):
    """Done is what the run has, and any run's weights can be started from."""

    def __init__(self, project: Project, run: RunWriter, on_event: Listener, attempt: int) -> None:
        """Of `run`, which is running."""
        super().__init__(run.training_folder, on_event, run.training_folder / "blobs", attempt)
        self._project, self._run_id = project, run.run_id

    def frames_done(self) -> Collection[int]:
        """Frames whose masks the run has, now."""
        return self._project.run(self._run_id).done()

    def blob(self, sha256: str) -> Path:
        """What this or another run of the project has learned.

        Raises:
            UnknownBlobError: None keeps it any more.
        """
        try:
            return super().blob(sha256)
        except UnknownBlobError:
            for info in self._project.runs():
                kept = KeptWeights.of(self._project, info)
                if kept is not None and kept.blob == sha256:
                    return kept.path
            raise
