import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.metrics import (
    STAT_NAMES,
    GroundTruth,
    ResultTrack,
    RunLengths,
    TruthTrack,
    Video,
    evaluate_youtube_vis,
    parse_ground_truth,
    parse_results,
)

SIDE, LENGTH = 64, 10
OFFICIAL_CASES = json.loads(
    gzip.decompress((Path(__file__).parents[1] / "data" / "youtube_vis_eval.json.gz").read_bytes())
)


def square(left, frames=range(LENGTH), *, top=0, side=10, size=SIDE):
    """A square's masks, at column `left` of the given frames and absent from the others."""
    mask = np.zeros((size, size), dtype=np.bool_)
    mask[top : top + side, left : left + side] = True
    encoded = RunLengths.from_mask(mask)
    return tuple(encoded if frame_index in frames else None for frame_index in range(LENGTH))


def mean_area(masks):
    return float(np.mean([mask.area for mask in masks if mask and mask.area] or [0]))


def truth(annotation_id, category_id, masks, *, video_id=1, is_crowd=False):
    return TruthTrack(annotation_id, video_id, category_id, is_crowd, mean_area(masks), masks)


def result(category_id, score, masks, *, video_id=1):
    return ResultTrack(video_id, category_id, score, mean_area(masks), masks)


def ground_truth(*tracks, categories=(1,), videos=(1,), size=SIDE):
    return GroundTruth(tuple(Video(v, size, size, LENGTH) for v in videos), tuple(categories), tracks)


def named(scores):
    return dict(zip(STAT_NAMES, scores.stats, strict=True))


@pytest.mark.parametrize("case", OFFICIAL_CASES)
def test_equals_the_official_evaluator(case):
    truths = parse_ground_truth(case["ground_truth"])
    scores = evaluate_youtube_vis(truths, parse_results(case["results"], truths))
    assert scores.stats == pytest.approx(case["stats"], abs=1e-9, rel=0)
    assert [ap for _, ap in scores.per_category_ap] == pytest.approx(case["per_category_ap"], abs=1e-9, rel=0)


def test_the_six_kinds_of_answer():
    truths = ground_truth(*(truth(k, k, square(10)) for k in range(1, 6)), categories=range(1, 7))
    results = [
        result(1, 0.9, square(10)),  # perfect
        result(2, 0.9, square(11)),  # one pixel off: IoU 90 / 110
        result(3, 0.9, square(40)),  # a false alarm above the hit
        result(3, 0.8, square(10)),
        result(4, 0.9, square(10, range(5))),  # two identities, each half the track: IoU 1 / 2
        result(4, 0.8, square(10, range(5, 10))),
        result(6, 0.9, square(10)),  # 5 is missed, 6 has no ground truth
    ]
    scores = evaluate_youtube_vis(truths, results)
    expected = {1: 1.0, 2: 0.7, 3: 0.5, 4: 0.1, 5: 0.0, 6: -1.0}
    assert dict(scores.per_category_ap) == pytest.approx(expected, abs=1e-9)
    numbers = named(scores)
    assert [numbers[name] for name in ("AP", "AP50", "AP75", "AR1", "AR10")] == pytest.approx(
        [0.46, 0.7, 0.5, 0.36, 0.56], abs=1e-9
    )


def test_no_results_score_zero_and_nothing_to_find_minus_one():
    scores = named(evaluate_youtube_vis(ground_truth(truth(1, 1, square(10))), []))
    assert (scores["AP"], scores["AP small"], scores["AR100"]) == (0.0, 0.0, 0.0)
    assert (scores["AP medium"], scores["AR large"]) == (-1.0, -1.0)
    assert evaluate_youtube_vis(ground_truth(), [result(1, 0.5, square(10))]).stats == (-1.0,) * 12


def test_ties_are_settled_by_file_order():
    truths = ground_truth(truth(1, 1, square(10)))
    hit, alarm = result(1, 0.5, square(10)), result(1, 0.5, square(40))
    assert named(evaluate_youtube_vis(truths, [hit, alarm]))["AP"] == pytest.approx(1.0)
    assert named(evaluate_youtube_vis(truths, [alarm, hit]))["AP"] == pytest.approx(0.5)


def test_ties_across_videos_are_settled_by_video_id():
    truths = ground_truth(truth(1, 1, square(10), video_id=7), videos=(9, 7))
    hit, alarm = result(1, 0.5, square(10), video_id=7), result(1, 0.5, square(10), video_id=9)
    assert named(evaluate_youtube_vis(truths, [alarm, hit]))["AP"] == pytest.approx(1.0)


