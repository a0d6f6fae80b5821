from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.annotation.verbs import ClearMask, EditMask, Verify
from mfvis_engine.review import Survey, review_queue
from mfvis_engine.review.evidence import Evidence
from mfvis_engine.review.frame_facts import FACT, frame_facts
from mfvis_engine.review.queue import NEAR_FRAMES, ranked
from mfvis_engine.review.reasons import REASONS, Needs
from tests.review.masks import BOXES, HEIGHT, LENGTH, WIDTH, good_frames, make_project, propose


def survey_of(frames, scores=None, code=1):
    """Of masks (T, H, W) as if a run of both tracks had just made them all."""
    survey = Survey(len(frames), HEIGHT, WIDTH)
    survey.track_ids = np.array([1, 4])
    survey.facts = np.zeros((2, len(frames)), FACT)
    survey.facts["overlap_before"] = np.nan
    before = np.zeros((HEIGHT, WIDTH), np.uint16)
    for frame_index, labels in enumerate(frames):
        found = frame_facts(labels, before)
        survey.facts[np.isin(survey.track_ids, found.track_ids), frame_index] = found.facts
        before = labels
    survey.facts["code"] = np.where(survey.facts["area_px"] > 0, code, 0)
    survey.facts["score"] = 0.95 if scores is None else scores
    survey.facts["segmented"] = True
    survey.seen[:] = True
    return survey


def queue_of(frames, annotations=BOXES, **options):
    return review_queue(survey_of(frames, **options), annotations)


def only_item(queue):
    (item,) = queue.items
    assert queue.total == 1
    return item


def test_good_masks_need_no_look():
    assert queue_of(good_frames()).items == ()
    assert review_queue(Survey(LENGTH, HEIGHT, WIDTH), BOXES).total == 0
    assert review_queue(Survey(LENGTH, HEIGHT, WIDTH), Annotations()).total == 0


def test_a_mask_that_does_not_fill_its_box():
    frames = good_frames()
    frames[:, 0:20, 8:20] = 0  # 40 % of the box, in all frames alike
    item = only_item(queue_of(frames))
    assert (item.track_id, item.frame_index, item.frame_count) == (1, 0, LENGTH)
    assert (item.first_frame, item.last_frame) == (0, LENGTH - 1)
    assert item.reasons == ("mask covers 40 % of the box",)
    assert item.need == pytest.approx((0.75 - 0.4) / 0.6)


def test_a_mask_that_reaches_over_its_box():
    small = replace(
        BOXES.track(1), keyframes=tuple(replace(k, box_xyxy=(0, 0, 20, 5)) for k in BOXES.track(1).keyframes)
    )
    item = only_item(queue_of(good_frames(), BOXES.with_track(small)))
    assert item.reasons == ("75 % of the mask lies beyond the box",)


def test_low_confidence():
    scores = np.full((2, LENGTH), 0.95)
    scores[1, 5] = 0.35
    item = only_item(queue_of(good_frames(), scores=scores))
    assert (item.track_id, item.frame_index, item.reasons) == (4, 5, ("low confidence 0.35",))
    assert item.need == pytest.approx(0.9)


def test_a_box_without_a_mask_where_a_run_has_looked():
    frames = good_frames()
    frames[3:6][frames[3:6] == 4] = 0
    survey = survey_of(frames)
    item = only_item(review_queue(survey, BOXES))
    assert (item.track_id, item.first_frame, item.last_frame) == (4, 3, 5)
    assert item.reasons == ("box without a mask",)
    survey.seen[3:6] = False
    assert review_queue(survey, BOXES).items == ()


def test_a_hidden_object_needs_no_mask():
    frames = good_frames()
    frames[3:6][frames[3:6] == 4] = 0
    track = BOXES.track(4).with_keyframe(Keyframe(3, (30, 10, 50, 30), occluded=True))
    hidden = BOXES.with_track(track.with_keyframe(Keyframe(6, (30, 10, 50, 30))))
    assert queue_of(frames, hidden).items == ()


def test_a_mask_without_a_box():
    gone = BOXES.with_track(Track(4, "cell", (Keyframe(0, (30, 10, 50, 30)), Keyframe(4, (30, 10, 50, 30)))))
    item = only_item(queue_of(good_frames(), gone))
    assert (item.first_frame, item.last_frame, item.reasons) == (5, 7, ("mask without a box",))


