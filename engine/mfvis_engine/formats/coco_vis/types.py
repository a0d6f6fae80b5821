"""The parts of a COCO-VIS dataset, as immutable values."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TypeAlias

from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.file_names import is_folder_name
from mfvis_engine.formats.rle import Rle

BoxXywh: TypeAlias = tuple[float, float, float, float]
"""(x, y, width, height) in pixel edges, as the format has it."""


class DenseBoxOrigin(StrEnum):
    """Where a track's box in a frame came from."""

    DRAWN = "drawn"
    IMPORTED = "imported"
    PREDICTED = "predicted"
    INTERPOLATED = "interpolated"
    MASK = "mask"

    @property
    def of_keyframe(self) -> bool:
        """Whether such a box was given, and did not follow from others."""
        return self not in (DenseBoxOrigin.INTERPOLATED, DenseBoxOrigin.MASK)


class Occlusion(StrEnum):
    """How much of an object others hide in a frame, in OVIS' words.

    Our one flag, `occluded`, is written as severe and its absence as none; of what is read, slight is not
    `occluded`, since most of the object can be seen.
    """

    NONE = "no_occlusion"
    SLIGHT = "slight_occlusion"
    SEVERE = "severe_occlusion"


ORIGINS, OCCLUSIONS = tuple(DenseBoxOrigin), tuple(Occlusion)
"""Listed once, since files hold one for every frame; what they hold may be anything, so these are no sets."""


@dataclass(frozen=True, slots=True)
class CocoVisVideo:
    """A video and the names of its frames.

    Attributes:
        video_id: From 1.
        width: Columns.
        height: Rows.
        file_names: One a frame, `folder/name`; the folder is the video's own.
    """

    video_id: int
    width: int
    height: int
    file_names: tuple[str, ...]

    @classmethod
    def of_size(
        cls, video_id: int, name: str, *, width: int, height: int, length: int, suffix: str = ".jpg"
    ) -> "CocoVisVideo":
        """A video whose frames are `NAME/00000.jpg` and on.

        Raises:
            FormatError: The name is empty, or more than the name of one folder.
        """
        if not is_folder_name(name):
            raise FormatError(f"video name {name!r} names no folder: use a name without slashes")
        return cls(video_id, width, height, tuple(f"{name}/{index:05d}{suffix}" for index in range(length)))

    @property
    def length(self) -> int:
        """The number of frames."""
        return len(self.file_names)

    @property
    def name(self) -> str:
        """The folder of the video's frames."""
        return PurePosixPath(self.file_names[0]).parent.as_posix() if self.file_names else ""


@dataclass(frozen=True, slots=True)
class CocoVisCategory:
    """A kind of object.

    Attributes:
        category_id: 1..K.
        name: As in `Track.category`.
        supercategory: The format asks for one.
    """

    category_id: int
    name: str
    supercategory: str = "object"


@dataclass(frozen=True, slots=True)
class DenseBox:
    """The box of a track in a frame as annotated, or its mask's where nobody annotated one."""

    box_xywh: BoxXywh
    origin: DenseBoxOrigin
    occluded: bool = False


@dataclass(frozen=True, slots=True)
class CocoVisFrame:
    """A track in one frame.

    Attributes:
        mask: None where the object is absent or has no mask.
        box_xywh: The box of the format's `bboxes`; in what we write, tight around the mask.
        area: Pixels of the mask.
        dense_box: None where the object is absent or the file says nothing of it.
        occlusion: None where the object is absent or nobody said.
    """

    mask: Rle | None = None
    box_xywh: BoxXywh | None = None
    area: float | None = None
    dense_box: DenseBox | None = None
    occlusion: Occlusion | None = None

    @classmethod
    def of_mask(cls, mask: Rle, dense_box: DenseBox | None = None) -> "CocoVisFrame":
        """A frame with a mask; without a dense box, the mask's own is taken, and nothing said of occlusion."""
        box_xywh, area = mask.box_xywh(), mask.area()
        if dense_box is None:
            return cls(mask, box_xywh, area, DenseBox(box_xywh, DenseBoxOrigin.MASK))
        occlusion = Occlusion.SEVERE if dense_box.occluded else Occlusion.NONE
        return cls(mask, box_xywh, area, dense_box, occlusion)

    @property
    def is_occluded(self) -> bool:
        """Whether the object is marked as hidden, in our list or in OVIS'."""
        return self.occlusion is Occlusion.SEVERE if self.dense_box is None else self.dense_box.occluded


@dataclass(frozen=True, slots=True)
class CocoVisTrack:
    """One object through a video: what the format calls an annotation.

    Attributes:
        annotation_id: From 1, unique in the dataset.
        track_id: From 1, unique in the video; the label in its masks.
        video_id: Its video.
        category_id: Its category.
        frames: One for every frame of the video.
        is_crowd: Left out of an evaluation. What we write never is.
    """

    annotation_id: int
    track_id: int
    video_id: int
    category_id: int
    frames: tuple[CocoVisFrame, ...]
    is_crowd: bool = False

    def as_result(self, score: float) -> "CocoVisResult":
        """The masks of this track as a prediction with a score."""
        return CocoVisResult(self.video_id, self.category_id, score, tuple(frame.mask for frame in self.frames))


@dataclass(frozen=True, slots=True)
class CocoVisDataset:
    """Videos, categories and tracks that refer to them by id."""

    videos: tuple[CocoVisVideo, ...]
    categories: tuple[CocoVisCategory, ...]
    tracks: tuple[CocoVisTrack, ...]

    def video(self, video: int | str | None = None) -> CocoVisVideo:
        """The video with this id or name; the only one where none is named.

        Raises:
            FormatError: There is no such video, or several and none was named.
        """
        if video is None and len(self.videos) == 1:
            return self.videos[0]
        found = [known for known in self.videos if video is not None and video in (known.video_id, known.name)]
        if not found:
            asked = "no video was named" if video is None else f"there is no video {video!r}"
            known = ", ".join(f"{known.video_id} ({known.name})" for known in self.videos[:10])
            raise FormatError(f"{asked}: choose one of {known or 'none'}, by id or name")
        return found[0]


@dataclass(frozen=True, slots=True)
class CocoVisResult:
    """A predicted track.

    Attributes:
        video_id: Its video.
        category_id: Its category.
        score: The higher the surer.
        masks: One for every frame of the video; None where the object is absent.
    """

    video_id: int
    category_id: int
    score: float
    masks: tuple[Rle | None, ...]


def categories_of(names: Sequence[str]) -> tuple[CocoVisCategory, ...]:
    """Categories with ids 1..K for names, each once, in the order given."""
    return tuple(CocoVisCategory(number, name) for number, name in enumerate(dict.fromkeys(names), start=1))
