import dataclasses
import math

import msgspec
import numpy as np
import pytest

from benchmarks.clips import Clip
from benchmarks.interactive.__main__ import Figures
from benchmarks.interactive.annotator import Annotator, Correction, Place, box_iou, drawn_count
from benchmarks.interactive.quality import j_of_clip, j_of_frame, j_of_tracks
from benchmarks.interactive.study import Check, Round
from benchmarks.interactive.tables import Moment, check_line, level, levels_table, round_line
from benchmarks.interactive.watching import Told, Watched, first_above, j_in_view, seconds_until_seen
from mfvis_engine.annotation import interpolate
from mfvis_engine.jobs.events import FrameDone, Learned, Preview, Progress, Queued, Stage, Started
from mfvis_engine.jobs.proposals import FrameProposals

TRACK = 4
PLACE = Place(TRACK, 2)


@pytest.fixture
def clip(tmp_path):
    """Six frames of a 10 x 10 square of track 4: it jumps by 20 pixels in frame 2, is gone in frame 4, comes back."""
    masks = np.zeros((6, 40, 60), np.uint8)
    for t, left in ((0, 0), (1, 1), (2, 22), (3, 3), (5, 40)):
        masks[t, 5:15, left : left + 10] = TRACK
    return Clip("square", tmp_path, masks)


def test_the_annotator_begins_where_tracks_come_and_go(clip):
    annotations = Annotator(clip).first_boxes()
    drawn = [(key.frame_index, key.outside) for key in annotations.track(TRACK).keyframes]
    assert drawn == [(0, False), (3, False), (4, True), (5, False)]
    assert drawn_count(annotations) == 3


def test_the_annotator_corrects_the_worst_box_first(clip):
    annotator = Annotator(clip)
    annotations = annotator.first_boxes()
    correction = annotator.worst_box(annotations)
    assert correction == Correction(PLACE, 0.0)  # the line is at 2, the object at 22
    corrected = annotator.with_box(annotations, correction.place)
    assert drawn_count(corrected) == 4
    assert interpolate(corrected, 6).boxes_xyxy[0, 2].tolist() == [22, 5, 32, 15]
    after = annotator.worst_box(corrected)  # now the line through frame 1 is at 11, the object at 1
    assert after == Correction(Place(TRACK, 1), 0.0)
    assert annotator.worst_box(annotator.with_box(corrected, after.place)).iou_before == 1


def test_the_annotator_corrects_the_mask_with_most_wrong_pixels(clip):
    labels = clip.masks.astype(np.uint16)
    labels[1, 5:15, 1:4] = 0  # 30 pixels missing
    labels[3, 15:20, 3:13] = TRACK  # 50 too many
    annotator = Annotator(clip)
    assert annotator.worst_mask(labels) == Correction(Place(TRACK, 3), pytest.approx(100 / 150))
    mask = annotator.true_mask(Place(TRACK, 3))
    assert (mask.frame_index, mask.track_ids) == (3, (TRACK,))
    assert np.array_equal(mask.labels(), clip.masks[3])


def test_overlap_of_boxes():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10], [np.nan] * 4])
    others = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [10, 0, 20, 10], [0, 0, 10, 10]])
    assert box_iou(boxes, others).tolist() == pytest.approx([1, 1 / 3, 0, 0])


def test_j_counts_tracks_and_the_frames_they_are_in():
    truth = np.zeros((2, 2, 4), np.uint8)
    truth[0, 0, :4], truth[0, 1, :2], truth[1, 0, :2] = 1, 2, 2
    labels = truth.copy()
    labels[0, 0, 2:] = 0
    labels[1, 1, :2] = 1  # where track 1 is not in truth, it counts only where it takes pixels of others
    assert j_of_tracks(labels[0], truth[0]) == {1: 0.5, 2: 1.0}
    assert j_of_frame(labels[0], truth[0]) == 0.75
    assert j_of_clip(labels, truth) == pytest.approx(2.5 / 3)
    assert math.isnan(j_of_frame(labels[0], np.zeros((2, 4))))


