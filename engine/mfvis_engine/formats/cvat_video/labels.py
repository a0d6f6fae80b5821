"""The labels of a CVAT task: categories, and which of their attributes belong to a track or to its keyframes."""

from collections.abc import Iterator
from dataclasses import dataclass

from mfvis_engine.annotation import Annotations
from mfvis_engine.formats.errors import FormatError
from mfvis_engine.formats.xml_stream import XmlElement


@dataclass(frozen=True, slots=True)
class CvatLabel:
    """A category as CVAT declares it.

    Attributes:
        name: The category.
        of_track: Names of attributes that hold for a whole track; CVAT calls them immutable.
        of_keyframe: Names of attributes that change from keyframe to keyframe; mutable.
    """

    name: str
    of_track: frozenset[str] = frozenset()
    of_keyframe: frozenset[str] = frozenset()


def labels_of(annotations: Annotations) -> tuple[CvatLabel, ...]:
    """The labels that tracks need, in alphabetical order.

    Raises:
        FormatError: A category has an attribute both of tracks and of keyframes, which CVAT cannot hold.
    """
    return tuple(_label_of(name, annotations) for name in annotations.categories)


def parse_labels(task: XmlElement) -> Iterator[CvatLabel]:
    """The labels in `<task>`, `<job>` or `<project>`."""
    for labels in task.all("labels"):
        for label in labels.all("label"):
            listed = [attribute for attributes in label.all("attributes") for attribute in attributes.all("attribute")]
            mutable = {_name(attribute) for attribute in listed if attribute.text_of("mutable").lower() == "true"}
            yield CvatLabel(label.text_of("name"), frozenset(map(_name, listed)) - mutable, frozenset(mutable))


def _name(attribute: XmlElement) -> str:
    return next((child.text for child in attribute.all("name")), "")


def _label_of(category: str, annotations: Annotations) -> CvatLabel:
    tracks = [track for track in annotations.tracks if track.category == category]
    keyframes = (keyframe for track in tracks for keyframe in track.keyframes)
    of_track = frozenset(name for track in tracks for name, _ in track.attributes)
    of_keyframe = frozenset(name for keyframe in keyframes for name, _ in keyframe.attributes)
    if both := sorted(of_track & of_keyframe):
        raise FormatError(
            f"attribute {both[0]!r} of category {category!r} belongs to tracks and to keyframes: CVAT holds it for "
            f"one or the other; rename one of them"
        )
    return CvatLabel(category, of_track, of_keyframe)
