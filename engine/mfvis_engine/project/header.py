"""What a project says of itself in the attributes of its zarr group."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from mfvis_engine.project.errors import NewerProjectError, NotAProjectError
from mfvis_engine.project.seal import seal_holds, sealed
from mfvis_engine.project.values import JsonObject, JsonValue
from mfvis_engine.project.video_reference import VideoReference

FORMAT_VERSION = 1
HEADER_KEY = "mfvis"
_DISTRIBUTION = "mfvis-napari"


@dataclass(frozen=True)
class ProjectHeader:
    """The attribute `mfvis` of a project.

    Attributes:
        created_by: the program and version that made the project.
        video: the video it is about.
    """

    created_by: str
    video: VideoReference

    @classmethod
    def of(cls, video: VideoReference) -> "ProjectHeader":
        """The header of a new project."""
        return cls(f"{_DISTRIBUTION} {version(_DISTRIBUTION)}", video)

    @classmethod
    def from_json(cls, attributes: Mapping[str, JsonValue], path: Path) -> "ProjectHeader":
        """Reads the header from the attributes of the zarr group whose metadata lie at `path`.

        Raises:
            NotAProjectError: it is a zarr group of something else.
            NewerProjectError: its format version is above `FORMAT_VERSION`.
            ProjectDamagedError: a value is missing or of another type.
        """
        if HEADER_KEY not in attributes:
            raise NotAProjectError(
                f"{path.parent} is no project: the zarr group has no attribute {HEADER_KEY!r}. Give a folder"
                " NAME.mfvis, or make a project for this video."
            )
        header = JsonObject(attributes, f"{path}: attributes").object(HEADER_KEY)
        format_version, created_by = header.get("format_version", int), header.get("created_by", str)
        if format_version > FORMAT_VERSION:
            raise NewerProjectError(
                f"{path.parent} has format version {format_version} (made by {created_by}); this program"
                f" reads versions up to {FORMAT_VERSION}. Upgrade {_DISTRIBUTION}. Nothing was changed."
            )
        return cls(created_by, VideoReference.from_json(header.object("video")))

    def to_json(self) -> dict[str, JsonValue]:
        """The attribute's value."""
        return sealed(
            {
                "format_version": FORMAT_VERSION,
                "created_by": self.created_by,
                "video": self.video.to_json(),
            }
        )


def is_sealed(attributes: Mapping[str, JsonValue]) -> bool:
    """Whether the header among a group's attributes is as it was written."""
    header = attributes.get(HEADER_KEY)
    return isinstance(header, Mapping) and seal_holds(header)