def test_a_crowd_takes_any_number_of_results_and_none_counts():
    truths = ground_truth(truth(1, 1, square(10)), truth(2, 1, square(30), is_crowd=True))
    on_crowd = [result(1, 0.9 - 0.1 * rank, square(30)) for rank in range(3)]
    scores = named(evaluate_youtube_vis(truths, [*on_crowd, result(1, 0.1, square(10))]))
    assert scores["AP"] == pytest.approx(1.0)
    assert scores["AR100"] == pytest.approx(1.0)


def test_a_counted_track_goes_before_a_better_fitting_crowd():
    truths = ground_truth(truth(1, 1, square(11)), truth(2, 1, square(10), is_crowd=True))
    assert named(evaluate_youtube_vis(truths, [result(1, 0.9, square(10))]))["AP50"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("side", "name"),
    [(100, "small"), (128, "small"), (128, "medium"), (200, "medium"), (256, "large"), (280, "large")],
)
def test_area_ranges_include_both_their_limits(side, name):
    masks = square(0, side=side, size=300)
    scores = named(evaluate_youtube_vis(ground_truth(truth(1, 1, masks), size=300), [result(1, 0.9, masks)]))
    assert scores[f"AP {name}"] == pytest.approx(1.0)


def test_frames_without_the_object_enter_the_union():
    truths = ground_truth(truth(1, 1, square(10, range(8))))
    found = result(1, 0.9, square(10, range(2, 10)))  # 6 frames shared, 10 in either
    assert named(evaluate_youtube_vis(truths, [found]))["AP"] == pytest.approx(0.3)  # .50, .55, .60


def test_only_the_hundred_surest_results_of_a_video_count():
    truths = ground_truth(truth(1, 1, square(10)))
    alarms = [result(1, 1.0, square(40))] * 100
    assert named(evaluate_youtube_vis(truths, [*alarms, result(1, 0.5, square(10))]))["AR100"] == 0.0
    assert named(evaluate_youtube_vis(truths, [*alarms[1:], result(1, 0.5, square(10))]))["AR100"] == 1.0


tracks = st.builds(
    square,
    st.integers(0, 20),
    st.sets(st.integers(0, LENGTH - 1), min_size=1),
    top=st.integers(0, 20),
    side=st.integers(5, 20),
)
scenes = st.lists(st.tuples(st.sampled_from([1, 2]), tracks), min_size=1, max_size=5)


def as_truth(scene):
    tracks = (truth(index + 1, category, masks) for index, (category, masks) in enumerate(scene))
    return ground_truth(*tracks, categories=(1, 2))


def as_results(scene):
    """Falling scores, so that order is free."""
    return [result(category, 1 / (1 + index), masks) for index, (category, masks) in enumerate(scene)]


@settings(max_examples=40)
@given(scenes)
def test_the_truth_itself_scores_one_wherever_there_is_something(scene):
    scores = evaluate_youtube_vis(as_truth(scene), as_results(scene))
    assert {round(ap, 9) for _, ap in scores.per_category_ap} <= {1.0, -1.0}
    assert scores.stats[0] == pytest.approx(1.0)
    assert scores.stats[8] == pytest.approx(1.0)


@settings(max_examples=40)
@given(scenes, scenes, st.randoms(use_true_random=False))
def test_order_scale_and_direction_of_time_do_not_matter(true_scene, found_scene, random):
    truths, results = as_truth(true_scene), as_results(found_scene)
    shuffled = [replace(found, score=100 * found.score - 7, masks=found.masks[::-1]) for found in results]
    random.shuffle(shuffled)
    backwards = tuple(replace(track, masks=track.masks[::-1]) for track in truths.tracks)
    scores = evaluate_youtube_vis(truths, results)
    assert evaluate_youtube_vis(replace(truths, tracks=backwards), shuffled) == scores
    assert all(-1 <= value <= 1 + 1e-12 for value in scores.stats)


@settings(max_examples=40)
@given(scenes, scenes, tracks)
def test_one_more_guess_at_the_end_never_lowers_recall(true_scene, found_scene, extra):
    truths, results = as_truth(true_scene), as_results(found_scene)
    before = evaluate_youtube_vis(truths, results)
    after = evaluate_youtube_vis(truths, [*results, result(1, 0.0, extra)])
    assert after.stats[8] >= before.stats[8] - 1e-12
