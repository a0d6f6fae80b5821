"""Where the project of a video lies: beside it, unless that name is another's."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from mfvis_engine.project import Project, ProjectError
from mfvis_engine.project.fingerprint import fingerprint
from mfvis_engine.project.layout import DATABASE, SUFFIX


def is_project(path: Path) -> bool:
    """Whether a folder looks like a project, sound or not."""
    return (path / DATABASE).is_file()


def is_about(project_path: Path, video_path: Path) -> bool:
    """Whether a project was made for a video, wherever that lay then.

    Raises:
        ProjectError: The project cannot be opened.
    """
    with Project.open(project_path, read_only=True) as project:
        reference = project.video_reference
    was_there = reference.absolute_path is not None and Path(reference.absolute_path) == video_path.absolute()
    return was_there or reference.fingerprint == fingerprint(video_path)


def find_project(video_path: Path, recent: Iterable[Path] = ()) -> Path | None:
    """The project of a video: the one it lies in, one beside it, or a recent one; None where there is none.

    Raises:
        ProjectError: What lies beside it cannot be opened, so that nobody knows whether it is this video's.
    """
    for folder in video_path.absolute().parents:
        if is_project(folder):
            return folder
    for place in _own_places(video_path):
        if is_project(place) and is_about(place, video_path):
            return place
    for place in filter(is_project, recent):
        with suppress(ProjectError):
            if is_about(place, video_path):
                return place
    return None


def free_place(video_path: Path) -> Path:
    """Where to make the project of a video: `walk.mfvis` beside `walk.mp4`, or the first such name that is free."""
    return next(place for place in _places(video_path) if not place.exists())


def _own_places(video_path: Path) -> tuple[Path, Path]:
    """Of `walk.mp4`: `walk.mfvis`, and `walk.mp4.mfvis` where a `walk.avi` was there before it."""
    return video_path.with_suffix(SUFFIX), video_path.with_name(video_path.name + SUFFIX)


def _places(video_path: Path) -> Iterator[Path]:
    yield from _own_places(video_path)
    for number in count(2):
        yield video_path.with_name(f"{video_path.stem}-{number}{SUFFIX}")
