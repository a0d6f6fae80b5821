"""A new project: under a name that was given, about what is a video."""

from pathlib import Path

from mfvis_engine.actions.errors import NoNameError, NotAVideoError
from mfvis_engine.project import Project
from mfvis_engine.project.layout import DATABASE


def create_project(path: Path, video_path: Path, *, copy_video: bool) -> Project:
    """Makes a project, as `Project.create`, and leaves it open for writing.

    Raises:
        NoNameError: The path ends in no name.
        NotAVideoError: The video is a project, whose masks could be taken for one.
    """
    check_named(path)
    if (video_path / DATABASE).exists():
        raise NotAVideoError(f"{video_path} is a project, and no video. Give the new project first, then the video.")
    return Project.create(path, video_path, copy_video=copy_video)


def check_named(path: Path) -> None:
    """Refuses such as "." and "": what is to be made would lie beside the folder that a person is in."""
    if path.name in ("", ".."):
        raise NoNameError(f"{str(path)!r} is no name for a new folder. Give one, such as walk.mfvis.")
