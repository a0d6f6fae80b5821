"""Verbs on the proposals of a run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mfvis_engine.annotation.errors import UnknownTrackError, VerbRefusedError
from mfvis_engine.annotation.mask_frame import FrameChange
from mfvis_engine.annotation.mask_patch import LABEL_COUNT
from mfvis_engine.annotation.mask_state import MaskOrigin
from mfvis_engine.annotation.merging import merged_frame
from mfvis_engine.annotation.proposed_tracks import Verdicts
from mfvis_engine.annotation.verbs.verb import Effect, Proposals, Scene, Verb, check_frame, listed


@dataclass(frozen=True)
class _RunVerb(Verb):
    """What becomes of a run's proposals, of all or of some.

    Attributes:
        run_id: The run.
        track_ids: Which of its tracks; None for all.
        frames: Which frames, from 0; None for all there are.
    """

    run_id: str
    track_ids: tuple[int, ...] | None = None
    frames: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("track_ids", "frames"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, tuple(sorted({int(one) for one in given})))

    @property
    def summary(self) -> str:
        """See `Verb`."""
        tracks = "" if self.track_ids is None else f" for tracks {listed(self.track_ids)}"
        frames = "" if self.frames is None else f" in {len(self.frames)} frames"
        return f"{self.name.replace('_', ' ')} {self.run_id}{tracks}{frames}"


@dataclass(frozen=True)
class AcceptRun(_RunVerb):
    """Takes a run's proposals over into the masks, where no person has edited or verified; it need not have finished.

    For every track and frame, the pixels of the earlier prediction give way to the proposal. What a person edited,
    verified or imported is kept, and no pixel of it is taken by another track. Tracks of the run that are not
    annotated any more are left out, and so are those that have become someone else since (see `Verb.says_who`);
    to name one of these is refused. So are tracks that it found, until they are adopted (`AdoptTracks`); from then on
    they go by the id they have got.

    Attributes:
        is_part: Whether it is one of several pieces, as frames come out of a job, that are undone together: with those
            of the same run and tracks, and with the adoption of these tracks (`AdoptTracks.is_part`).
    """

    name: ClassVar[str] = "accept_run"
    is_part: bool = False

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        proposals = scene.proposals(self.run_id)
        labels = self._merged_labels(scene, proposals)
        frames = chosen_frames(scene, proposals, self.run_id, self.frames)
        return Effect(scene.annotations, taken_over(scene, proposals, frames, labels, self.run_id))

    def _merged_labels(self, scene: Scene, proposals: Proposals) -> Mapping[int, int]:
        labels = labels_of_tracks(proposals.track_ids, scene.verdicts(self.run_id))
        unknown = [track_id for track_id in self.track_ids or () if track_id not in labels]
        if unknown:
            raise UnknownTrackError(
                f"Run {self.run_id} has no proposals for the tracks {unknown}; its tracks are {list(labels)}."
            )
        annotated, others = set(scene.annotations.track_ids), scene.reidentified(self.run_id)
        for track_id in self.track_ids or ():
            if track_id in annotated and track_id in others:
                raise VerbRefusedError(
                    f"Track {track_id} is not who it was when run {self.run_id} was made: {others[track_id]}. Segment"
                    " again to have masks of what it is now, or accept the run for its other tracks."
                )
        chosen = labels if self.track_ids is None else self.track_ids
        return {track_id: labels[track_id] for track_id in chosen if track_id in annotated and track_id not in others}


@dataclass(frozen=True)
class RejectRun(_RunVerb):
    """Takes a run's masks away again, but for those that a person has edited or verified."""

    name: ClassVar[str] = "reject_run"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        for frame_index in self.frames or ():
            check_frame(scene, frame_index)
        found = scene.frames_of_run(self.run_id)
        wanted = None if self.frames is None else set(self.frames)
        frames = [frame_index for frame_index in found if wanted is None or frame_index in wanted]
        return Effect(scene.annotations, (self._rejected(scene, frame_index) for frame_index in frames))

    def _rejected(self, scene: Scene, frame_index: int) -> FrameChange:
        frame = scene.frame(frame_index)
        of_run = [
            state
            for state in frame.states.values()
            if state.run_id == self.run_id and (self.track_ids is None or state.track_id in self.track_ids)
        ]
        gone = {state.track_id: 0 for state in of_run if not state.protected}
        kept = tuple(state.track_id for state in of_run if state.protected)
        return frame.relabelled(gone, skipped_ids=kept)


def labels_of_tracks(labels: Iterable[int], verdicts: Verdicts) -> Mapping[int, int]:
    """The labels of a run by the tracks they are of, ascending: their own ids, but for proposals that were adopted."""
    adopted = {track_id: label for label, track_id in verdicts.adopted.items()}
    return dict(sorted(({label: label for label in labels if label not in verdicts.adopted} | adopted).items()))


def chosen_frames(scene: Scene, proposals: Proposals, run_id: str, frames: tuple[int, ...] | None) -> Sequence[int]:
    """The frames, ascending; all that are done for None. Raises VerbRefusedError where one is not."""
    done = set(proposals.done())
    chosen = sorted(done) if frames is None else frames
    missing = [frame_index for frame_index in chosen if frame_index not in done]
    if missing:
        raise VerbRefusedError(
            f"Run {run_id} has no proposals for frame {listed(missing)}; it has {len(done)} of the frames 0"
            f" to {scene.length - 1}."
        )
    return chosen


def taken_over(
    scene: Scene, proposals: Proposals, frames: Sequence[int], labels: Mapping[int, int], run_id: str
) -> Iterator[FrameChange]:
    """The changes that take masks of a run over; never in the place of a person's work.

    Args:
        scene: As it stands.
        proposals: Of the run.
        frames: Which frames, all of them done.
        labels: The label in the run of each track whose masks are taken, by track id.
        run_id: The run.
    """
    track_ids = tuple(labels)
    is_same = all(track_id == label for track_id, label in labels.items())
    track_of_label = np.zeros(LABEL_COUNT, np.uint16)
    track_of_label[list(labels.values())] = track_ids
    for frame_index in frames:
        found = proposals.read_masks(frame_index)
        yield merged_frame(
            scene.frame(frame_index),
            found if is_same else track_of_label[found],
            track_ids,
            origin=MaskOrigin.PREDICTED,
            run_id=run_id,
        )
