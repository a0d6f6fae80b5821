import json

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, KeyframeOrigin, Track, UnknownVerbError, verbs

KEYFRAME = Keyframe(3, (0.1, 0.25, 1, 2), occluded=True, origin=KeyframeOrigin.IMPORTED, attributes=(("pose", "ü\n"),))
EXAMPLES = {
    verbs.AddKeyframe(1, 2): "add keyframe of track 1 in frame 2",
    verbs.SetBox(1, 2, (0, 0, 1, 1.5)): "set box of track 1 in frame 2",
    verbs.DeleteKeyframe(1, 2): "delete keyframe of track 1 in frame 2",
    verbs.SetOutside(1, 2): "set track 1 outside from frame 2",
    verbs.SetOccluded(1, 2, occluded=False): "set track 1 visible from frame 2",
    verbs.NewTrack(9, "cell", (KEYFRAME,)): "new track 9 (cell)",
    verbs.DeleteTrack(3): "delete track 3",
    verbs.EndTrack(3, 7): "end track 3 after frame 7",
    verbs.DeleteHere(3, 7): "delete track 3 in frame 7",
    verbs.RenameCategory(3, "egg"): "rename category of track 3 to egg",
    verbs.MergeTracks(5, 3): "merge track 5 into 3",
    verbs.SplitTrack(5, 9, 6): "split track 5 at frame 9 into 6",
    verbs.SwapTracks(1, 2, 4): "swap tracks 1 and 2 from frame 4",
    verbs.EditMask(4, 1, 0, np.array([[1, 65535]])): "edit masks of frame 4",
    verbs.ClearMask((2, 1), 0, 3, hand_back=True): "clear masks of tracks 1, 2 in frames 0 to 3",
    verbs.Verify((1,), 3, 3): "verify track 1 in frame 3",
    verbs.Unverify((1,), 3, 4): "unverify track 1 in frames 3 to 4",
    verbs.AcceptRun("20260101-000000-abcd", (1,), (3, 2)): "accept run 20260101-000000-abcd for tracks 1 in 2 frames",
    verbs.RejectRun("20260101-000000-abcd"): "reject run 20260101-000000-abcd",
    verbs.AdoptTracks("20260101-000000-abcd", (6, 5), (9, 5)): (
        "adopt proposed tracks 5, 6 as 9 of run 20260101-000000-abcd"
    ),
    verbs.DismissTracks("20260101-000000-abcd", (5,)): "dismiss proposed track 5 of run 20260101-000000-abcd",
    verbs.ReplaceAnnotations(
        Annotations((Track(1, "cell", (KEYFRAME,), (("a", "b"),)),)), "boxes.csv"
    ): "import boxes.csv",
    verbs.ImportMasks("davis", replace=True): "import masks of davis",
    verbs.ImportFile("b.json", annotations=Annotations((Track(1, "cell", (KEYFRAME,)),))): "import b.json",
}


def test_there_is_an_example_of_every_verb():
    assert {type(verb) for verb in EXAMPLES} == set(verbs.VERBS.values())


@pytest.mark.parametrize("verb", EXAMPLES, ids=lambda verb: verb.name)
def test_a_verb_survives_json_and_tells_what_it_does(verb):
    again = verbs.verb_of(verb.name, json.loads(json.dumps(verb.arguments())))
    assert type(again) is type(verb)
    assert again.arguments() == verb.arguments()
    assert again.summary == verb.summary == EXAMPLES[verb]


def test_the_labels_of_an_edit_survive_json():
    verb = verbs.EditMask(4, 1, 0, np.array([[1, 65535], [0, 2]]))
    np.testing.assert_array_equal(verbs.verb_of(verb.name, verb.arguments()).labels, [[1, 65535], [0, 2]])


def test_an_unknown_verb_or_argument_is_refused():
    with pytest.raises(UnknownVerbError, match=r"no verb 'paint'\. The verbs are add_keyframe"):
        verbs.verb_of("paint", {})
    with pytest.raises(UnknownVerbError, match="set_box does not take"):
        verbs.verb_of("set_box", {"track": 1})
