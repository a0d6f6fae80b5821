"""Verbs on the proposals of a run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mfvis_engine.annotation.errors import UnknownTrackError, VerbRefusedError
from mfvis_engine.annotation.mask_frame import FrameChange
from mfvis_engine.annotation.mask_state import MaskOrigin
from mfvis_engine.annotation.merging import merged_frame
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
    to name one of these is refused.

    Attributes:
        is_part: Whether it is one of several pieces, as frames come out of a job, that are undone together.
    """

    name: ClassVar[str] = "accept_run"
    is_part: bool = False

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        proposals = scene.proposals(self.run_id)
        merged = self._merged_ids(scene, proposals)
        return Effect(scene.annotations, self._changes(scene, proposals, self._merged_frames(scene, proposals), merged))

    def _merged_ids(self, scene: Scene, proposals: Proposals) -> tuple[int, ...]:
        known = proposals.track_ids
        unknown = [track_id for track_id in self.track_ids or () if track_id not in known]
        if unknown:
            raise UnknownTrackError(
                f"Run {self.run_id} has no proposals for the tracks {unknown}; its tracks are {list(known)}."
            )
        annotated, others = set(scene.annotations.track_ids), scene.reidentified(self.run_id)
        for track_id in self.track_ids or ():
            if track_id in annotated and track_id in others:
                raise VerbRefusedError(
                    f"Track {track_id} is not who it was when run {self.run_id} was made: {others[track_id]}. Segment"
                    " again to have masks of what it is now, or accept the run for its other tracks."
                )
        chosen = known if self.track_ids is None else self.track_ids
        return tuple(track_id for track_id in chosen if track_id in annotated and track_id not in others)

    def _merged_frames(self, scene: Scene, proposals: Proposals) -> Sequence[int]:
        done = set(proposals.done())
        frames = sorted(done) if self.frames is None else self.frames
        missing = [frame_index for frame_index in frames if frame_index not in done]
        if missing:
            raise VerbRefusedError(
                f"Run {self.run_id} has no proposals for frame {listed(missing)}; it has {len(done)} of the frames 0"
                f" to {scene.length - 1}."
            )
        return frames

    def _changes(
        self, scene: Scene, proposals: Proposals, frames: Sequence[int], merged: tuple[int, ...]
    ) -> Iterator[FrameChange]:
        for frame_index in frames:
            yield merged_frame(
                scene.frame(frame_index),
                proposals.read_masks(frame_index),
                merged,
                origin=MaskOrigin.PREDICTED,
                run_id=self.run_id,
            )


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
