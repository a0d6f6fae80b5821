"""Reads the two JSON files of the YouTube-VIS evaluation, and refuses what would falsify a score.

The official evaluator crashes on some mistakes and silently misjudges others: a result shorter than its video
is scored too high, a mask of another size too low. Here each is an error that names the entry.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from mfvis_engine.errors import MfvisError
from mfvis_engine.metrics.run_lengths import RunLengths, RunLengthsError
from mfvis_engine.metrics.youtube_vis_tracks import GroundTruth, ResultTrack, TruthTrack, Video


class YoutubeVisFormatError(MfvisError):
    """A ground truth or results file that cannot be evaluated as it is."""


def read_ground_truth(path: Path | str) -> GroundTruth:
    """Reads a YouTube-VIS ground truth file.

    Raises:
        YoutubeVisFormatError: it cannot be read, or an entry is wrong (see `parse_ground_truth`).
    """
    return parse_ground_truth(_read_json(Path(path)))


def read_results(path: Path | str, ground_truth: GroundTruth) -> tuple[ResultTrack, ...]:
    """Reads a YouTube-VIS results file that belongs to `ground_truth`.

    Raises:
        YoutubeVisFormatError: it cannot be read, or an entry is wrong (see `parse_results`).
    """
    return parse_results(_read_json(Path(path)), ground_truth)


def parse_ground_truth(document: object) -> GroundTruth:
    """The ground truth of a decoded JSON `document`.

    Raises:
        YoutubeVisFormatError: a key is missing or of another type, an annotation's id is below 1 or used
            twice, it names an unknown video or category, or its lists or masks are not of its video's length
            and size.
    """
    root = _Entry("the ground truth", document)
    videos = tuple(map(_parse_video, root.entries("videos")))
    category_ids = tuple(entry.integer("id") for entry in root.entries("categories"))
    _refuse_repeats("videos", (video.video_id for video in videos))
    _refuse_repeats("categories", category_ids)
    video_of = {video.video_id: video for video in videos}
    tracks = tuple(
        _parse_truth(entry, _find_video(entry, video_of), _find_category(entry, category_ids))
        for entry in root.entries("annotations")
    )
    _refuse_repeats("annotations", (track.annotation_id for track in tracks))
    return GroundTruth(videos, category_ids, tracks)


def parse_results(document: object, ground_truth: GroundTruth) -> tuple[ResultTrack, ...]:
    """The results of a decoded JSON `document`, in file order; an empty list is a result too.

    Raises:
        YoutubeVisFormatError: a key is missing or of another type, a result names an unknown video or
            category, its score is not a finite number, or its masks are not of its video's length and size.
    """
    if not isinstance(document, list):
        raise YoutubeVisFormatError(
            f"The results are a JSON {_json_type(document)}, not an array. Write a list with one object "
            "{video_id, category_id, score, segmentations} per track found."
        )
    video_of = {video.video_id: video for video in ground_truth.videos}
    entries = [_Entry(f"results[{index}]", value) for index, value in enumerate(document)]
    return tuple(
        _parse_result(entry, _find_video(entry, video_of), _find_category(entry, ground_truth.category_ids))
        for entry in entries
    )


@dataclass(frozen=True)
class _Entry:
    """A JSON value and the place where it stands, for messages that name both."""

    place: str
    value: object

    def error(self, what: str) -> YoutubeVisFormatError:
        """The error saying `what` of this entry."""
        return YoutubeVisFormatError(f"{self.place}: {what}")

    def get(self, key: str) -> object:
        """The value of `key`, which must be there."""
        if not isinstance(self.value, dict):
            raise self.error(
                f"is a JSON {_json_type(self.value)}, not an object. Write an object with the key {key!r}."
            )
        if key not in self.value:
            raise self.error(f"has no {key!r}. Add it: the official evaluator needs it too.")
        return cast(object, self.value[key])

    def integer(self, key: str) -> int:
        """The integer at `key`."""
        value = self.get(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(f"{key!r} is {value!r}, not an integer. Write a whole number without quotes.")
        return value

    def finite(self, key: str) -> float:
        """The finite number at `key`."""
        value = self.get(key)
        if not _is_number(value):
            raise self.error(f"{key!r} is {value!r}, not a finite number. Write a number without quotes.")
        return float(cast(float, value))

    def entries(self, key: str) -> Iterator[_Entry]:
        """The array at `key`, each element with its own place."""
        value = self.get(key)
        if not isinstance(value, list):
            raise self.error(f"{key!r} is a JSON {_json_type(value)}, not an array. Write a list.")
        return (_Entry(f"{key}[{index}]", element) for index, element in enumerate(value))

    def per_frame(self, key: str, video: Video) -> list[object]:
        """The array at `key` with one element per frame of `video`."""
        values = [entry.value for entry in self.entries(key)]
        if len(values) != video.length:
            raise self.error(
                f"{key!r} has {len(values)} elements, but video {video.video_id} has {video.length} frames. "
                "Write one element per frame, null where the object is absent."
            )
        return values


def _parse_video(entry: _Entry) -> Video:
    sizes = {key: entry.integer(key) for key in ("height", "width", "length")}
    for key, size in sizes.items():
        if size < 1:
            raise entry.error(f"{key!r} is {size}. Write the video's real size, at least 1.")
    return Video(entry.integer("id"), sizes["height"], sizes["width"], sizes["length"])


def _parse_truth(entry: _Entry, video: Video, category_id: int) -> TruthTrack:
    annotation_id = entry.integer("id")
    if annotation_id < 1:
        raise entry.error(
            f"'id' is {annotation_id}. Number from 1: the official evaluator counts a match with 0 as a miss."
        )
    is_crowd = entry.get("iscrowd")
    if is_crowd not in (0, 1):
        raise entry.error(f"'iscrowd' is {is_crowd!r}. Write 0, or 1 for a track that is not to be counted.")
    areas = entry.per_frame("areas", video)
    for frame_index, area in enumerate(areas):
        if area is not None and not _is_number(area):
            raise entry.error(f"'areas'[{frame_index}] is {area!r}. Write a number of pixels, or null.")
    return TruthTrack(
        annotation_id=annotation_id,
        video_id=video.video_id,
        category_id=category_id,
        is_crowd=bool(is_crowd),
        mean_area=_mean_area(cast("list[float | None]", areas)),
        masks=_parse_masks(entry, video),
    )


def _parse_result(entry: _Entry, video: Video, category_id: int) -> ResultTrack:
    masks = _parse_masks(entry, video)
    return ResultTrack(
        video_id=video.video_id,
        category_id=category_id,
        score=entry.finite("score"),
        mean_area=_mean_area([None if mask is None else mask.area for mask in masks]),
        masks=masks,
    )


def _find_video(entry: _Entry, video_of: dict[int, Video]) -> Video:
    video_id = entry.integer("video_id")
    if video_id not in video_of:
        raise entry.error(
            f"'video_id' {video_id} is not among the ground truth's videos. Use one of {_some(video_of)}."
        )
    return video_of[video_id]


def _find_category(entry: _Entry, category_ids: tuple[int, ...]) -> int:
    category_id = entry.integer("category_id")
    if category_id not in category_ids:
        raise entry.error(
            f"'category_id' {category_id} is not among the ground truth's categories. "
            f"Use one of {_some(category_ids)}, or leave the entry out."
        )
    return category_id


def _parse_masks(entry: _Entry, video: Video) -> tuple[RunLengths | None, ...]:
    values = entry.per_frame("segmentations", video)
    return tuple(
        None if value is None else _parse_mask(_Entry(f"{entry.place}.segmentations[{frame_index}]", value), video)
        for frame_index, value in enumerate(values)
    )


def _parse_mask(entry: _Entry, video: Video) -> RunLengths:
    size, counts = entry.get("size"), entry.get("counts")
    if size != [video.height, video.width]:
        raise entry.error(
            f"'size' is {size!r}, but video {video.video_id} is [{video.height}, {video.width}] (rows, "
            "columns). Resize the mask to the video before encoding it."
        )
    try:
        if isinstance(counts, str):
            return RunLengths.from_compressed(video.height, video.width, counts.encode("utf-8"))
        if isinstance(counts, list) and all(type(count) is int for count in counts):
            return RunLengths.from_runs(video.height, video.width, counts)
    except RunLengthsError as error:
        raise entry.error(str(error)) from error
    raise entry.error("'counts' is neither a string nor a list of integers. Write the mask as COCO run lengths.")


def _mean_area(areas: Iterable[float | None]) -> float:
    """Mean of the areas that are neither None nor 0, in pixels; 0 when there is none."""
    visible = [area for area in areas if area]
    return math.fsum(visible) / len(visible) if visible else 0.0


def _refuse_repeats(what: str, ids: Iterable[int]) -> None:
    seen: set[int] = set()
    for index, value in enumerate(ids):
        if value in seen:
            raise YoutubeVisFormatError(
                f"{what}[{index}]: 'id' {value} is used twice. Give each entry an id of its own."
            )
        seen.add(value)


def _read_json(path: Path) -> object:
    try:
        return cast(object, json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise YoutubeVisFormatError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    except ValueError as error:
        raise YoutubeVisFormatError(f"{path} is not JSON: {error}. Write the file again.") from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _json_type(value: object) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def _some(ids: Iterable[int]) -> str:
    shown = sorted(ids)
    return ", ".join(map(str, shown[:10])) + (", ..." if len(shown) > 10 else "")
