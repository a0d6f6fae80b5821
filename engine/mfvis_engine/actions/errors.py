"""Mistakes that only the command line can notice."""

from mfvis_engine.errors import MfvisError


class CommandError(MfvisError):
    """Root of the command line's own errors."""


class NoNameError(CommandError):
    """A new folder is to be made, and its name is missing."""


class NotAVideoError(CommandError):
    """A project was given for a video."""


class NoBoxesError(CommandError):
    """There is no box to learn from."""


class NoMasksError(CommandError):
    """There is no mask to export."""


class TracksExistError(CommandError):
    """A file of boxes speaks of tracks that the project has already, and says something else."""


class NoRunError(CommandError):
    """There is no run to take, or the name given fits several."""


class NoProposalError(CommandError):
    """No track that a run found is there to be judged, or not the one named."""


class CannotResumeError(CommandError):
    """There is no run to go on with, or not with the boxes as they are now."""


class OutputExistsError(CommandError):
    """A file would be replaced that nobody said may go."""


class OutputKindError(CommandError):
    """The name of a file does not tell what to write."""


class ForeignDemoError(CommandError):
    """What lies where the demo wants to write was not made by it."""


class ProjectListError(CommandError):
    """Of several projects to work on, some are none, or named twice."""
