import numpy as np
import pytest

from mfvis_engine.annotation import (
    InvalidFrameError,
    Keyframe,
    MaskOrigin,
    MaskState,
    ProposedTrack,
    Track,
    UnknownTrackError,
    VerbRefusedError,
)
from mfvis_engine.annotation.proposed_tracks import Verdicts
from mfvis_engine.annotation.verbs import AcceptRun, AdoptTracks, DismissTracks

from .scene import BOX, HEIGHT, LENGTH, WIDTH, RunInMemory

FOUND = (
    ProposedTrack(5, "cell", 0.75, (Keyframe(0, BOX), Keyframe(2, BOX))),
    ProposedTrack(6, "egg", 0.5, (Keyframe(1, BOX),)),
)


@pytest.fixture
def run(scene):
    """A run that has masks of 1, and found 5 and 6; done for the frames 0 to 2."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    labels[:, 0], labels[:, 1], labels[:, 2] = 1, 5, 6
    scene.runs["new"] = RunInMemory((1, 5, 6), dict.fromkeys(range(3), labels), FOUND)
    return labels


def row(scene, frame_index):
    return scene.pixels[frame_index, 0].tolist()


def test_adopting_makes_tracks_and_takes_their_masks(scene, run):
    scene.do(AdoptTracks("new", (6, 5)))
    assert scene.track(5) == Track(5, "cell", FOUND[0].keyframes)
    assert scene.track(6) == Track(6, "egg", FOUND[1].keyframes)
    assert [row(scene, t) for t in range(4)] == [[0, 5, 6, 0, 0, 0]] * 3 + [[0] * 6]
    assert scene.state(5, 2) == MaskState(5, 2, MaskOrigin.PREDICTED, "new")


def test_under_another_id_the_labels_are_mapped(scene, run):
    scene.do(AdoptTracks("new", (5, 6), (6, 9)))  # the one gets the number that was the other's
    assert (scene.track(6).category, scene.track(9).category) == ("cell", "egg")
    assert row(scene, 0) == [0, 6, 9, 0, 0, 0]
    assert sorted(scene.states) == [(t, track_id) for t in range(3) for track_id in (6, 9)]


def test_what_a_person_did_is_kept(scene, run):
    scene.paint(2, 0, [1, 2], MaskOrigin.EDITED, None)
    scene.paint(2, 1, [1], verified=True)
    scene.pixels[2] = 4  # of which nothing is recorded, so that it is a person's
    changes = scene.do(AdoptTracks("new", (5, 6)))
    assert [row(scene, t) for t in range(3)] == [[0, 2, 2, 0, 0, 0], [0, 2, 6, 0, 0, 0], [4] * 6]
    assert [change.frame_index for change in changes] == [1]


def test_masks_may_be_taken_of_some_frames(scene, run):
    scene.do(AdoptTracks("new", (5,), frames=(2, 1)))
    assert sorted(scene.states) == [(1, 5), (2, 5)]
    assert scene.track(5).keyframes == FOUND[0].keyframes


@pytest.mark.parametrize(
    ("verb", "error", "message"),
    [
        (AdoptTracks("new", (1,)), UnknownTrackError, "proposes no new track 1; it proposes 5, 6"),
        (DismissTracks("new", (1, 6)), UnknownTrackError, "proposes no new track 1; it proposes 5, 6"),
        (AdoptTracks("new", (5,), (2,)), VerbRefusedError, "track or mask with the id 2 already"),
        (AdoptTracks("new", (5,), (77,)), VerbRefusedError, "track or mask with the id 77 already"),
        (AdoptTracks("new", (5,), frames=(3,)), VerbRefusedError, "no proposals for frame 3"),
    ],
)
def test_what_cannot_be_is_refused(scene, run, verb, error, message):
    scene.paint(77, 8, [0])
    annotations = scene.annotations
    with pytest.raises(error, match=message):
        scene.do(verb)
    assert scene.annotations is annotations
    assert list(scene.states) == [(8, 77)]


def test_boxes_of_another_video_are_refused(scene, run):
    scene.runs["new"].proposed_tracks = (ProposedTrack(5, "cell", 0.5, (Keyframe(LENGTH, BOX),)),)
    with pytest.raises(InvalidFrameError, match="Track 5 has a keyframe in frame 12"):
        scene.do(AdoptTracks("new", (5,)))


def test_nothing_is_judged_twice(scene, run):
    scene.told["new"] = Verdicts({5: 9}, frozenset({6}))
    for verb in (AdoptTracks, DismissTracks):
        with pytest.raises(VerbRefusedError, match=r"5 of run new was adopted already: it is track 9\. Delete"):
            scene.do(verb("new", (5, 6)))
    with pytest.raises(VerbRefusedError, match="6 of run new was dismissed already"):
        scene.do(DismissTracks("new", (6,)))
    scene.do(AdoptTracks("new", (6,)))  # a change of mind


def test_dismissing_changes_nothing(scene, run):
    effect = DismissTracks("new", (6, 5)).effect(scene)
    assert effect.annotations is scene.annotations
    assert effect.frames == ()


@pytest.mark.parametrize(
    "arguments", [((),), ((5, 5),), ((5, 6), (9,)), ((5, 6), (9, 9))], ids=["none", "twice", "few", "one for two"]
)
def test_ids_that_do_not_go_together_are_refused(arguments):
    with pytest.raises(VerbRefusedError, match="Give"):
        AdoptTracks("new", *arguments)


def test_accepting_goes_by_the_ids_that_proposals_have_got(scene, run):
    scene.told["new"] = Verdicts({5: 9})
    scene.annotations = scene.annotations.with_track(FOUND[0].adopted_as(9))
    scene.do(AcceptRun("new"))
    assert row(scene, 0) == [1, 9, 0, 0, 0, 0]
    scene.pixels[:] = 0
    scene.states.clear()
    scene.do(AcceptRun("new", (9,)))
    assert row(scene, 0) == [0, 9, 0, 0, 0, 0]
    with pytest.raises(UnknownTrackError, match=r"no proposals for the tracks \[5\]; its tracks are \[1, 6, 9\]"):
        scene.do(AcceptRun("new", (5,)))
