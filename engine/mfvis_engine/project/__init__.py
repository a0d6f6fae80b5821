"""The project folder `NAME.mfvis`: a zarr v3 group beside an SQLite database.

- `project`: `Project`, what the rest of the program works with.
- `header`, `video_reference`, `fingerprint`: what the group's attributes say, and the video they refer to.
- `layout`: what lies where in the folder.
- `database`: annotations and the origin of every mask, in SQLite.
- `runs`, `run_writer`: proposals, read by everyone, written by the engine's side alone.
- `merge`: proposals into `masks`, never over a person's work.
- `arrays`, `store`, `files`, `values`: array layouts, durable writes, JSON checked at the boundary.
- `errors`: what can go wrong, each with its remedy.
"""

from mfvis_engine.project.database import MaskOrigin, MaskState
from mfvis_engine.project.errors import (
    NewerProjectError,
    NotAProjectError,
    ProjectDamagedError,
    ProjectError,
    ProjectExistsError,
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
from mfvis_engine.project.fingerprint import Fingerprint
from mfvis_engine.project.merge import MergeReport
from mfvis_engine.project.project import Project
from mfvis_engine.project.run_writer import RunWriter
from mfvis_engine.project.runs import Run, RunInfo, RunStatus
from mfvis_engine.project.video_reference import VideoReference

__all__ = [
    "Fingerprint",
    "MaskOrigin",
    "MaskState",
    "MergeReport",
    "NewerProjectError",
    "NotAProjectError",
    "Project",
    "ProjectDamagedError",
    "ProjectError",
    "ProjectExistsError",
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
    "UnknownRunError",
    "VideoChangedError",
    "VideoMissingError",
    "VideoReference",
]
