"""Reading tracks of CVAT for video."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path

from mfvis_engine.annotation import AnnotationError, Annotations, Attributes, Keyframe, KeyframeOrigin, Track
from mfvis_engine.formats.cvat_video.labels import CvatLabel, parse_labels
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.text_file import parse_whole
from mfvis_engine.formats.track_numbers import number_tracks
from mfvis_engine.formats.xml_stream import XmlElement, stream_xml

END_MARK = ("mfvis", "end")
"""The attribute of a box that was written only to end a track in CVAT, which does not mind it."""

TASK_TAGS = ("task", "job", "project")


def read_cvat_video(path: Path | str, *, length: int | None = None) -> Annotations:
    """Read the tracks of a task; boxes with `keyframe="0"`, which CVAT interpolated, are left out.

    `outside`, `occluded` and attributes are taken over: those that the task's labels call immutable, to the track;
    others to their keyframe. Track ids become ours as `number_tracks` says: CVAT counts from 0, so all move up by
    one. A track that nothing ends stands until the video's end, as in CVAT: its last box is repeated in the last
    frame.

    Args:
        path: `annotations.xml`, of a task exported as "CVAT for video 1.1".
        length: The number of frames of the video; None to take what the file says of it.

    Raises:
        FormatError: The file cannot be read, or a value is wrong; names file, line and value.
    """
    path = Path(path)
    document = _read(path)
    if len(document.task_ids) > 1:
        raise FormatError(f"{path.name} holds tracks of {len(document.task_ids)} tasks, one a video: export one task")
    last_frame = document.last_frame if length is None else length - 1
    track_ids = number_tracks(path.name, document.tracks)
    return Annotations(tuple(_track(track_ids[number], track, last_frame) for number, track in document.tracks.items()))


@dataclass(slots=True)
class _Track:
    element: XmlElement
    keyframes: list[Keyframe] = field(default_factory=list)
    attributes: Attributes = ()
    is_ended: bool = False  # by a box that we wrote for it


@dataclass(slots=True)
class _Document:
    labels: dict[str, CvatLabel] = field(default_factory=dict)
    tracks: dict[int, _Track] = field(default_factory=dict)
    task_ids: set[str] = field(default_factory=set)
    last_frame: int = -1  # of the task, or of any box where the task says nothing


def _read(path: Path) -> _Document:
    document, stop_frame = _Document(), None
    for root, *inner in stream_xml(path, depth=3):
        if root.tag != "annotations":
            raise root.error("is no CVAT file, which begins with <annotations>: export as 'CVAT for video 1.1'")
        match inner:
            case [XmlElement(tag="image") as image]:
                raise image.error("is of 'CVAT for images': export as 'CVAT for video 1.1', which has tracks")
            case [XmlElement(tag="track") as track]:
                _add_track(document, track)
            case [XmlElement(tag="track") as track, box]:
                _add_box(document, track, box)
            case [XmlElement(tag="meta"), task] if task.tag in TASK_TAGS:
                if document.tracks:
                    raise task.error("comes after tracks: its labels must be known before them; move <meta> up")
                document.labels |= {label.name: label for label in parse_labels(task)}
                stop_frame = _stop_frame(task)
            case _:
                pass
    if stop_frame is not None:
        document.last_frame = stop_frame
    return document


def _stop_frame(task: XmlElement) -> int | None:
    """The last frame of a task, None where it does not say."""
    for tag, beyond in (("stop_frame", 0), ("size", 1)):
        if text := task.text_of(tag):
            try:
                return parse_whole(tag, text) - beyond
            except FormatError as error:
                raise task.error(f"is wrong: {error}") from error
    return None


def _add_track(document: _Document, element: XmlElement) -> None:
    number = element.whole("id")
    if number in document.tracks:
        before = document.tracks[number].element
        raise element.error(f"has the id {number}, as has that in {before.place}: give each its own")
    document.tracks[number] = _Track(element)
    document.task_ids.add(element.attributes.get("task_id", ""))


def _add_box(document: _Document, track: XmlElement, box: XmlElement) -> None:
    if box.tag != "box":
        raise box.error(f"in track {track.get('id')}: only boxes are read; make boxes of it, or remove it")
    if box.attributes.get("rotation") and box.number("rotation"):
        raise box.error(f"has rotation {box.get('rotation')}: only upright boxes are read; set it to 0")
    if not box.flag("outside", default=False):
        document.last_frame = max(document.last_frame, box.whole("frame"))
    entry = document.tracks[track.whole("id")]
    if END_MARK in box.attributes.items():
        entry.is_ended = True
    elif box.flag("keyframe", default=True):
        category = _category(track)
        of_track = document.labels.get(category, CvatLabel(category)).of_track
        entry.keyframes.append(_keyframe(box, of_track))
        entry.attributes = _track_attributes(box, of_track, entry.attributes)


def _category(track: XmlElement) -> str:
    return track.get("label").strip()


def _track(track_id: int, track: _Track, last_frame: int) -> Track:
    keyframes = sorted(track.keyframes, key=attrgetter("frame_index"))
    if not track.is_ended:
        keyframes = _stand_until(last_frame, keyframes)
    if keyframes and keyframes[-1].frame_index > last_frame:
        raise track.element.error(
            f"has a box in frame {keyframes[-1].frame_index}, but the video's last frame is {last_frame}, counted "
            f"from 0: open the video that the boxes were drawn on"
        )
    try:
        return Track(track_id, _category(track.element), tuple(keyframes), track.attributes)
    except AnnotationError as error:
        raise track.element.error(f"is wrong: {error}") from error


def _keyframe(box: XmlElement, of_track: frozenset[str]) -> Keyframe:
    x0, y0, x1, y1 = (box.number(name) for name in ("xtl", "ytl", "xbr", "ybr"))
    try:
        return Keyframe(
            box.whole("frame"),
            (x0, y0, x1, y1),
            outside=box.flag("outside", default=False),
            occluded=box.flag("occluded", default=False),
            origin=KeyframeOrigin.IMPORTED,
            attributes=tuple((name, value) for name, value in _attributes(box) if name not in of_track),
        )
    except AnnotationError as error:
        raise box.error(f"is wrong: {error}") from error


def _stand_until(last_frame: int, keyframes: Sequence[Keyframe]) -> list[Keyframe]:
    """Keyframes that end with the video where none is outside at the end, as CVAT's do.

    CVAT ends what lies in the video's last frame one frame later; such a keyframe is left out.
    """
    inside = [keyframe for keyframe in keyframes if not (keyframe.outside and keyframe.frame_index > last_frame)]
    if inside and not inside[-1].outside and inside[-1].frame_index < last_frame:
        inside.append(replace(inside[-1], frame_index=last_frame))
    return inside


def _attributes(box: XmlElement) -> Attributes:
    return tuple((attribute.get("name"), attribute.text) for attribute in box.all("attribute"))


def _track_attributes(box: XmlElement, of_track: frozenset[str], said: Attributes) -> Attributes:
    """What CVAT repeats in every box of a track, given what earlier boxes said."""
    here = tuple(sorted((name, value) for name, value in _attributes(box) if name in of_track))
    if said and here and here != said:
        raise box.error(
            f"has the attributes {dict(here)}, but an earlier box of its track {dict(said)}, and the label says "
            f"that they do not change: give all boxes the same, or call them mutable"
        )
    return said or here
