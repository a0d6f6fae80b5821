import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mfvis_engine.annotation import UnknownTrackError
from mfvis_engine.project import MaskOrigin, MaskState, RunFrameError
from mfvis_engine.project.merge import merge_masks, plan_frame

from .conftest import HEIGHT, LENGTH, WIDTH

LABELS = arrays(np.uint16, (3, 5), elements=st.sampled_from([0, 1, 2, 3, 65535]))
ORIGINS = st.dictionaries(st.sampled_from([1, 2, 3, 65535]), st.sampled_from(MaskOrigin))


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


@settings(deadline=None)
@given(LABELS, LABELS, ORIGINS, st.sets(st.sampled_from([1, 2, 3])))
def test_merging_never_touches_a_protected_pixel(current, proposal, origins, merged):
    states = [MaskState(track_id, 0, origin) for track_id, origin in origins.items()]
    plan = plan_frame(current, states, sorted(merged))
    result = merge_masks(current, proposal, plan)
    predicted = {track_id for track_id, origin in origins.items() if origin is MaskOrigin.PREDICTED}
    persons = (current > 0) & ~np.isin(current, list(predicted))
    np.testing.assert_array_equal(result[persons], current[persons])
    for track_id in {1, 2, 3, 65535} - predicted:  # a person's mask may not grow either
        if track_id in origins or (current == track_id).any():
            np.testing.assert_array_equal(result == track_id, current == track_id)
    for track_id in plan.replaced_ids:  # the rest of the proposal arrives whole
        np.testing.assert_array_equal(result == track_id, (proposal == track_id) & ~persons)
    changed = result != current
    assert set(np.unique(result[changed]).tolist()) <= {0, *plan.replaced_ids}


def test_a_first_merge_writes_everything_and_records_the_run(project):
    frames = {0: columns((1, 0, 3)), 2: columns((1, 0, 2), (7, 5, 8))}
    run_id = make_run(project, frames)
    report = project.merge_run(run_id)
    for frame_index, mask in frames.items():
        np.testing.assert_array_equal(project.read_masks(frame_index), mask)
    assert report.run_id == run_id
    assert report.written.tolist() == [[1, 0], [7, 0], [1, 2], [7, 2]]
    assert report.skipped.shape == (0, 2)
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
    assert {state.run_id for state in project.mask_states(0)} == {second}


@pytest.mark.parametrize("origin", [MaskOrigin.EDITED, MaskOrigin.VERIFIED])
def test_what_a_person_did_is_kept_whole(project, origin):
    project.merge_run(make_run(project, {0: columns((1, 0, 4)), 1: columns((1, 0, 4))}))
    project.record_mask_states([MaskState(1, 0, origin)])
    report = project.merge_run(make_run(project, dict.fromkeys((0, 1), columns((1, 5, 8), (7, 2, 5)))))
    np.testing.assert_array_equal(project.read_masks(0), columns((1, 0, 4), (7, 4, 5)))
    np.testing.assert_array_equal(project.read_masks(1), columns((1, 5, 8), (7, 2, 5)))
    assert report.skipped.tolist() == [[1, 0]]
    assert report.written.tolist() == [[7, 0], [1, 1], [7, 1]]
    assert project.mask_states(0)[0] == MaskState(1, 0, origin)


def test_a_verified_absence_stays_empty(project):
    project.record_mask_states([MaskState(1, 0, MaskOrigin.VERIFIED)])
    project.merge_run(make_run(project, {0: columns((1, 0, 4))}))
    assert not project.read_masks(0).any()


def test_pixels_nothing_is_recorded_of_are_a_persons(project):
    project.masks[0] = columns((1, 0, 2), (900, 2, 4))
    report = project.merge_run(make_run(project, {0: columns((1, 4, 8), (7, 1, 6))}))
    np.testing.assert_array_equal(project.read_masks(0), columns((1, 0, 2), (900, 2, 4), (7, 4, 6)))
    assert report.skipped.tolist() == [[1, 0]]


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
        patch.setattr("mfvis_engine.project.merge.merge_masks", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            project.merge_run(second)
    np.testing.assert_array_equal(project.read_masks(0), columns((1, 0, 3)))
    project.merge_run(second)
    np.testing.assert_array_equal(project.read_masks(0), columns((1, 2, 6)))


def test_what_a_run_does_not_have_cannot_be_merged(project):
    run_id = make_run(project, {0: columns((1, 0, 3))}, track_ids=[1])
    with pytest.raises(UnknownTrackError, match=r"no proposals for the tracks \[7\]; its tracks are \[1\]"):
        project.merge_run(run_id, track_ids=[1, 7])
    with pytest.raises(RunFrameError, match="no proposals for frame 3"):
        project.merge_run(run_id, frames=[3])
    assert not project.read_masks(0).any()
