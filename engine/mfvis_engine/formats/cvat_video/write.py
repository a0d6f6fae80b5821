"""Writing tracks as CVAT for video, checked by reading back before the file takes its place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from mfvis_engine.annotation import Annotations, BoxOrigin, BoxXyxy, Keyframe, KeyframeOrigin, Track, interpolate
from mfvis_engine.formats.atomic import replaced_when_done
from mfvis_engine.formats.coco_vis.types import CocoVisVideo
from mfvis_engine.formats.cvat_video.labels import CvatLabel, labels_of
from mfvis_engine.formats.cvat_video.read import END_MARK, read_cvat_video
from mfvis_engine.formats.errors import FormatError, VerificationError

SOURCES = {
    frozenset({KeyframeOrigin.DRAWN}): "manual",
    frozenset({KeyframeOrigin.IMPORTED}): "file",
    frozenset({KeyframeOrigin.PREDICTED}): "auto",
}
MIXED_SOURCE = "semi-auto"

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_cvat_video(
    path: Path | str, annotations: Annotations, video: CocoVisVideo, *, every_frame: bool = False
) -> None:
    """Write all keyframes, with outside, occluded and attributes, so that `read_cvat_video` gives them back exactly.

    CVAT numbers tracks afresh when it loads a file, and remembers no more of a keyframe's origin than the track's
    `source`. After a last keyframe that is not outside, and not in the video's last frame, a box with `outside` ends
    the track, since CVAT would let it stand.

    Args:
        path: The file.
        annotations: Every track with a keyframe at least.
        video: Whose frames they are of.
        every_frame: Write the boxes between keyframes too, as CVAT's own exports do; it does not read them.

    Raises:
        FormatError: CVAT's format cannot hold the annotations: a track without keyframes, a keyframe past the end, a
            character that XML has not, or an attribute both of tracks and keyframes.
        VerificationError: What was written does not read back equal.
    """
    path = Path(path)
    for track in annotations.tracks:
        _check_track(track, video)
    labels = labels_of(annotations)
    with replaced_when_done(path) as unfinished:
        with unfinished.open("w", encoding="utf-8", newline="\n") as file:
            file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n')
            file.writelines(_meta(video, labels))
            for track in annotations.tracks:
                file.writelines(_track(track, video, every_frame=every_frame))
            file.write("</annotations>\n")
        if read_cvat_video(unfinished, length=video.length) != _imported(annotations):
            raise VerificationError(f"{path} did not read back as written: nothing was changed; try again")


def _check_track(track: Track, video: CocoVisVideo) -> None:
    if not track.keyframes:
        raise FormatError(f"track {track.track_id} has no box, and CVAT loads no track without: draw one or remove it")
    if track.keyframes[-1].frame_index >= video.length:
        raise FormatError(
            f"track {track.track_id} has a keyframe in frame {track.keyframes[-1].frame_index}, but the video has "
            f"{video.length} frames, counted from 0: remove it"
        )


def _imported(annotations: Annotations) -> Annotations:
    """What the file can say of annotations."""
    return Annotations(
        tuple(
            replace(
                track,
                keyframes=tuple(replace(keyframe, origin=KeyframeOrigin.IMPORTED) for keyframe in track.keyframes),
            )
            for track in annotations.tracks
        )
    )


def _meta(video: CocoVisVideo, labels: Sequence[CvatLabel]) -> Iterator[str]:
    """The task, with the labels that CVAT must have before it loads the tracks."""
    yield f"<meta>\n<task>\n<name>{_text(video.name)}</name>\n<size>{video.length}</size>\n<mode>interpolation</mode>\n"
    yield f"<start_frame>0</start_frame>\n<stop_frame>{video.length - 1}</stop_frame>\n<labels>\n"
    for label in labels:
        yield f"<label>\n<name>{_text(label.name)}</name>\n<type>any</type>\n<attributes>\n"
        for name in sorted(label.of_track | label.of_keyframe):
            yield f"<attribute><name>{_text(name)}</name><mutable>{name in label.of_keyframe}</mutable>"
            yield "<input_type>text</input_type><default_value></default_value><values></values></attribute>\n"
        yield "</attributes>\n</label>\n"
    yield f"</labels>\n<original_size>\n<width>{video.width}</width>\n<height>{video.height}</height>\n"
    yield "</original_size>\n</task>\n</meta>\n"


def _track(track: Track, video: CocoVisVideo, *, every_frame: bool) -> Iterator[str]:
    origins = frozenset(keyframe.origin for keyframe in track.keyframes) - {KeyframeOrigin.INTERPOLATED}
    source = SOURCES.get(origins, MIXED_SOURCE)
    yield f'<track id="{track.track_id}" label={_quoted(track.category)} source="{source}">\n'
    boxes = [_Box(keyframe.frame_index, keyframe.box_xyxy, keyframe) for keyframe in track.keyframes]
    if every_frame:
        boxes = sorted([*boxes, *_between(track, video.length)], key=attrgetter("frame_index"))
    for box in boxes:
        yield from box.lines(track, f'keyframe="{int(box.is_keyframe)}" outside="{int(box.keyframe.outside)}"')
    last = track.keyframes[-1]
    if not last.outside and last.frame_index + 1 < video.length:
        end = _Box(last.frame_index + 1, last.box_xyxy, last)
        yield from end.lines(track, f'keyframe="1" outside="1" {END_MARK[0]}="{END_MARK[1]}"')
    yield "</track>\n"


@dataclass(frozen=True, slots=True)
class _Box:
    """A box of a track, with the keyframe at or before it."""

    frame_index: int
    box_xyxy: BoxXyxy
    keyframe: Keyframe
    is_keyframe: bool = True

    def lines(self, track: Track, marks: str) -> Iterator[str]:
        """The box with the attributes of its track, which CVAT takes from the last one, and its keyframe's."""
        x0, y0, x1, y1 = self.box_xyxy
        edges = f'xtl="{x0}" ytl="{y0}" xbr="{x1}" ybr="{y1}"'
        yield f'<box frame="{self.frame_index}" {marks} occluded="{int(self.keyframe.occluded)}" {edges} z_order="0">\n'
        for name, value in (*track.attributes, *self.keyframe.attributes):
            yield f"<attribute name={_quoted(name)}>{_text(value)}</attribute>\n"
        yield "</box>\n"


def _between(track: Track, length: int) -> Iterator[_Box]:
    """The interpolated boxes of a track."""
    dense_boxes = interpolate(Annotations((track,)), length)
    keyframes = {keyframe.frame_index: keyframe for keyframe in track.keyframes}
    before = track.keyframes[0]
    for frame_index, origin in enumerate(dense_boxes.origin[0].tolist()):
        before = keyframes.get(frame_index, before)
        if origin != BoxOrigin.ABSENT and frame_index not in keyframes:
            x0, y0, x1, y1 = dense_boxes.boxes_xyxy[0, frame_index].tolist()
            yield _Box(frame_index, (x0, y0, x1, y1), before, is_keyframe=False)


def _quoted(text: str) -> str:
    return quoteattr(_checked(text))


def _text(text: str) -> str:
    return escape(_checked(text), {"\r": "&#13;"})


def _checked(text: str) -> str:
    if found := _FORBIDDEN.search(text):
        raise FormatError(f"{text!r} holds the character {found[0]!r}, which XML has not: remove it")
    return text