def test_the_figures_can_be_written(watched, clip):
    correction = Annotator(clip).worst_mask(np.zeros(clip.masks.shape, np.uint16))
    view_j = j_in_view(watched, 2, clip.masks)
    one = Round(1, 4, correction, j_of_clip(watched.labels(), clip.masks), watched.times, 11.0, view_j, machine_s=34.0)
    check = Check("edited mask", correction, 4, 0.6, 0.7, 0.8, watched.times, 5.0, (watched.times,))
    figures = Figures("square", "cpu", 2, (one,), (level([one], 0.9),), (check,))
    assert msgspec.json.decode(msgspec.json.encode(figures), type=Figures) == figures


@pytest.fixture
def watched(clip):
    """A job whose previews of frame 2 find half of the track, then all but a column of it; its last mask is right."""

    def masks(frame_index, columns):
        labels = clip.masks[frame_index].astype(np.uint16)
        labels[:, 22 + columns : 32] = 0
        return FrameProposals.of(frame_index, labels, np.array([TRACK]), np.ones(1, np.float32))

    def learning(step):
        return Progress(stage=Stage.TRAINING, fraction_done=step / 60, step=step)

    told = [
        (0.1, Queued()),
        (0.2, Started(attempt=1, device="cpu")),
        (0.6, Progress(stage=Stage.READING, fraction_done=0)),
        (1.0, Preview(step=0, masks=masks(2, 5))),
        (3.0, learning(1)),
        (5.0, Preview(step=30, masks=masks(2, 9))),
        (9.0, learning(60)),
        (10.0, Learned(steps=60, seconds=6, blob="ab")),
        (11.0, FrameDone(masks(2, 10))),
        *((12.0 + t, FrameDone(masks(t, 10))) for t in (0, 1, 3, 4, 5)),
    ]
    return Watched(tuple(Told(seconds, event) for seconds, event in told), load=0.5)


def test_the_times_of_a_job(watched):
    times = watched.times
    assert (times.started_s, times.first_preview_s, times.reading_s, times.training_s) == (0.2, 1.0, 3.0, 9.0)
    assert (times.learned_s, times.first_frame_s, times.all_frames_s, times.steps) == (10.0, 11.0, 17.0, 60)
    assert watched.blob == "ab"


def test_the_masks_of_a_job(watched, clip):
    assert np.array_equal(watched.labels(), clip.masks)
    assert j_in_view(watched, 2, clip.masks) == ((1.0, 0.5), (5.0, 0.9), (11.0, 1.0))


def test_a_correction_is_seen_once_the_masks_are_nearly_those_of_the_end(watched, clip):
    assert seconds_until_seen(watched, PLACE, clip.masks) == 11.0
    assert first_above([(1.0, 0.5), (5.0, 0.9)], 0.8) == 5.0
    assert first_above([(1.0, 0.5)], 0.8) == math.inf


def test_how_soon_j_passes_a_level(watched, clip):
    view_j = j_in_view(watched, 2, clip.masks)
    first = Round(0, 3, None, 0.55, watched.times, None, ((1.0, 0.3), (9.0, 0.65)), machine_s=17.0)
    second = Round(1, 4, Correction(PLACE, 0.0), 0.75, watched.times, 11.0, view_j, machine_s=34.0)
    passed = level([first, second], 0.7)
    assert passed.all_frames == Moment(4, 34.0, 34.0 + 4 * 7)
    assert passed.frame_in_view == Moment(4, 22.0, 22.0 + 4 * 7)
    assert level([first, second], 0.6).frame_in_view == Moment(3, 9.0, 9.0 + 3 * 7)
    assert level([first, second], 0.8).all_frames is None
    assert "never" in levels_table([level([first, second], 0.8)])
    words = " ".join(round_line(second).split())
    assert words == "1 4 track 4 frame 2 0.00 0.750 1.0 11.0 17.0 3.0 6.0 1.0 7.0 60 0.5 34.0 62"


@pytest.mark.parametrize(
    ("j", "seconds", "is_met"),
    [
        (0.76, 14.9, True),  # just
        (0.75, 10.0, False),  # too little of it
        (0.80, 15.0, False),  # too late
    ],
)
def test_the_aim_is_met_where_enough_of_the_final_j_is_there_soon(watched, j, seconds, is_met):
    fast, slow = (dataclasses.replace(watched.times, all_frames_s=s) for s in (seconds, 40.0))
    check = Check("round 1", Correction(PLACE, 0.2), 4, 0.6, j, 0.8, slow, 5.0, (fast, fast, slow))
    assert check.all_frames_s == seconds
    assert check.is_met is is_met
    assert check_line(check).endswith("met" if is_met else "missed")
