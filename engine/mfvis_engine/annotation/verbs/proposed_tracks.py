"""Verbs on the tracks that a run found where nobody had annotated any."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from mfvis_engine.annotation.errors import UnknownTrackError, VerbRefusedError
from mfvis_engine.annotation.proposed_tracks import ProposedTrack
from mfvis_engine.annotation.tracks import Annotations, parse_track_id
from mfvis_engine.annotation.verbs.runs import chosen_frames, taken_over
from mfvis_engine.annotation.verbs.verb import Effect, Proposals, Scene, Verb, check_keyframes_fit, listed


@dataclass(frozen=True)
class AdoptTracks(Verb):
    """Makes tracks of those that a run proposes, and takes their masks over as `AcceptRun` does.

    Refused for one that was adopted, as long as its track is there or was merged into another. One that was dismissed
    may be adopted all the same.

    Attributes:
        run_id: The run, which need not have finished.
        track_ids: Which of its proposals.
        new_ids: The id that each becomes a track under, in the same order, which no track and no mask has; those of the
            proposals where none are given. `Project.adoption` finds ids that are free.
        frames: In which frames masks are taken over, from 0; None for all that are done. Boxes are taken over whole.
        is_part: Whether pieces that take over masks of these tracks follow (`AcceptRun.is_part`), which are undone
            together with it.
    """

    name: ClassVar[str] = "adopt_tracks"
    says_who: ClassVar[bool] = True
    run_id: str
    track_ids: tuple[int, ...]
    new_ids: tuple[int, ...] | None = None
    frames: tuple[int, ...] | None = None
    is_part: bool = False

    def __post_init__(self) -> None:
        new_ids = self.track_ids if self.new_ids is None else self.new_ids
        if len(new_ids) != len(self.track_ids):
            raise VerbRefusedError(f"{len(new_ids)} new ids for {len(self.track_ids)} proposals. Give one for each.")
        pairs = sorted(zip(map(parse_track_id, self.track_ids), map(parse_track_id, new_ids), strict=True))
        object.__setattr__(self, "track_ids", _parse_ids(track_id for track_id, _ in pairs))
        object.__setattr__(self, "new_ids", _parse_ids(new_id for _, new_id in pairs))
        if self.frames is not None:
            object.__setattr__(self, "frames", tuple(sorted({int(one) for one in self.frames})))

    @property
    def id_pairs(self) -> tuple[tuple[int, int], ...]:
        """Each proposal with the id it becomes a track under."""
        return tuple(zip(self.track_ids, self.new_ids or self.track_ids, strict=True))

    @property
    def summary(self) -> str:
        """See `Verb`."""
        told = [str(here) if here == there else f"{here} as {there}" for here, there in self.id_pairs[:10]]
        more = f" and {len(self.id_pairs) - 10} more" if len(self.id_pairs) > 10 else ""
        return f"adopt {_noun(self.track_ids)} {', '.join(told)}{more} of run {self.run_id}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        proposals = scene.proposals(self.run_id)
        found = _named(proposals, self.run_id, self.track_ids)
        _check_not_adopted(scene, self.run_id, self.track_ids)
        for _, new_id in self.id_pairs:
            if new_id in scene.annotations.track_ids or scene.frames_with([new_id]):
                raise VerbRefusedError(
                    f"There is a track or mask with the id {new_id} already. Give the adopted track another id."
                )
        tracks = tuple(found[here].adopted_as(there) for here, there in self.id_pairs)
        check_keyframes_fit(scene, Annotations(tracks))
        frames = chosen_frames(scene, proposals, self.run_id, self.frames)
        labels = {there: here for here, there in self.id_pairs}
        return Effect(
            Annotations((*scene.annotations.tracks, *tracks)),
            taken_over(scene, proposals, frames, labels, self.run_id),
        )


@dataclass(frozen=True)
class DismissTracks(Verb):
    """Says that proposals of a run are not wanted, so that they are not offered any more.

    Neither tracks nor masks change. Refused for one that was adopted: that is a track, which can be deleted.

    Attributes:
        run_id: The run.
        track_ids: Which of its proposals.
    """

    name: ClassVar[str] = "dismiss_tracks"
    only_says: ClassVar[bool] = True
    run_id: str
    track_ids: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "track_ids", _parse_ids(sorted(map(parse_track_id, self.track_ids))))

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"dismiss {_noun(self.track_ids)} {listed(self.track_ids)} of run {self.run_id}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        _named(scene.proposals(self.run_id), self.run_id, self.track_ids)
        _check_not_adopted(scene, self.run_id, self.track_ids)
        before = scene.verdicts(self.run_id).dismissed.intersection(self.track_ids)
        if before:
            raise VerbRefusedError(
                f"Proposed track {listed(sorted(before))} of run {self.run_id} was dismissed already. Name others."
            )
        return Effect(scene.annotations)


def _parse_ids(track_ids: Iterable[int]) -> tuple[int, ...]:
    ids = tuple(track_ids)
    if not ids or len(set(ids)) != len(ids):
        raise VerbRefusedError(f"The tracks named are {list(ids)}. Give at least one, and each once.")
    return ids


def _named(proposals: Proposals, run_id: str, track_ids: tuple[int, ...]) -> Mapping[int, ProposedTrack]:
    """The proposals of a run by id, among which are all that were named, or UnknownTrackError."""
    found = {track.track_id: track for track in proposals.proposed_tracks}
    unknown = [track_id for track_id in track_ids if track_id not in found]
    if unknown:
        raise UnknownTrackError(
            f"Run {run_id} proposes no new track {listed(unknown)}; it proposes {listed(tuple(found)) or 'none'}."
        )
    return found


def _check_not_adopted(scene: Scene, run_id: str, track_ids: tuple[int, ...]) -> None:
    adopted = scene.verdicts(run_id).adopted
    for track_id in track_ids:
        if track_id in adopted:
            raise VerbRefusedError(
                f"Proposed track {track_id} of run {run_id} was adopted already: it is track {adopted[track_id]}."
                " Delete that track if it is not wanted so."
            )


def _noun(track_ids: tuple[int, ...]) -> str:
    return "proposed track" if len(track_ids) == 1 else "proposed tracks"
