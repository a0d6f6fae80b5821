import numpy as np
import pytest

from mfvis_engine.annotation import MaskOrigin, MaskState, UnknownTrackError, VerbRefusedError
from mfvis_engine.annotation.verbs import EditMask, Verify

from .conftest import HEIGHT, LENGTH, WIDTH


def columns(*spans: tuple[int, int, int]) -> np.ndarray:
    """(H, W) labels; each span (label, first, end) fills columns."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint16)
    for label, first, end in spans:
        mask[:, first:end] = label
    return mask


def make_run(project, frames, track_ids=(1, 7)):
    writer = project.create_run({}, track_ids)
    for frame_index, mask in frames.items():
        writer.write_frame(frame_index, mask, [0.5] * len(writer.track_ids))
    writer.finish()
    return writer.run_id


def test_a_first_merge_writes_everything_and_records_the_run(project):
    frames = {0: columns((1, 0, 3)), 2: columns((1, 0, 2), (7, 5, 8))}
    run_id = make_run(project, frames)
    report = project.merge_run(run_id)
    for frame_index, mask in frames.items():
        np.testing.assert_array_equal(project.read_masks(frame_index), mask)
    assert report.run_id == run_id
    assert report.written.tolist() == [[1, 0], [1, 2], [7, 2]]
    assert report.skipped.shape == (0, 2)
    assert report.log_id == project.log()[-1].log_id
    assert project.mask_states(2) == (
        MaskState(1, 2, MaskOrigin.PREDICTED, run_id),
        MaskState(7, 2, MaskOrigin.PREDICTED, run_id),
    )
    assert project.mask_states(1) == ()


def test_a_second_run_replaces_the_predictions_of_the_first(project):
    project.merge_run(make_run(project, {0: columns((1, 0, 4), (7, 6, 8))}))
    second = make_run(project, {0: columns((1, 3, 6))})
    project.merge_run(second)
    np.testing.assert_array_equal(project.read_masks(0), columns((1, 3, 6)))
    assert project.mask_states() == (MaskState(1, 0, MaskOrigin.PREDICTED, second),)  # nothing is left of 7


@pytest.mark.parametrize(
    "deed", [EditMask(0, 0, 0, columns((1, 0, 4))), Verify((1,), 0, 0)], ids=["edited", "verified"]
)
def test_what_a_person_did_is_kept_whole(project, deed):
    project.merge_run(make_run(project, {0: columns((1, 0, 3)), 1: columns((1, 0, 4))}))
    project.do(deed)
    kept = project.read_masks(0)
    state = project.mask_states(0, 1)
    report = project.merge_run(make_run(project, dict.fromkeys((0, 1), columns((1, 5, 8), (7, 2, 5)))))
    np.testing.assert_array_equal(project.read_masks(0) == 1, kept == 1)
    np.testing.assert_array_equal(project.read_masks(0) == 7, (kept == 0) & (columns((7, 2, 5)) == 7))
    np.testing.assert_array_equal(project.read_masks(1), columns((1, 5, 8), (7, 2, 5)))
    assert report.skipped.tolist() == [[1, 0]]
    assert report.written.tolist() == [[7, 0], [1, 1], [7, 1]]
    assert project.mask_states(0, 1) == state


def test_a_verified_absence_stays_empty(project):
    project.do(Verify((1,), 0, 0))
    project.merge_run(make_run(project, {0: columns((1, 0, 4))}))
    assert not project.read_masks(0).any()


def test_only_the_chosen_tracks_and_frames_are_merged(project):
    run_id = make_run(project, dict.fromkeys(range(LENGTH), columns((1, 0, 3), (7, 3, 6))))
    report = project.merge_run(run_id, track_ids=[7], frames=[3, 1])
    assert report.written.tolist() == [[7, 1], [7, 3]]
    np.testing.assert_array_equal(project.read_masks(1), columns((7, 3, 6)))
    assert not project.read_masks(0).any()


def test_a_track_that_was_deleted_meanwhile_does_not_come_back(project, annotations):
    run_id = make_run(project, {0: columns((1, 0, 3), (7, 3, 6))})
    project.replace_annotations(annotations.without_track(7))
    report = project.merge_run(run_id)
    np.testing.assert_array_equal(project.read_masks(0), columns((1, 0, 3)))
    assert report.unannotated_track_ids == (7,)
    assert report.written.tolist() == [[1, 0]]


def test_merging_twice_changes_nothing_more(project):
    run_id = make_run(project, {0: columns((1, 0, 3), (7, 3, 6))})
    project.merge_run(run_id)
    before = project.read_masks(0), project.mask_states()
    project.merge_run(run_id)
    np.testing.assert_array_equal(project.read_masks(0), before[0])
    assert project.mask_states() == before[1]


def test_an_interrupted_merge_can_be_repeated(project, monkeypatch):
    project.merge_run(make_run(project, {0: columns((1, 0, 3))}))
    second = make_run(project, {0: columns((1, 2, 6))})
    with monkeypatch.context() as patch:
        patch.setattr("mfvis_engine.annotation.merging.merge_masks", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            project.merge_run(second)
    np.testing.assert_array_equal(project.read_masks(0), columns((1, 0, 3)))
    project.merge_run(second)
    np.testing.assert_array_equal(project.read_masks(0), columns((1, 2, 6)))


def test_what_a_run_does_not_have_cannot_be_merged(project):
    run_id = make_run(project, {0: columns((1, 0, 3))}, track_ids=[1])
    with pytest.raises(UnknownTrackError, match=r"no proposals for the tracks \[7\]; its tracks are \[1\]"):
        project.merge_run(run_id, track_ids=[1, 7])
    with pytest.raises(VerbRefusedError, match="no proposals for frame 3"):
        project.merge_run(run_id, frames=[3])
    assert not project.read_masks(0).any()
