import msgspec
import numpy as np
import pytest
from hypothesis import given, settings

from mfvis_engine.formats.errors import RleError
from mfvis_engine.formats.rle import Rle
from mfvis_engine.jobs.proposals import FrameProposals
from tests.jobs.strategies import label_frames


@given(label_frames())
@settings(max_examples=100)
def test_labels_come_back_from_their_codes(frame):
    labels, track_ids, scores = frame
    masks = FrameProposals.of(3, labels, track_ids, scores)
    there = msgspec.msgpack.decode(msgspec.msgpack.encode(masks), type=FrameProposals)
    assert there == masks
    assert np.array_equal(there.labels(), labels)
    assert there.labels().dtype == np.uint16
    assert (there.track_ids, there.scores) == (tuple(track_ids.tolist()), tuple(scores.tolist()))


def test_known_codes():
    labels = np.asarray([[0, 9], [9, 9], [4, 0]], np.uint16)
    masks = FrameProposals.of(0, labels, np.asarray([4, 9]), np.asarray([0.5, 0.25], np.float32))
    runs = [Rle.from_compressed(3, 2, code).runs().tolist() for code in masks.codes]
    assert runs == [[2, 1, 3], [1, 1, 1, 2, 1]]


@pytest.mark.parametrize("code", [b"", b"~", b"1111"])
def test_a_damaged_code_is_named(code):
    with pytest.raises(RleError):
        FrameProposals(frame_index=0, height=3, width=2, track_ids=(1,), codes=(code,), scores=(1.0,)).labels()
