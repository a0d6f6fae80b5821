import numpy as np
import pytest

from mfvis_engine.annotation import Keyframe, WorkKind
from mfvis_engine.annotation.verbs import EditMask, NewTrack, RenameCategory, SetBox, Verify
from mfvis_napari.session.work_record import WorkRecord

BOX = (1, 2, 3, 4)


@pytest.fixture
def record():
    kept = []
    clock = [0.0]
    made = WorkRecord(kept.append, lambda: clock[0])
    made.kept, made.clock = kept, clock
    return made


def after(record, *pauses_s):
    for pause_s in pauses_s:
        record.touch()
        record.clock[0] += pause_s


@pytest.mark.parametrize(
    ("verb", "piece"),
    [
        (SetBox(3, 5, BOX), (WorkKind.BOX, 3, 5)),
        (NewTrack(4, "cell", (Keyframe(2, BOX),)), (WorkKind.BOX, 4, 2)),
        (EditMask(6, 0, 0, np.array([[0, 7]], np.uint16)), (WorkKind.MASK, 7, 6)),
        (Verify((1, 2), 3, 9), (WorkKind.REVIEW, 1, 3)),
    ],
)
def test_the_time_since_the_last_change_is_the_work_on_what_changed(record, verb, piece):
    after(record, 2, 3)
    record.close_piece(verb)
    (work,) = record.kept
    assert (work.kind, work.track_id, work.frame_index) == piece
    assert work.active_seconds == pytest.approx(5)


def test_what_is_no_work_on_a_track_in_a_frame_is_not_kept(record):
    for verb in (RenameCategory(1, "cell"), NewTrack(4, "cell"), EditMask(6, 0, 0, np.zeros((1, 1), np.uint16))):
        after(record, 2)
        record.close_piece(verb)
    assert record.kept == []


def test_time_counts_once_and_a_long_pause_does_not(record):
    after(record, 2, 4000)
    record.close_piece(Verify((1,), 0, 0))
    after(record, 1)
    record.close_piece(Verify((1,), 1, 1))
    assert record.kept[0].active_seconds < 100
    assert record.kept[1].active_seconds == pytest.approx(1)
