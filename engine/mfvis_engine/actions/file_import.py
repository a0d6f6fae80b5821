"""A file of another tool into a project: over tracks that are there only if asked, over a person's masks never."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mfvis_engine.actions.errors import TracksExistError
from mfvis_engine.annotation import Annotations, MaskOrigin, Track
from mfvis_engine.annotation.mask_patch import Labels, label_table, labels_in
from mfvis_engine.annotation.verbs import ImportFile
from mfvis_engine.formats.content import FileContent, FileSource, ReadMasks, read_content
from mfvis_engine.formats.registry import FileFormat
from mfvis_engine.project import Project


@dataclass(frozen=True)
class ImportOptions:
    """What to take of a file.

    Attributes:
        replace: Let tracks of the file take the place of the project's with their ids, and its masks that of masks
            imported before.
        keep_boxes: Leave tracks that are there as they are, and take only their masks.
        with_masks: Take masks too, where the file has them.
    """

    replace: bool = False
    keep_boxes: bool = False
    with_masks: bool = True


@dataclass(frozen=True)
class TrackPlan:
    """What becomes of the tracks of a file.

    Attributes:
        annotations: All tracks of the project afterwards.
        added: Ids of tracks that are new.
        replaced: Ids of tracks that take the place of others.
        unchanged: Ids of tracks that are there just so.
        kept: Ids of tracks of which the project's own boxes stay.
    """

    annotations: Annotations
    added: tuple[int, ...]
    replaced: tuple[int, ...]
    unchanged: tuple[int, ...]
    kept: tuple[int, ...]


@dataclass(frozen=True)
class MaskTally:
    """What became of the masks of a file, one a track and frame.

    Attributes:
        taken: Masks that are now the file's.
        kept: Masks that stayed the project's.
    """

    taken: int
    kept: int


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        file_format: What the file was read as.
        tracks: What became of its tracks.
        masks: What became of its masks; None where it has none, or they were not asked for.
        box_count: Boxes in the file; for one of masks alone, keyframes made around these.
        mask_count: Masks in the file, as far as they were read.
        has_own_boxes: Whether the file is not one of masks alone.
        log_id: As in `Done`.
        doubts: What looks wrong but may be right.
    """

    file_format: FileFormat
    tracks: TrackPlan
    masks: MaskTally | None
    box_count: int
    mask_count: int
    has_own_boxes: bool
    log_id: int | None
    doubts: tuple[str, ...]


def import_file(project: Project, source: FileSource, options: ImportOptions | None = None) -> ImportReport:
    """Adds the tracks and masks of a file to a project.

    A file that has masks alone leaves the boxes of tracks that are there, unless they are to be replaced. All of the
    file is read and checked before anything changes.

    Args:
        project: Open for writing.
        source: The file.
        options: What to take of it.

    Raises:
        TracksExistError: A track is there already with other boxes, and they are neither to be replaced nor kept.
        FormatError: The file cannot be read, or its masks do not fit the video.
        InvalidFrameError: A keyframe lies past the end of the video.
    """
    options = options or ImportOptions()
    shape = project.length, project.height, project.width
    content = read_content(source, shape, with_masks=options.with_masks)
    plan = _plan(content, project.annotations(), options)
    if plan.replaced and not options.replace:
        raise TracksExistError(
            f"{project.path} has {_listed(plan.replaced)} already, with other boxes than "
            f"{source.path.name}. Nothing was changed.",
            command="Give --replace to put the file's in their place, or renumber "
            f"the tracks of the file{'. With --keep-boxes, only masks are taken' if content.masks else ''}.",
        )
    masks = None
    if content.masks is not None and options.with_masks:
        log_id, masks = _FileImport(project, plan, content.masks, source.path.name, replaces=options.replace).done()
    else:
        log_id = project.replace_annotations(plan.annotations, source=source.path.name).log_id
    return ImportReport(
        file_format=content.file_format,
        tracks=plan,
        masks=masks,
        box_count=sum(not key.outside for track in content.annotations.tracks for key in track.keyframes),
        mask_count=len(content.survey.track_ids) if content.survey else 0,
        has_own_boxes=content.has_own_boxes,
        log_id=log_id,
        doubts=tuple(_doubts(content, source.path, project)),
    )


