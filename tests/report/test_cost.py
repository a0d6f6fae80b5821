from datetime import UTC, datetime

import numpy as np
import pytest

from mfvis_engine.annotation import Annotations, Keyframe, KeyframeOrigin, Track, Work, WorkKind
from mfvis_engine.annotation.verbs import EditMask, SplitTrack, Verify
from mfvis_engine.project import MaskOrigin
from mfvis_engine.report import Spent, cost_report, duration, to_json
from tests.project.conftest import HEIGHT, WIDTH, annotations, project, video_path

__all__ = ["annotations", "project", "video_path"]  # fixtures

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BOX = (0, 0, 4, 4)


def keyframe(frame_index, origin, *, outside=False):
    return Keyframe(frame_index, BOX, outside=outside, origin=KeyframeOrigin(origin))


@pytest.fixture
def worked(project):
    """Three drawn boxes and one imported; masks of track 1 in frames 0 to 2, of track 7 in frame 1."""
    project.replace_annotations(
        Annotations(
            (
                Track(1, "cell", (keyframe(0, "drawn"), keyframe(1, "drawn"), keyframe(2, "interpolated"))),
                Track(7, "cell", (keyframe(0, "drawn"), keyframe(1, "imported"), keyframe(2, "drawn", outside=True))),
            )
        )
    )
    run = project.create_run({}, [1, 7])
    for frame_index in range(3):
        labels = np.zeros((HEIGHT, WIDTH), np.uint16)
        labels[:2, :2] = 1
        labels[4:, :2] = 7 * (frame_index == 1)
        run.write_frame(frame_index, labels, [1, 1])
    run.finish()
    project.merge_run(run.run_id)
    return project


def test_boxes_and_masks_are_counted_and_missing_times_estimated(worked):
    report = cost_report(worked)
    assert dict(report.keyframes_by_origin) == {"drawn": 3, "interpolated": 1, "imported": 1, "predicted": 0}
    assert (report.drawn_count, report.given_count, report.outside_count) == (3, 4, 1)
    assert dict(report.masks_by_origin) == {"predicted": 4, "edited": 0, "imported": 0}  # empty ones are none
    assert report.boxes == Spent(0, 4, 28.0)
    assert (report.seconds, report.estimated_seconds) == (28.0, 28.0)
    assert report.polygon_seconds == pytest.approx(4 * 79.2)
    assert report.ratio == pytest.approx(4 * 79.2 / 28)


def test_recorded_time_takes_the_place_of_the_estimate(worked):
    worked.do(EditMask(0, 0, 0, np.array([[1, 0]], np.uint16)))
    worked.do(Verify((1,), 0, 0))
    for work in (
        Work(NOON, WorkKind.BOX, 1, 0, 5.0),
        Work(NOON, WorkKind.BOX, 1, 0, 2.5),  # drawn, then moved
        Work(NOON, WorkKind.BOX, 9, 0, 4.0),  # of a track that is gone: it was spent all the same
        Work(NOON, WorkKind.MASK, 1, 0, 12.0),
        Work(NOON, WorkKind.REVIEW, 1, 0, 3.0),
    ):
        worked.record_work(work)
    report = cost_report(worked)
    assert report.boxes == Spent(11.5, 3, 21.0)
    assert report.corrections == Spent(12.0, 0, 0.0)
    assert report.review_seconds == 3.0
    assert report.seconds == pytest.approx(11.5 + 21 + 12 + 3)
    assert (report.corrected_count, report.obtained_count, report.verified_count) == (1, 4, 1)


def test_an_edited_mask_of_unknown_time_counts_as_much_as_a_polygon(worked):
    worked.do(EditMask(0, 0, 0, np.array([[0]], np.uint16)))
    report = cost_report(worked)
    assert dict(report.masks_by_origin)[MaskOrigin.EDITED] == 1
    assert report.corrections == Spent(0, 1, 79.2)


def test_repairs_are_counted_but_not_those_undone(worked):
    worked.do(SplitTrack(1, 1, 2))
    assert cost_report(worked).repair_count == 1
    worked.undo()
    assert cost_report(worked).repair_count == 0


def test_an_empty_project_costs_nothing_and_compares_with_nothing(project):
    project.replace_annotations(Annotations())
    report = cost_report(project)
    assert (report.seconds, report.polygon_seconds, report.ratio) == (0, 0, None)


def test_json_says_what_is_an_estimate_and_by_whom(worked):
    worked.record_work(Work(NOON, WorkKind.BOX, 1, 0, 5.0))
    content = to_json(cost_report(worked))
    assert content["boxes"]["drawn"] == 3
    assert content["masks"]["obtained"] == 4
    assert content["seconds"]["boxes"] == {"recorded": 5.0, "unrecorded_count": 3, "estimated": 21.0}
    assert content["seconds"]["total"] == 26.0
    assert content["seconds"]["of_which_estimated"] == 21.0
    assert content["polygons"] == {"seconds": 316.8, "seconds_a_mask": 79.2}
    assert content["ratio"] == round(316.8 / 26, 2)
    assert {one["arxiv"] for one in content["published"]} == {"2104.06404"}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (266, "4 min 26 s"),
        (3599.6, "1 h 0 min"),
        (12672, "3 h 31 min"),
        (36e5, "1,000 h"),
    ],
)
def test_durations_as_people_say_them(seconds, words):
    assert duration(seconds) == words
