"""A project as its verbs see it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mfvis_engine.annotation import Annotations
from mfvis_engine.annotation.mask_frame import MaskFrame
from mfvis_engine.annotation.proposed_tracks import Verdicts
from mfvis_engine.annotation.verbs import Proposals
from mfvis_engine.project.database import Database
from mfvis_engine.project.identities import reidentified
from mfvis_engine.project.masks import Masks
from mfvis_engine.project.runs import Run
from mfvis_engine.project.verdicts import RunVerdicts, verdicts_of


class ProjectScene:
    """The tracks, which are kept in memory, and the masks, which are read frame by frame (a `Scene`).

    Attributes:
        length: Number of frames.
        height: Of a frame, in pixels.
        width: Of a frame, in pixels.
    """

    def __init__(self, database: Database, masks: Masks, shape: tuple[int, int, int], runs_folder: Path) -> None:
        self.length, self.height, self.width = shape
        self._database = database
        self._masks = masks
        self._runs_folder = runs_folder
        self._annotations: Annotations | None = None

    @property
    def annotations(self) -> Annotations:
        """The tracks as of the last change."""
        if self._annotations is None:
            self._annotations = self._database.annotations()
        return self._annotations

    def forget(self) -> None:
        """Lets the tracks be read anew when they are next asked for."""
        self._annotations = None

    def keep(self, annotations: Annotations) -> None:
        """Takes these for the tracks; they must be what the database holds."""
        self._annotations = annotations

    def frame(self, frame_index: int) -> MaskFrame:
        """The masks of a frame; reading its labels raises as `Masks.read`."""
        return MaskFrame(frame_index, self._database.mask_states(frame_index), self._masks.read)

    def frames_with(self, track_ids: Iterable[int], start: int = 0, stop: int | None = None) -> Sequence[int]:
        """See `Scene`."""
        return self._database.frames_with(track_ids, start, self.length if stop is None else stop)

    def frames_of_run(self, run_id: str) -> Sequence[int]:
        """See `Scene`."""
        return self._database.frames_of_run(run_id)

    def proposals(self, run_id: str) -> Proposals:
        """See `Scene`; raises UnknownRunError."""
        return Run(self._runs_folder, run_id)

    def verdicts(self, run_id: str) -> Verdicts:
        """See `Scene`."""
        return self._told_of(run_id).plain()

    def verdicts_by_run(self) -> Mapping[str, Verdicts]:
        """The same for every run of which anything was said."""
        told = verdicts_of(self._database.entries_on_proposals())
        return {run_id: verdicts.plain() for run_id, verdicts in told.items()}

    def reidentified(self, run_id: str) -> Mapping[int, str]:
        """See `Scene`; of a run that does not record who its tracks were, none is taken for another."""
        recorded = Run(self._runs_folder, run_id).identities
        if not recorded:
            return {}
        adopted = self._told_of(run_id).adopted
        tracks = {track_id: identity for track_id, identity in recorded.items() if track_id not in adopted}
        tracks |= {adoption.track_id: adoption.identity for adoption in adopted.values()}
        return reidentified(tracks, self._database.identities(), self._database.summary_of)

    def _told_of(self, run_id: str) -> RunVerdicts:
        return verdicts_of(self._database.entries_on_proposals()).get(run_id) or RunVerdicts()
