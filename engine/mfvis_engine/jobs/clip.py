"""Which frames a job is about: a video on disk, recognised by its content wherever it is read."""

from pathlib import Path

import msgspec

from mfvis_engine.jobs.errors import ClipError
from mfvis_engine.project.fingerprint import Fingerprint, fingerprint
from mfvis_engine.video import Normalization, VideoSource, open_video


class ClipReference(msgspec.Struct, frozen=True, kw_only=True):
    """A video on disk, as plain values.

    Attributes:
        path: Where it lies on the machine of the person; read there only where the content is the same.
        fingerprint: What it is recognised by.
        length: T, number of frames.
        height: Of a frame, in pixels.
        width: Of a frame, in pixels.
        normalization: How grey values become 8-bit, where the video needs it.
    """

    path: str
    fingerprint: Fingerprint
    length: int
    height: int
    width: int
    normalization: Normalization | None = None

    @classmethod
    def of(cls, path: Path, video: VideoSource, normalization: Normalization | None = None) -> "ClipReference":
        """The video at `path`, which `video` reads.

        Raises:
            ClipError: It cannot be read.
        """
        try:
            found = fingerprint(path)
        except OSError as error:
            raise ClipError(
                f"The video {path} cannot be read: {error}.", command="Say where it is: mfvis relink"
            ) from error
        return cls(
            path=str(path.absolute()),
            fingerprint=found,
            length=video.length,
            height=video.height,
            width=video.width,
            normalization=normalization,
        )

    def is_at(self, path: Path) -> bool:
        """Whether the video lies at `path` on this machine."""
        try:
            return fingerprint(path) == self.fingerprint
        except OSError:
            return False

    def open(self, path: Path) -> VideoSource:
        """Opens the video at `path`, with the same 8-bit values as everywhere.

        Raises:
            ClipError: It has other frames than the person's.
            VideoError: It cannot be read.
        """
        video = open_video(path, normalization=self.normalization)
        found = (video.length, video.height, video.width)
        if found != (self.length, self.height, self.width):
            video.close()
            raise ClipError(
                f"{path} has frames, height and width {found} here, but {(self.length, self.height, self.width)} where"
                f" the job was made. Use the same version of the program and its video libraries on both machines."
            )
        return video
