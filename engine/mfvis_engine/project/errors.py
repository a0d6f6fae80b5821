"""What can go wrong with a project, each with its remedy in the message."""

from mfvis_engine.errors import MfvisError


class ProjectError(MfvisError):
    """Root of the project folder's errors."""


class ProjectExistsError(ProjectError):
    """A project was to be created where something lies already."""


class NotAProjectError(ProjectError):
    """The path is no project folder."""


class NewerProjectError(ProjectError):
    """The project was written by a newer version of the program."""


class ProjectDamagedError(ProjectError):
    """A piece of the project is missing or cannot be read."""


class ReadOnlyProjectError(ProjectError):
    """A change was asked of a project that was opened for reading, or lies where nothing can be written."""


class ProjectLockedError(ProjectError):
    """Another process has the project open for writing."""


class ProjectBackupError(ProjectError):
    """A copy of the project cannot be made as it was asked for."""


class ProjectStorageError(ProjectError):
    """The disk took no more, or refused."""


class ProjectVideoError(ProjectError):
    """Root of the errors about the video a project refers to."""


class VideoMissingError(ProjectVideoError):
    """The video is at none of the places the project knows."""


class VideoChangedError(ProjectVideoError):
    """The video is not the one the project was made for."""


class RunError(ProjectError):
    """Root of the errors about a run."""


class UnknownRunError(RunError):
    """The project has no run of this id."""


class RunSettingsError(RunError):
    """The settings or track ids of a run cannot be recorded."""


class RunFrameError(RunError):
    """A frame's proposals are refused, or are not there."""


class RunClosedError(RunError):
    """Proposals were written to a run that has finished or failed."""
