"""Any deeds, then all of them undone and redone, with the project closed and opened in between."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mfvis_engine.annotation import AnnotationError, Annotations, Keyframe, ProposedTrack, Track, interpolate
from mfvis_engine.annotation.mask_patch import labels_in
from mfvis_engine.annotation.verbs import (
    AcceptRun,
    AddKeyframe,
    AdoptTracks,
    ClearMask,
    DeleteHere,
    DeleteKeyframe,
    DeleteTrack,
    DismissTracks,
    EditMask,
    EndTrack,
    ImportMasks,
    MergeTracks,
    NewTrack,
    RejectRun,
    RenameCategory,
    ReplaceAnnotations,
    SetBox,
    SetOccluded,
    SetOutside,
    SplitTrack,
    SwapTracks,
    Unverify,
    Verify,
)
from mfvis_engine.project import Project
from mfvis_engine.project.digests import database_damages

from .conftest import write_pictures

LENGTH, HEIGHT, WIDTH = 5, 3, 4
TRACK_IDS = (1, 2, 3, 7)

nth = st.integers(0, 3)
"""Which of the tracks that are there; so a verb is seldom about a track that is not."""
frame = st.integers(0, LENGTH - 1)
yes_or_no = st.booleans()
box = st.tuples(*(st.integers(0, 40),) * 2, *(st.integers(1, 40),) * 2).map(
    lambda numbers: (numbers[0] / 8, numbers[1] / 8, (numbers[0] + numbers[2]) / 8, (numbers[1] + numbers[3]) / 8)
)
picture = st.lists(st.integers(0, 4), min_size=HEIGHT * WIDTH, max_size=HEIGHT * WIDTH)
"""0 for background, else one more than `nth`."""
keyframes = st.dictionaries(frame, box, max_size=3).map(lambda boxes: tuple(Keyframe(f, b) for f, b in boxes.items()))
annotations = st.dictionaries(st.sampled_from(TRACK_IDS), keyframes, min_size=2).map(
    lambda tracks: Annotations(tuple(Track(track_id, "cell", drawn) for track_id, drawn in tracks.items()))
)
few = st.lists(nth, min_size=1, max_size=3)


def standing(project):
    """All that undo must restore: boxes, states and pixels."""
    pixels = np.stack([project.read_masks(frame_index) for frame_index in range(LENGTH)])
    return project.annotations(), project.mask_states(), pixels.tobytes()


class Deeds(RuleBasedStateMachine):
    """Keeps what the project held after every change, and compares."""

    @initialize(start=annotations, proposals=st.lists(picture, min_size=2, max_size=2))
    def make(self, start, proposals):
        self.folder = Path(tempfile.mkdtemp())
        pictures = write_pictures(self.folder / "clip", LENGTH, (HEIGHT, WIDTH))
        self.project = Project.create(self.folder / "deeds", pictures)
        self.project.replace_annotations(start)
        self.held = [(Annotations(), (), bytes(2 * LENGTH * HEIGHT * WIDTH))]
        self.who = [{}]  # for each of them, something that stands for who each track id is
        if self.project.log():
            self.held.append(standing(self.project))
            self.who.append(dict.fromkeys(start.track_ids, "the first"))
        self.position = len(self.held) - 1
        self.runs = []
        self.finders = []
        for proposal in proposals:
            self.make_run(proposal, TRACK_IDS)

    def make_run(self, proposal, track_ids, found_ids=()):
        writer = self.project.create_run({}, track_ids, found_ids)
        track_ids = writer.track_ids
        labels = np.array((0, *track_ids)).take(proposal, mode="wrap").reshape(HEIGHT, WIDTH)
        for frame_index in range(LENGTH):
            writer.write_frame(frame_index, np.roll(labels, frame_index), [0.5] * len(track_ids))
        if found_ids:
            writer.propose([ProposedTrack(i, "egg", 0.5, (Keyframe(0, (0, 0, 1, 1)),)) for i in found_ids])
            self.finders.append(writer.run_id)
        else:
            self.runs.append((writer.run_id, self.who[self.position]))

    def do(self, verb):
        before = standing(self.project)
        try:
            done = self.project.do(verb)
        except AnnotationError:
            done = None
        after = standing(self.project)
        if done is None or done.log_id is None:
            assert after == before
            return done
        who, said_of = self.who[self.position], verb.new_ids if isinstance(verb, AdoptTracks) else done.track_ids
        self.who[self.position + 1 :] = [{**who, **dict.fromkeys(said_of, object())} if verb.says_who else who]
        self.held[self.position + 1 :] = [after]
        self.position += 1
        return done

    def id_of(self, which):
        """The id of a track that is there, if there is any."""
        ids = self.project.annotations().track_ids or TRACK_IDS
        return ids[which % len(ids)]

    def labels_of(self, drawn):
        """(H, W) labels of tracks that are there."""
        values = [self.id_of(number - 1) if number else 0 for number in drawn]
        return np.array(values, np.uint16).reshape(HEIGHT, WIDTH)

    @rule(verb=st.sampled_from((AddKeyframe, SetBox)), which=nth, frame_index=frame, box_xyxy=box)
    def draw(self, verb, which, frame_index, box_xyxy):
        self.do(verb(self.id_of(which), frame_index, box_xyxy))

    @rule(verb=st.sampled_from((AddKeyframe, DeleteKeyframe, DeleteHere, EndTrack)), which=nth, frame_index=frame)
    def change_presence(self, verb, which, frame_index):
        self.do(verb(self.id_of(which), frame_index))

    @rule(verb=st.sampled_from((SetOutside, SetOccluded)), which=nth, frame_index=frame, flag=yes_or_no)
    def set_flag(self, verb, which, frame_index, flag):
        self.do(verb(self.id_of(which), frame_index, flag))

    @rule(drawn=keyframes)
    def new_track(self, drawn):
        self.do(NewTrack(self.project.free_track_id(), "cell", drawn))

    @rule(which=nth, category=st.sampled_from(("cell", "Zelle ü")))
    def rename(self, which, category):
        self.do(RenameCategory(self.id_of(which), category))

    @rule(which=nth)
    def delete_track(self, which):
        self.do(DeleteTrack(self.id_of(which)))

    @rule(others=annotations)
    def replace_all(self, others):
        self.do(ReplaceAnnotations(others))

    @rule(which=nth, other=nth)
    def merge(self, which, other):
        self.do(MergeTracks(self.id_of(which), self.id_of(other)))

    @rule(which=nth, frame_index=frame)
    def split(self, which, frame_index):
        self.do(SplitTrack(self.id_of(which), frame_index, self.project.free_track_id()))

    @rule(which=nth, other=nth, frame_index=frame)
    def swap(self, which, other, frame_index):
        self.do(SwapTracks(self.id_of(which), self.id_of(other), frame_index))

    @rule(frame_index=frame, drawn=picture)
    def edit(self, frame_index, drawn):
        self.do(EditMask(frame_index, 0, 0, self.labels_of(drawn)))

    @rule(verb=st.sampled_from((ClearMask, Verify, Unverify)), which=few, frame_index=frame, more=st.integers(0, 2))
    def change_range(self, verb, which, frame_index, more):
        ids = tuple(self.id_of(number) for number in which)
        self.do(verb(ids, frame_index, min(frame_index + more, LENGTH - 1)))

    @rule(which=few, frame_index=frame)
    def hand_back(self, which, frame_index):
        self.do(ClearMask(tuple(self.id_of(number) for number in which), 0, frame_index, hand_back=True))

    @rule(proposal=picture)
    def predict(self, proposal):
        self.make_run(proposal, self.project.annotations().track_ids or TRACK_IDS)

    @rule(proposal=picture)
    def find(self, proposal):
        self.make_run(proposal, (), self.project.free_track_ids(2))

    @rule(run=st.integers(-2, 1), frames=st.none() | st.lists(frame).map(tuple))
    @precondition(lambda self: self.finders)
    def adopt(self, run, frames):
        run_id = self.finders[run % len(self.finders)]
        offered = {one.track.track_id for one in self.project.open_proposals() if one.run_id == run_id}
        if offered:
            verb = self.project.adoption(run_id, frames=frames)
            assert self.do(verb).log_id is not None
            assert set(verb.track_ids) == offered
            assert set(verb.new_ids) <= set(self.project.annotations().track_ids)

    @rule(run=st.integers(-2, 1))
    @precondition(lambda self: self.finders)
    def accept_what_was_found(self, run):
        done = self.do(AcceptRun(self.finders[run % len(self.finders)]))
        assert set(done.written[:, 0].tolist()) <= set(self.project.annotations().track_ids)

    @rule(run=st.integers(-2, 1), which=st.integers(0, 1))
    @precondition(lambda self: self.finders)
    def dismiss(self, run, which):
        run_id = self.finders[run % len(self.finders)]
        self.do(DismissTracks(run_id, (self.project.run(run_id).found_ids[which],)))

    @rule(run=st.integers(-3, 1), frames=st.none() | st.lists(frame).map(tuple))
    def accept(self, run, frames):
        run_id, who = self.runs[run % len(self.runs)]
        done = self.do(AcceptRun(run_id, None, frames))
        for track_id in set() if done is None else set(done.written[:, 0].tolist()):
            assert who.get(track_id) is self.who[self.position].get(track_id)

    @rule(run=st.integers(-3, 1), only=st.none() | st.lists(st.sampled_from(TRACK_IDS)).map(tuple))
    def reject(self, run, only):
        self.do(RejectRun(self.runs[run % len(self.runs)][0], only))

    @rule(replace=yes_or_no, drawn=st.dictionaries(frame, picture, max_size=2))
    def import_masks(self, replace, drawn):
        frames = [(frame_index, self.labels_of(drawn[frame_index])) for frame_index in sorted(drawn)]
        self.do(ImportMasks("a file", replace, frames))

    @rule()
    def undo(self):
        done = self.project.undo()
        assert (done is None) == (self.position == 0)
        self.position = max(self.position - 1, 0)

    @rule()
    def redo(self):
        done = self.project.redo()
        assert (done is None) == (self.position == len(self.held) - 1)
        self.position = min(self.position + 1, len(self.held) - 1)

    @rule()
    def reopen(self):
        self.project.close()
        self.project = Project.open(self.project.path)
        assert self.project.repairs == ()

    @invariant()
    @precondition(lambda self: hasattr(self, "project"))
    def is_what_it_was_after_this_change(self):
        assert standing(self.project) == self.held[self.position]
        assert [entry.undone for entry in self.project.log()].count(False) == self.position

    @invariant()
    @precondition(lambda self: hasattr(self, "project"))
    def every_pixel_has_a_state(self):
        for frame_index in range(LENGTH):
            recorded = {state.track_id for state in self.project.mask_states(frame_index)}
            assert set(labels_in(self.project.read_masks(frame_index))) <= recorded

    def teardown(self):
        if not hasattr(self, "project"):
            return
        while self.project.undo():
            self.position -= 1
            assert standing(self.project) == self.held[self.position]
        assert self.position == 0
        self.reopen()
        while self.project.redo():
            self.position += 1
            assert standing(self.project) == self.held[self.position]
        assert self.position == len(self.held) - 1
        assert database_damages(self.project.path / "annotations.sqlite") == ()
        assert np.array_equal(
            self.project.masks[:], np.frombuffer(standing(self.project)[2], np.uint16).reshape(LENGTH, HEIGHT, WIDTH)
        )
        interpolate(self.project.annotations(), LENGTH)
        self.project.close()
        shutil.rmtree(self.folder)


TestDeeds = Deeds.TestCase
TestDeeds.settings = settings(max_examples=12, stateful_step_count=20, suppress_health_check=list(HealthCheck))
