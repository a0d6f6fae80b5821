"""Where results go: never over a file that nobody said may go, and never into the video or the project."""

import json
from pathlib import Path

from mfvis_engine.actions.errors import OutputExistsError
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.project import Project
from mfvis_engine.video.array import is_zarr
from mfvis_engine.video.image_file import IMAGE_SUFFIXES


def check_free(path: Path, project: Project, *, overwrite: bool) -> None:
    """Refuses to write where something would be lost.

    Raises:
        OutputExistsError: The file is there, and `overwrite` is false; or it would change the project's video, or lie
            in the project folder, or in what is no folder.
    """
    video = video_path(project)
    if _is_part_of(video, path.resolve()):
        raise OutputExistsError(f"{path} would change the video {video}. Choose another place.")
    check_outside(path, project.path, overwrite=overwrite)


def check_outside(path: Path, project_path: Path, *, overwrite: bool) -> None:
    """`check_free` for a project that cannot be opened, so that its video is not known."""
    target = path.resolve()
    if project_path.resolve() in (target, *target.parents):
        raise OutputExistsError(f"{path} lies in the project {project_path}. Choose another place.")
    check_replaceable(path, overwrite=overwrite)


def check_replaceable(path: Path, *, overwrite: bool) -> None:
    """`check_free` for what has nothing to do with a project; an empty file loses nothing."""
    blocking = next((parent for parent in path.absolute().parents if parent.exists() and not parent.is_dir()), None)
    if blocking is not None:
        raise OutputExistsError(f"{path} cannot be made: {blocking} is no folder. Choose another place.")
    if path.exists() and not overwrite and not _is_empty_file(path):
        raise OutputExistsError(
            f"{path} is there already.", command="Choose another name, or give --overwrite to replace it."
        )


def holds_report(path: Path, key: str) -> bool:
    """Whether a file is a JSON report of the command that asks, which it may replace as it made it.

    Args:
        path: A file that may be there.
        key: What only such a report has, at its top.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and key in content


def write_json(path: Path, content: object) -> None:
    """Writes what a command found out as JSON, over an earlier file; its folder is made if missing.

    Raises:
        FormatError: There is a folder of this name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced_when_done(path) as unfinished:
        unfinished.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _is_empty_file(path: Path) -> bool:
    return path.is_file() and not path.stat().st_size


def _is_part_of(video: Path, target: Path) -> bool:
    """Whether a file at `target` would be read as a part of the video."""
    if target == video or not video.is_dir():
        return target == video
    if is_zarr(video):
        return video in target.parents
    return video == target.parent and target.suffix.lower() in IMAGE_SUFFIXES


def video_path(project: Project) -> Path:
    """Where the project's video is, or should be."""
    video = project.video_reference
    beside = None if video.relative_path is None else (project.path / video.relative_path).resolve()
    if video.absolute_path is None or (beside is not None and beside.exists()):
        return beside or project.path
    return Path(video.absolute_path).resolve()