def _plan(content: FileContent, present: Annotations, options: ImportOptions) -> TrackPlan:
    known = {track.track_id: track for track in present.tracks}
    found = {track.track_id: _as_known(track, known, content) for track in content.annotations.tracks}
    unchanged = {track_id for track_id, track in found.items() if known.get(track_id) == track}
    differing = {track_id for track_id in found if track_id in known} - unchanged
    keeps = options.keep_boxes or not (content.has_own_boxes or options.replace)
    taken = {track_id: track for track_id, track in found.items() if not (keeps and track_id in differing)}
    return TrackPlan(
        annotations=Annotations(tuple({**known, **taken}.values())),
        added=tuple(sorted(found.keys() - known.keys())),
        replaced=() if keeps else tuple(sorted(differing)),
        unchanged=tuple(sorted(unchanged)),
        kept=tuple(sorted(differing)) if keeps else (),
    )


def _as_known(track: Track, known: dict[int, Track], content: FileContent) -> Track:
    """The track, in the category that the project knows it by where the file says none."""
    if content.has_own_categories or track.track_id not in known:
        return track
    return replace(track, category=known[track.track_id].category)


class _FileImport:
    """Tracks and masks on their way into a project; a mask that a person edited or verified is never replaced."""

    def __init__(self, project: Project, plan: TrackPlan, masks: ReadMasks, source: str, *, replaces: bool) -> None:
        self._project = project
        self._masks = masks
        self._verb = ImportFile(source, replaces, self._frames(), plan.annotations)
        self._held_back = 0

    def done(self) -> tuple[int | None, MaskTally]:
        """Take them, as one change; its log_id is as in `Done`."""
        done = self._project.do(self._verb)
        return done.log_id, MaskTally(len(done.written), len(done.skipped) + self._held_back)

    def _frames(self) -> Iterator[tuple[int, Labels]]:
        for frame_index, labels in enumerate(self._masks()):
            if labels.any():
                yield frame_index, self._replaceable(frame_index, labels) if self._verb.replace else labels

    def _replaceable(self, frame_index: int, labels: Labels) -> Labels:
        """The labels that may go in, since the verb puts all that it is given in the place of what is there.

        Held back are those that would change what a person edited or verified, or what was imported for other tracks.
        """
        states = self._project.mask_states(frame_index)
        current, found = self._project.read_masks(frame_index), set(labels_in(labels))
        firm = set(labels_in(current)) - {state.track_id for state in states}  # whose pixels nobody knows
        for state in states:
            is_others = state.origin is MaskOrigin.IMPORTED and state.track_id not in found
            if state.verified or state.origin is MaskOrigin.EDITED or is_others:
                firm.add(state.track_id)
        self._held_back += len(firm & found)
        is_firm = label_table(firm)
        return np.where(is_firm[labels] | is_firm[current], np.uint16(0), labels)


def _doubts(content: FileContent, path: Path, project: Project) -> Iterator[str]:
    """What suggests that a file is about another video, or not in pixels."""
    boxes = [key.box_xyxy for track in content.annotations.tracks for key in track.keyframes if not key.outside]
    width, height = project.width, project.height
    beside = sum(x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height for x0, y0, x1, y1 in boxes)
    if beside:
        yield (
            f"{beside} of {len(boxes)} boxes lie wholly outside the {width} x {height} picture. Were they "
            f"drawn in another video, or at another size?"
        )
    if content.has_own_boxes and boxes and max(map(max, boxes)) <= 1:
        yield "All boxes lie between 0 and 1. Boxes are in pixels: multiply by the video's width and height."
    if content.survey and content.survey.frame_count < project.length:
        yield (
            f"{path.name} has masks for {content.survey.frame_count} frames, the video has {project.length}: they were "
            f"taken for its first."
        )


def _listed(ids: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, ids[:10])) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
    return f"track {shown}" if len(ids) == 1 else f"tracks {shown}"
