"""What lies where in a project folder, and how a new one is made."""

import shutil
from pathlib import Path

import numpy as np
import zarr

from mfvis_engine.annotation import Annotations
from mfvis_engine.project.arrays import ZarrArray, array_of, create_masks, is_laid_out_as_masks
from mfvis_engine.project.database import Database
from mfvis_engine.project.errors import NotAProjectError, ProjectDamagedError, ProjectExistsError
from mfvis_engine.project.files import built_aside, make_folder
from mfvis_engine.project.fingerprint import video_file_names
from mfvis_engine.project.header import HEADER_KEY, ProjectHeader
from mfvis_engine.project.neighbours import OME_KEY, ome_attributes
from mfvis_engine.project.store import ProjectStore
from mfvis_engine.project.video_reference import VideoReference

SUFFIX = ".mfvis"
DATABASE = "annotations.sqlite"
RUNS = "runs"
VIDEO = "video"


def with_suffix(path: Path) -> Path:
    """The path with `.mfvis` added where it is missing."""
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def found(path: Path) -> Path:
    """The project that is meant by a path whose `.mfvis` may be left out.

    Where there is `walk` as well as `walk.mfvis`, as of a video that is a folder, it is the one that is a project.
    """
    whole = with_suffix(path)
    is_project = (path / DATABASE).is_file() or not whole.exists()
    return path if path.exists() and is_project else whole


def create_folder(folder: Path, video_path: Path, *, copy_video: bool) -> None:
    """Makes the folder of a new project; see `Project.create`."""
    if folder.exists():
        raise ProjectExistsError(f"{folder} exists already. Choose another name, or open it.")
    video = VideoReference.of(video_path, folder)
    make_folder(folder.parent)
    with built_aside(folder) as partial:
        if copy_video:
            copy_video_files(video_path, partial / VIDEO / video_path.name)
            video = video.inside(f"{VIDEO}/{video_path.name}")
        header = ProjectHeader.of(video)
        attributes = {
            HEADER_KEY: header.to_json(),
            OME_KEY: ome_attributes(folder.name.removesuffix(SUFFIX), Annotations()),
        }
        group = zarr.create_group(ProjectStore(partial), attributes=attributes)
        create_masks(group, video.shape)
        group.create_group(RUNS)
        Database.create(partial / DATABASE)


def open_group(folder: Path, *, read_only: bool) -> zarr.Group:
    """Opens the zarr group of the project in `folder`.

    Raises:
        NotAProjectError: the folder is none, or not a zarr group.
        ProjectDamagedError: its metadata cannot be read.
    """
    if not folder.exists():
        raise NotAProjectError(f"There is no {folder}.", command=f"Make a project: mfvis new {folder} VIDEO")
    if not (folder / "zarr.json").is_file():
        raise NotAProjectError(
            f"{folder} is no project: it has no zarr.json. Give the folder NAME{SUFFIX}, or make one."
        )
    try:
        return zarr.open_group(ProjectStore(folder, read_only=read_only), mode="r" if read_only else "r+")
    except Exception as error:  # nonsense in the metadata makes zarr raise anything
        raise ProjectDamagedError(
            f"{folder / 'zarr.json'} cannot be read ({error}). Restore it from a backup."
        ) from error


def read_header(folder: Path, group: zarr.Group) -> ProjectHeader:
    """Reads what the project in `folder` says of itself; raises as `ProjectHeader.from_json`."""
    return ProjectHeader.from_json(group.attrs.asdict(), folder / "zarr.json")


def open_masks(folder: Path, header: ProjectHeader, *, read_only: bool) -> ZarrArray:
    """Opens the array `masks` of the project in `folder`.

    Raises:
        ProjectDamagedError: it is unreadable, or not of the shape of the video.
    """
    masks = array_of(open_group(folder, read_only=read_only), "masks", 3, np.uint16)
    if masks.shape != header.video.shape:
        raise ProjectDamagedError(
            f"The masks of {folder} have shape {masks.shape}, the video {header.video.shape}. Restore zarr.json and"
            " masks/zarr.json from a backup."
        )
    if not is_laid_out_as_masks(masks):
        raise ProjectDamagedError(
            f"{folder / 'masks' / 'zarr.json'} does not describe an array as this program makes it. Restore it from a"
            " backup."
        )
    return masks


def check_pieces(folder: Path) -> None:
    """Raises ProjectDamagedError where a piece of the project in `folder` is missing."""
    missing = [name for name in ("masks/zarr.json", RUNS, DATABASE) if not (folder / name).exists()]
    if missing:
        raise ProjectDamagedError(f"{folder} lacks {', '.join(missing)}. Restore it from a backup.")


def copy_video_files(video_path: Path, copy: Path) -> None:
    """Copies a video, a file or folder."""
    names = video_file_names(video_path) if video_path.is_dir() else ("",)
    for name in names:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(video_path / name, copy / name)
