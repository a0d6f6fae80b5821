"""A scene in memory, and a way to do verbs to it."""

from dataclasses import dataclass, field

import numpy as np

from mfvis_engine.annotation import Annotations, Keyframe, MaskOrigin, MaskState, Track
from mfvis_engine.annotation.mask_frame import MaskFrame
from mfvis_engine.annotation.proposed_tracks import Verdicts

LENGTH, HEIGHT, WIDTH = 12, 4, 6

BOX = (1.0, 1.0, 3.0, 3.0)
SHIFTED = (2.0, 1.0, 4.0, 3.0)


def standard_annotations():
    """1 from 0 to 10 (outside 4 to 6), 2 from 8 to 11, 3 in 5 and 6, and 4 nowhere."""
    return Annotations(
        (
            Track(
                1, "cell", (Keyframe(0, BOX), Keyframe(4, BOX, outside=True), Keyframe(7, BOX), Keyframe(10, SHIFTED))
            ),
            Track(2, "egg", (Keyframe(8, BOX, occluded=True), Keyframe(11, SHIFTED))),
            Track(3, "cell", (Keyframe(5, BOX), Keyframe(6, BOX))),
            Track(4, "cell"),
        )
    )


@dataclass
class RunInMemory:
    track_ids: tuple
    frames: dict
    proposed_tracks: tuple = ()

    def done(self):
        return sorted(self.frames)

    def read_masks(self, frame_index):
        return self.frames[frame_index]


@dataclass
class SceneInMemory:
    annotations: Annotations = field(default_factory=standard_annotations)
    states: dict = field(default_factory=dict)
    pixels: np.ndarray = field(default_factory=lambda: np.zeros((LENGTH, HEIGHT, WIDTH), np.uint16))
    runs: dict = field(default_factory=dict)
    others: dict = field(default_factory=dict)
    told: dict = field(default_factory=dict)
    length: int = LENGTH
    height: int = HEIGHT
    width: int = WIDTH

    def paint(self, track_id, frame_index, columns, origin=MaskOrigin.PREDICTED, run_id="run", verified=False):
        """Fills columns of a frame with a label, and records it."""
        self.pixels[frame_index, :, columns] = track_id
        self.states[frame_index, track_id] = MaskState(track_id, frame_index, origin, run_id, verified)

    def frame(self, frame_index):
        states = [state for key, state in self.states.items() if key[0] == frame_index]
        return MaskFrame(frame_index, states, lambda index: self.pixels[index].copy())

    def frames_with(self, track_ids, start=0, stop=None):
        stop = self.length if stop is None else stop
        return sorted({f for f, track_id in self.states if track_id in set(track_ids) and start <= f < stop})

    def frames_of_run(self, run_id):
        return sorted({state.frame_index for state in self.states.values() if state.run_id == run_id})

    def proposals(self, run_id):
        return self.runs[run_id]

    def verdicts(self, run_id):
        return self.told.get(run_id, Verdicts())

    def reidentified(self, run_id):
        return self.others.get(run_id, {})

    def do(self, verb):
        """Does a verb; returns its frame changes."""
        effect = verb.effect(self)
        changes = [change for change in effect.frames if not change.is_empty]
        self.annotations = effect.annotations
        for change in changes:
            for state in change.removed:
                del self.states[state.frame_index, state.track_id]
            for state in change.added:
                self.states[state.frame_index, state.track_id] = state
            if change.patch is not None:
                self.pixels[change.frame_index] = change.patch.applied(self.pixels[change.frame_index])
        return changes

    def track(self, track_id):
        return self.annotations.track(track_id)

    def state(self, track_id, frame_index):
        return self.states.get((frame_index, track_id))
