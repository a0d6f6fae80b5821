"""The project folder `NAME.mfvis`: a zarr v3 group beside an SQLite database.

- `project`: `Project`, what the rest of the program works with.
- `history`: doing, undoing, redoing, and finishing what was interrupted; `done`: what a change did; `pieces`: changes
  made piece by piece.
- `scene`: the project as verbs see it.
- `database`, `transaction`: the annotations database, asked and changed.  `schema`, `meta`, `rows`, `track_diff`,
  `log`: what its tables hold.  `migrations`: from older versions.  `digests`: whether a bit of it has changed.
- `masks`, `mask_chunks`: frames of masks, checked against what the database says they must hold.  `ways`: by which
  changes of the log a frame gets there.
- `runs`, `run_writer`: proposals, read by everyone, written by the engine's side alone.  `merge`: what taking them did.
- `proposed_tracks`: tracks that a run found, as it records them.  `verdicts`: what a person said of them.
  `open_proposals`: those of which nobody did.  `free_ids`: ids for them.
- `identities`: who the tracks of a run were.  `run_removal`: deleting runs.  `work`: how long a person worked.
- `lock`: one writer at a time.
- `header`, `seal`, `video_reference`, `fingerprint`: what the group's attributes say, and the video they refer to.
- `neighbours`: what they say to other programs.
- `check`, with `check_database`, `check_masks`, `check_runs`, `write_ahead_log`: looking a project over; `findings`:
  what that finds.
- `backup`: a consistent copy.
- `layout`: what lies where in the folder.
- `arrays`, `store`, `files`, `values`, `sqlite_errors`: array layouts, durable writes, checks at the boundary.
- `errors`: what can go wrong, each with its remedy.
"""

from mfvis_engine.annotation.mask_state import MaskOrigin, MaskState
from mfvis_engine.project.backup import backup_project
from mfvis_engine.project.check import check_project
from mfvis_engine.project.done import Done
from mfvis_engine.project.errors import (
    NewerProjectError,
    NotAProjectError,
    ProjectBackupError,
    ProjectDamagedError,
    ProjectError,
    ProjectExistsError,
    ProjectLockedError,
    ProjectStorageError,
    ProjectVideoError,
    ReadOnlyProjectError,
    RunClosedError,
    RunError,
    RunFrameError,
    RunSettingsError,
    UnknownRunError,
    VideoChangedError,
    VideoMissingError,
)
from mfvis_engine.project.findings import CheckReport, Finding, Severity
from mfvis_engine.project.fingerprint import Fingerprint
from mfvis_engine.project.log import LogEntry
from mfvis_engine.project.merge import MergeReport
from mfvis_engine.project.open_proposals import OpenProposal
from mfvis_engine.project.project import Project
from mfvis_engine.project.run_writer import RunWriter
from mfvis_engine.project.runs import Run, RunInfo, RunStatus
from mfvis_engine.project.video_reference import VideoReference

__all__ = [
    "CheckReport",
    "Done",
    "Finding",
    "Fingerprint",
    "LogEntry",
    "MaskOrigin",
    "MaskState",
    "MergeReport",
    "NewerProjectError",
    "NotAProjectError",
    "OpenProposal",
    "Project",
    "ProjectBackupError",
    "ProjectDamagedError",
    "ProjectError",
    "ProjectExistsError",
    "ProjectLockedError",
    "ProjectStorageError",
    "ProjectVideoError",
    "ReadOnlyProjectError",
    "Run",
    "RunClosedError",
    "RunError",
    "RunFrameError",
    "RunInfo",
    "RunSettingsError",
    "RunStatus",
    "RunWriter",
    "Severity",
    "UnknownRunError",
    "VideoChangedError",
    "VideoMissingError",
    "VideoReference",
    "backup_project",
    "check_project",
]