def test_a_jump_in_area_is_told_of_the_odd_frame_alone():
    frames = good_frames()
    frames[4, 10:30, 30:50] = 0
    frames[4, 10:30:4, 30:50] = 4  # a fourth of it, in stripes that span the box
    items = queue_of(frames).items
    assert [(item.track_id, item.frame_index) for item in items] == [(4, 4)]
    assert items[0].reasons[0] == "area jumps from 400 to 100 px"
    assert (items[0].first_frame, items[0].last_frame) == (4, 4)  # going back is right


def test_a_jump_that_the_box_makes_too_is_none():
    frames = good_frames()
    frames[4:, 0:20, 0:20] = 0
    frames[4:, 0:6, 0:6] = 1
    shrinking = Track(1, "cell", tuple(Keyframe(f, (0, 0, 20, 20) if f < 4 else (0, 0, 6, 6)) for f in range(LENGTH)))
    assert queue_of(frames, BOXES.with_track(shrinking)).items == ()


def test_a_swap_is_found_in_its_frame():
    frames = good_frames()
    frames[5:] = np.select([frames[5:] == 1, frames[5:] == 4], [4, 1], 0)
    boxes = Annotations(tuple(replace(track, keyframes=()) for track in BOXES.tracks))
    without_boxes = Needs.of(Evidence.of(survey_of(frames), boxes))
    said = without_boxes.words(Evidence.of(survey_of(frames), boxes), 0, 5)
    assert said[0] == "was track 4's place a frame ago"
    swapped = [item for item in queue_of(frames).items if item.frame_index == 5]
    assert [item.track_id for item in swapped] == [1, 4]
    assert all(item.need > 0.99 for item in swapped)


def test_a_swallowed_track():
    frames = good_frames()
    frames[6:, 10:30, 30:50] = 1
    items = queue_of(frames).items
    assert "track 1 is now where it was a frame ago" in next(item.reasons for item in items if item.track_id == 4)


def test_a_person_is_believed_unless_box_and_mask_disagree_strongly():
    frames = good_frames()
    frames[:, 0:20, 8:20] = 0
    assert queue_of(frames, code=2).items == ()
    frames[:, 0:20, 2:8] = 0  # now 10 % of the box
    item = only_item(queue_of(frames, code=2))
    assert item.reasons == ("mask covers 10 % of the box",)
    assert queue_of(frames, code=2 + 128).items == ()


def test_a_real_project(tmp_path):
    frames = good_frames()
    frames[3, 0:20, 8:20] = 0
    with make_project(tmp_path) as project:
        propose(project, frames)
        survey = Survey.of(project)
        item = only_item(review_queue(survey, project.annotations()))
        assert (item.track_id, item.frame_index) == (1, 3)
        for verb in (
            Verify((1,), 3, 4),
            EditMask(3, 0, 0, np.ones((20, 20), np.uint16)),
            ClearMask((1,), 3, 3),
        ):
            survey.update(project, project.do(verb).frames)
            left = review_queue(survey, project.annotations()).items
            assert all(one.frame_index != 3 for one in left), verb
            survey.update(project, project.undo().frames)
            assert only_item(review_queue(survey, project.annotations())) == item


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_every_need_is_listed_once(seed):
    rng = np.random.default_rng(seed)
    evidence = Evidence.of(survey_of(good_frames(20)), BOXES_OF_20)
    by_reason = np.zeros((len(REASONS), 2, 20), np.float32)
    wanted = rng.random((2, 20)) < 0.4
    by_reason[rng.integers(0, 2, (2, 20)) + 7, np.arange(2)[:, None], np.arange(20)] = np.where(
        wanted, rng.uniform(0.2, 1, (2, 20)), 0
    )
    needs = Needs(by_reason, by_reason.max(axis=0))
    queue = ranked(evidence, needs)
    assert sum(item.frame_count for item in queue.items) == np.count_nonzero(needs.total >= np.float32(0.2))
    assert [item.need for item in queue.items] == sorted((item.need for item in queue.items), reverse=True)
    for item in queue.items:
        assert item.first_frame <= item.frame_index <= item.last_frame
        assert item.last_frame - item.first_frame <= NEAR_FRAMES * (item.frame_count - 1)


BOXES_OF_20 = Annotations(
    tuple(
        Track(track.track_id, "cell", (track.keyframes[0], replace(track.keyframes[0], frame_index=19)))
        for track in BOXES.tracks
    )
)
