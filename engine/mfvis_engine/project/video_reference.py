"""The video a project is about: where it is, what it is recognised by, and what its frames are."""

import os
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from mfvis_engine.project.errors import VideoChangedError, VideoMissingError
from mfvis_engine.project.fingerprint import Fingerprint, fingerprint
from mfvis_engine.project.values import JsonObject, JsonValue
from mfvis_engine.video import Normalization, VideoSource, open_video


@dataclass(frozen=True)
class VideoReference:
    """A video on disk as a project records it.

    Attributes:
        relative_path: relative to the project folder, with `/` on every system, so that project and video
            can move together; None where there is no such path, as between two drives of Windows.
        absolute_path: where it was when it was linked; None for a copy inside the project.
        fingerprint: what it is recognised by.
        length: number of frames.
        height: of a frame, in pixels.
        width: of a frame, in pixels.
        frame_rate: frames a second, where known.
        normalization: how grey values become 8-bit, where the video needs it; recorded so that a frame
            looks the same whenever it is opened.
    """

    relative_path: str | None
    absolute_path: str | None
    fingerprint: Fingerprint
    length: int
    height: int
    width: int
    frame_rate: float | None
    normalization: Normalization | None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(T, H, W): frames, height and width in pixels."""
        return self.length, self.height, self.width

    @classmethod
    def of(cls, video_path: Path, project_folder: Path) -> "VideoReference":
        """Opens the video at `video_path` and records it for the project in `project_folder`.

        Raises:
            VideoError: it cannot be read.
        """
        with closing(open_video(video_path)) as video:
            return cls(
                relative_path=_relative(video_path, project_folder),
                absolute_path=str(_located(video_path)),
                fingerprint=fingerprint(video_path),
                length=video.length,
                height=video.height,
                width=video.width,
                frame_rate=video.frame_rate,
                normalization=video.normalization,
            )

    @classmethod
    def from_json(cls, fields: JsonObject) -> "VideoReference":
        """Reads what `to_json` wrote.

        Raises:
            ProjectDamagedError: a value is missing or of another type.
        """
        return cls(
            relative_path=fields.get_optional("relative_path", str),
            absolute_path=fields.get_optional("absolute_path", str),
            fingerprint=Fingerprint(fields.get("size_bytes", int), fields.get("digest", str)),
            length=fields.get("length", int),
            height=fields.get("height", int),
            width=fields.get("width", int),
            frame_rate=fields.get_optional("frame_rate", float),
            normalization=_normalization(fields),
        )

    def to_json(self) -> dict[str, JsonValue]:
        """The reference as plain JSON."""
        limits = self.normalization
        return {
            "relative_path": self.relative_path,
            "absolute_path": self.absolute_path,
            "size_bytes": self.fingerprint.size_bytes,
            "digest": self.fingerprint.digest,
            "length": self.length,
            "height": self.height,
            "width": self.width,
            "frame_rate": self.frame_rate,
            "normalization": None if limits is None else {"low": limits.low, "high": limits.high},
        }

    def inside(self, relative_path: str) -> "VideoReference":
        """This video as a copy within the project folder."""
        return replace(self, relative_path=relative_path, absolute_path=None)

    @property
    def is_inside(self) -> bool:
        """Whether it lies in the project folder."""
        return self.relative_path is not None and PurePosixPath(self.relative_path).parts[:1] != ("..",)

    def seen_from(self, folder: Path, new_folder: Path) -> "VideoReference":
        """This video, as the project in `folder` records it, for a copy of the project in `new_folder`."""
        if self.relative_path is None or self.is_inside:
            return self
        return replace(self, relative_path=_relative(folder.resolve() / self.relative_path, new_folder))

    def relinked(self, video_path: Path, project_folder: Path) -> "VideoReference":
        """The video at `video_path` in the place of this one.

        The same video keeps its normalisation; another one gets its own.

        Raises:
            VideoError: it cannot be read.
        """
        found = VideoReference.of(video_path, project_folder)
        same = found.fingerprint == self.fingerprint
        return replace(found, normalization=self.normalization) if same else found

    def open(self, project_folder: Path) -> VideoSource:
        """Opens the video; raises as `found`, and `VideoError` where it cannot be read."""
        return open_video(self.found(project_folder), normalization=self.normalization)

    def found(self, project_folder: Path) -> Path:
        """Where the video is; where it lies relative to the project, if it is there.

        Raises:
            VideoMissingError: it is at neither place.
            VideoChangedError: what is there has another fingerprint.
        """
        places = self._places(project_folder)
        there = [place for place in places if place.exists()]
        if not there:
            listed = " and ".join(map(str, places))
            missing = f"The video of {project_folder} is not at {listed}."
            raise VideoMissingError(missing, command=_remedy(project_folder))
        for place in there:
            if fingerprint(place) == self.fingerprint:
                return place
        raise VideoChangedError(
            f"{there[0]} is not the video {project_folder} was made for: it has"
            f" {fingerprint(there[0]).size_bytes} bytes, expected {self.fingerprint.size_bytes}, or its"
            " content differs.",
            command=_remedy(project_folder),
        )

    def _places(self, project_folder: Path) -> tuple[Path, ...]:
        places = [] if self.relative_path is None else [_located(project_folder.resolve() / self.relative_path)]
        if self.absolute_path is not None:
            places.append(Path(self.absolute_path))
        return tuple(dict.fromkeys(places))


def _remedy(project_folder: Path) -> str:
    return f"Put the right one back, or say where it is: mfvis relink {project_folder} VIDEO"


def _located(path: Path) -> Path:
    """The absolute path with links resolved in its folder, but not the last name, which tells its kind."""
    return path.parent.resolve() / path.name


def _relative(path: Path, folder: Path) -> str | None:
    try:
        return Path(os.path.relpath(_located(path), folder.resolve())).as_posix()
    except ValueError:  # no relative path between two drives of Windows
        return None


def _normalization(fields: JsonObject) -> Normalization | None:
    if fields.fields.get("normalization") is None:
        return None
    values = fields.object("normalization")
    return Normalization(values.get("low", float), values.get("high", float))
