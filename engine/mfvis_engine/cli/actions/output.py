"""Where results go: never over a file that nobody said may go, and never into the video or the project."""

import json
from pathlib import Path

from mfvis_engine.cli.actions.errors import OutputExistsError
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.project import Project
from mfvis_engine.video.array import is_zarr
from mfvis_engine.video.image_file import IMAGE_SUFFIXES


def check_free(path: Path, project: Project, *, overwrite: bool) -> None:
    """Refuses to write where something would be lost.

    Raises:
        OutputExistsError: The file is there, and `overwrite` is false; or it would change the project's video, or lie
            in the project folder.
    """
    target, video = path.resolve(), video_path(project)
    if _is_part_of(video, target):
        raise OutputExistsError(f"{path} would change the video {video}. Choose another place.")
    if project.path.resolve() in (target, *target.parents):
        raise OutputExistsError(f"{path} lies in the project {project.path}. Choose another place.")
    if path.exists() and not overwrite:
        raise OutputExistsError(f"{path} is there already. Choose another name, or give --overwrite to replace it.")


def write_json(path: Path, content: object, project: Project) -> None:
    """Writes what a command found out about a project as JSON, over an earlier file; its folder is made if missing.

    Raises:
        OutputExistsError: The file would change the project's video, or lie in the project folder.
        FormatError: There is a folder of this name.
    """
    check_free(path, project, overwrite=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced_when_done(path) as unfinished:
        unfinished.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


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
