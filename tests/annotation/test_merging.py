import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mfvis_engine.annotation import MaskOrigin, MaskState
from mfvis_engine.annotation.merging import merge_masks, plan_frame

TRACK_IDS = [1, 2, 3, 65535]
LABELS = arrays(np.uint16, (3, 5), elements=st.sampled_from([0, *TRACK_IDS]))
STATES = st.dictionaries(st.sampled_from(TRACK_IDS), st.tuples(st.sampled_from(MaskOrigin), st.booleans()))


@given(LABELS, LABELS, STATES, st.sets(st.sampled_from([1, 2, 3])))
def test_merging_never_touches_a_protected_pixel(current, proposal, recorded, merged):
    states = {i: MaskState(i, 0, origin, verified=verified) for i, (origin, verified) in recorded.items()}
    plan = plan_frame(current, states, sorted(merged))
    result = merge_masks(current, proposal, plan)
    predicted = {track_id for track_id, state in states.items() if not state.protected}
    persons = (current > 0) & ~np.isin(current, list(predicted))
    np.testing.assert_array_equal(result[persons], current[persons])
    for track_id in set(TRACK_IDS) - predicted:  # a person's mask may not grow either
        if track_id in states or (current == track_id).any():
            np.testing.assert_array_equal(result == track_id, current == track_id)
    for track_id in plan.replaced_ids:  # the rest of the proposal arrives whole
        np.testing.assert_array_equal(result == track_id, (proposal == track_id) & ~persons)
    changed = result != current
    assert set(np.unique(result[changed]).tolist()) <= {0, *plan.replaced_ids}
