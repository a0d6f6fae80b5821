import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfvis_engine.annotation import VERIFIED_BIT, MaskCode
from mfvis_engine.annotation.verbs import ClearMask, EditMask, SwapTracks, Verify
from mfvis_engine.review import Survey
from tests.review.masks import BOXES, HEIGHT, LENGTH, WIDTH, good_frames, make_project, propose


@pytest.fixture
def project(tmp_path):
    with make_project(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with make_project(tmp_path_factory.mktemp("shared")) as made:
        propose(made, good_frames())
        yield made


def column(survey, track_id, name):
    return survey.of_tracks([track_id])[0][name]


def test_a_project_without_masks(project):
    survey = Survey.of(project)
    assert survey.facts.shape == (0, LENGTH)
    assert survey.of_tracks([1, 4]).shape == (2, LENGTH)


def test_what_runs_and_people_did_is_known(project):
    scores = np.full((2, LENGTH), 0.9)
    scores[1, 3] = 0.35
    frames = good_frames()
    frames[5][frames[5] == 4] = 0
    propose(project, frames, scores)
    project.do(Verify((1,), 2, 2))
    survey = Survey.of(project)

    assert column(survey, 4, "score")[3] == pytest.approx(0.35)
    assert np.isnan(column(survey, 4, "score")[5])
    assert column(survey, 1, "code")[2] == MaskCode.PREDICTED + VERIFIED_BIT
    assert column(survey, 4, "code")[5] == MaskCode.NONE
    assert column(survey, 4, "segmented").all()


def test_a_track_that_comes_later_gets_a_row_between(project):
    survey = Survey.of(project)
    propose(project, good_frames())
    survey.update(project, range(LENGTH))
    assert survey.track_ids.tolist() == [1, 4]
    assert (column(survey, 4, "area_px") == 400).all()
    assert (survey.of_tracks([9])["area_px"] == 0).all()


def test_the_frame_after_a_change_is_looked_at_too(project):
    propose(project, good_frames())
    survey = Survey.of(project)
    assert list(survey.steps(project, [2])) == [2, 3]
    assert list(survey.steps(project, [LENGTH - 1])) == [LENGTH - 1]


def test_a_damaged_frame_counts_as_empty(project):
    propose(project, good_frames())
    file = project.path / "masks" / "c" / "3" / "0" / "0"
    file.write_bytes(file.read_bytes()[:-3])
    survey = Survey.of(project)
    assert column(survey, 1, "area_px").tolist() == [400] * 3 + [0] + [400] * 4


frames_drawn = st.integers(0, LENGTH - 1)
sides = st.tuples(st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1), st.integers(1, 12), st.integers(1, 12))
edits = st.builds(
    lambda frame_index, side, track_id: EditMask(
        frame_index,
        side[0],
        side[1],
        np.full((min(side[2], HEIGHT - side[0]), min(side[3], WIDTH - side[1])), track_id, np.uint16),
    ),
    frames_drawn,
    sides,
    st.sampled_from([0, 1, 4]),
)
others = st.one_of(
    st.builds(lambda frame_index: Verify((1,), frame_index, LENGTH - 1), frames_drawn),
    st.builds(lambda frame_index: ClearMask((4,), frame_index, frame_index), frames_drawn),
    st.builds(lambda frame_index: SwapTracks(1, 4, frame_index), frames_drawn),
)


@settings(max_examples=15)
@given(st.lists(st.one_of(edits, others), min_size=1, max_size=5))
def test_looking_at_what_changed_is_as_good_as_looking_at_all(shared, verbs):
    shared.replace_annotations(BOXES)
    kept = Survey.of(shared)
    for verb in verbs:
        kept.update(shared, shared.do(verb).frames)
    anew = Survey.of(shared)
    assert kept.track_ids.tolist() == anew.track_ids.tolist()
    assert kept.facts.tobytes() == anew.facts.tobytes()
