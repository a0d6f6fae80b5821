"""What a project must hold, kept in memory, and deeds at random that are the same for both."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import AnnotationError, Annotations, MaskState
from mfvis_engine.annotation.mask_frame import MaskFrame
from mfvis_engine.annotation.proposed_tracks import Verdicts
from mfvis_engine.annotation.verbs import (
    AcceptRun,
    ClearMask,
    EditMask,
    ImportMasks,
    MergeTracks,
    NewTrack,
    Proposals,
    SetBox,
    SplitTrack,
    SwapTracks,
    Verb,
    Verify,
)
from mfvis_engine.project import Project

Frame = tuple[frozenset[MaskState], bytes]
"""The states and pixels of a frame."""


@dataclass(frozen=True)
class State:
    """All that undo must restore."""

    annotations: Annotations
    frames: tuple[Frame, ...]


class Model:
    """A project in memory: every state it was in, up to those that are undone. It is a `Scene`."""

    def __init__(self, project: Project) -> None:
        """Starts with what `project` holds now; its log is counted on from here."""
        self.length, self.height, self.width = project.length, project.height, project.width
        self._run: Callable[[str], Proposals] = project.run
        self.states = [state_of(project)]
        self.position = 0
        self._who: list[Mapping[int, object]] = [{}]  # for each state, something that stands for who each track id is
        self._who_then: dict[str, Mapping[int, object]] = {}

    def note_run(self, run_id: str) -> None:
        """Has to be told of a run when it is made."""
        self._who_then[run_id] = self._who[self.position]

    @property
    def state(self) -> State:
        return self.states[self.position]

    @property
    def annotations(self) -> Annotations:
        return self.state.annotations

    def frame(self, frame_index: int) -> MaskFrame:
        return MaskFrame(
            frame_index, sorted(self._recorded(frame_index), key=lambda state: state.track_id), self._labels
        )

    def frames_with(self, track_ids: Iterable[int], start: int = 0, stop: int | None = None) -> list[int]:
        wanted, frames = set(track_ids), range(start, self.length if stop is None else stop)
        return [t for t in frames if wanted & {state.track_id for state in self._recorded(t)}]

    def frames_of_run(self, run_id: str) -> list[int]:
        return [t for t in range(self.length) if any(state.run_id == run_id for state in self._recorded(t))]

    def proposals(self, run_id: str) -> Proposals:
        return self._run(run_id)

    def verdicts(self, run_id: str) -> Verdicts:
        return Verdicts()

    def reidentified(self, run_id: str) -> Mapping[int, str]:
        then, now = self._who_then[run_id], self._who[self.position]
        return {i: "somebody else" for i in then.keys() | now.keys() if then.get(i) is not now.get(i)}

    def do(self, verb: Verb) -> None:
        effect = verb.effect(self)
        frames = list(self.state.frames)
        touched = {track.track_id for track in set(self.annotations.tracks) ^ set(effect.annotations.tracks)}
        for change in effect.frames:
            touched |= set(change.track_ids)
            states, pixels = frames[change.frame_index]
            if change.patch is not None:
                pixels = change.patch.applied(self._labels(change.frame_index)).tobytes()
            frames[change.frame_index] = ((states - set(change.removed)) | set(change.added), pixels)
        after = State(effect.annotations, tuple(frames))
        if after != self.state:
            who = self._who[self.position]
            self._who[self.position + 1 :] = [{**who, **{i: object() for i in touched}} if verb.says_who else who]
            self.states[self.position + 1 :] = [after]
            self.position += 1

    def undo(self) -> None:
        self.position = max(self.position - 1, 0)

    def redo(self) -> None:
        self.position = min(self.position + 1, len(self.states) - 1)

    def _recorded(self, frame_index: int) -> frozenset[MaskState]:
        return self.state.frames[frame_index][0]

    def _labels(self, frame_index: int) -> NDArray[np.uint16]:
        return np.frombuffer(self.state.frames[frame_index][1], np.uint16).reshape(self.height, self.width)


def state_of(project: Project) -> State:
    """What a project holds."""
    frames = tuple((frozenset(project.mask_states(t)), project.read_masks(t).tobytes()) for t in range(project.length))
    return State(project.annotations(), frames)


def do_at_random(chance: random.Random, one: Project | Model, run_id: str) -> None:
    """Does, undoes or redoes something: the same to a project and its model, where `chance` stands the same."""
    kind = chance.random()
    if kind < 0.2:
        one.undo()
    elif kind < 0.3:
        one.redo()
    else:
        verb = _verb(chance, one, run_id)
        try:
            one.do(verb)
        except AnnotationError:
            return


def _verb(chance: random.Random, one: Project | Model, run_id: str) -> Verb:
    ids = tuple(track.track_id for track in _annotations(one).tracks) or (1,)
    track_id, other, free = chance.choice(ids), chance.choice(ids), chance.randrange(1, 65536)
    first = chance.randrange(one.length)
    last = chance.randrange(first, one.length)
    makers: tuple[Callable[[], Verb], ...] = (
        lambda: EditMask(first, 0, 0, _labels(chance, ids, one)),
        lambda: ImportMasks("a file", chance.random() < 0.5, ((t, _labels(chance, ids, one)) for t in range(last + 1))),
        lambda: MergeTracks(track_id, other),
        lambda: SwapTracks(track_id, other, first),
        lambda: SplitTrack(track_id, first, free),
        lambda: ClearMask((track_id, other), first, last, hand_back=chance.random() < 0.5),
        lambda: Verify((track_id,), first, last),
        lambda: SetBox(track_id, first, (0, 0, 1 + chance.randrange(5), 1 + chance.randrange(5))),
        lambda: NewTrack(free, "cell"),
        lambda: AcceptRun(run_id),
    )
    return chance.choice(makers)()


def _annotations(one: Project | Model) -> Annotations:
    return one.annotations if isinstance(one, Model) else one.annotations()


def _labels(chance: random.Random, ids: tuple[int, ...], one: Project | Model) -> NDArray[np.uint16]:
    chosen = [chance.choice((0, *ids)) for _ in range(one.height * one.width)]
    return np.array(chosen, np.uint16).reshape(one.height, one.width)
