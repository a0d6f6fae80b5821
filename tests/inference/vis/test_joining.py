import pytest
import torch

from mfvis_engine.inference.vis.candidates import Candidates
from mfvis_engine.inference.vis.joining import TrackJoiner
from mfvis_engine.inference.vis.settings import JoinSettings

HERE, THERE, NOWHERE = [4.0, -4.0], [-4.0, 4.0], [-4.0, -4.0]
A, B, C = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]


def candidates(*some):
    """Each (embedding, class scores, mask of each frame as two pixels)."""
    embeddings, scores, masks = zip(*some, strict=True)
    return Candidates(torch.tensor(scores), torch.tensor(embeddings), torch.tensor(masks)[:, :, None])


def none(frames):
    return Candidates(torch.zeros(0, 2), torch.zeros(0, 3), torch.zeros(0, frames, 1, 2))


def test_a_frame_in_two_windows_has_the_mean_of_both():
    joiner = TrackJoiner(JoinSettings())
    joiner.join(range(3), candidates((A, [0.8, 0.1], [HERE, HERE, [6.0, -2.0]])))
    first = joiner.release(2)
    joiner.join(range(2, 5), candidates((A, [0.4, 0.3], [[2.0, -4.0], HERE, THERE])))
    second = joiner.release(5)
    assert [frame.frame_index for frame in first + second] == [0, 1, 2, 3, 4]
    assert all(frame.track_numbers == (1,) for frame in first + second)
    torch.testing.assert_close(second[0].mask_logits, torch.tensor([[[4.0, -3.0]]]))
    torch.testing.assert_close(second[2].mask_logits, torch.tensor([[THERE]]))
    (track,) = joiner.track_scores()
    assert track.class_scores.tolist() == pytest.approx([0.6, 0.2])


def test_three_windows_on_one_frame():
    joiner = TrackJoiner(JoinSettings())
    for start, level in ((0, 1.0), (1, 2.0), (2, 6.0)):
        joiner.join(range(start, start + 3), candidates((A, [0.8, 0.1], [[level, -4.0]] * 3)))
        frames = joiner.release(start + 1 if start < 2 else 5)
    assert [float(frame.mask_logits[0, 0, 0]) for frame in frames] == [3.0, 4.0, 6.0]


def test_masks_tell_objects_of_one_kind_apart():
    joiner = TrackJoiner(JoinSettings())
    joiner.join(range(2), candidates((A, [0.8, 0.1], [HERE, HERE]), (A, [0.8, 0.1], [THERE, THERE])))
    joiner.release(1)
    joiner.join(range(1, 3), candidates((A, [0.8, 0.1], [THERE, HERE]), (A, [0.8, 0.1], [HERE, THERE])))
    last = joiner.release(3)[-1]
    assert last.track_numbers == (1, 2)
    assert last.mask_logits[:, 0].tolist() == [THERE, HERE]


def test_two_that_are_in_different_places_of_one_frame_are_two():
    joiner = TrackJoiner(JoinSettings())
    joiner.join(range(2), candidates((A, [0.8, 0.1], [HERE, HERE])))
    joiner.release(1)
    joiner.join(range(1, 3), candidates((A, [0.8, 0.1], [THERE, THERE])))
    assert [frame.track_numbers for frame in joiner.release(3)] == [(1, 2), (2,)]


def test_a_stranger_begins_a_track_only_if_it_is_sure():
    joiner = TrackJoiner(JoinSettings(min_new_score=0.5))
    joiner.join(range(2), candidates((A, [0.8, 0.1], [HERE, HERE])))
    joiner.release(1)
    joiner.join(
        range(1, 3),
        candidates((A, [0.3, 0.1], [HERE, HERE]), (B, [0.1, 0.6], [THERE, THERE]), (C, [0.1, 0.4], [THERE, THERE])),
    )
    assert [frame.track_numbers for frame in joiner.release(3)] == [(1, 2), (1, 2)]


@pytest.mark.parametrize(("away", "number"), [(0, 1), (2, 1), (3, 2)])
def test_a_lost_track_is_looked_for_during_some_windows(away, number):
    joiner = TrackJoiner(JoinSettings(dormant_windows=2))
    joiner.join(range(3), candidates((A, [0.8, 0.1], [HERE, NOWHERE, NOWHERE])))
    joiner.release(2)
    start = 2
    for _ in range(away):
        joiner.join(range(start, start + 3), none(3))
        joiner.release(start + 2)
        start += 2
    joiner.join(range(start, start + 3), candidates((A, [0.8, 0.1], [NOWHERE, NOWHERE, THERE])))
    assert joiner.release(start + 3)[-1].track_numbers == (number,)
    assert [track.track_number for track in joiner.track_scores()] == list(range(1, number + 1))


def test_another_that_enters_is_not_taken_for_the_one_that_left():
    joiner = TrackJoiner(JoinSettings())
    joiner.join(range(3), candidates((A, [0.8, 0.1], [HERE, NOWHERE, NOWHERE])))
    joiner.release(2)
    joiner.join(range(2, 5), candidates(([0.6, 0.8, 0.0], [0.8, 0.1], [NOWHERE, NOWHERE, HERE])))
    assert joiner.release(5)[-1].track_numbers == (2,)


def test_windows_without_overlap_are_joined_by_embedding_and_class():
    joiner = TrackJoiner(JoinSettings())
    joiner.join(range(2), candidates((A, [0.8, 0.1], [HERE, HERE]), (B, [0.8, 0.1], [THERE, THERE])))
    joiner.release(2)
    joiner.join(range(2, 4), candidates((B, [0.8, 0.1], [HERE, HERE]), (A, [0.8, 0.1], [THERE, THERE])))
    last = joiner.release(4)[-1]
    assert last.track_numbers == (1, 2)
    assert last.mask_logits[:, 0].tolist() == [THERE, HERE]


def test_the_embedding_is_the_mean_of_all_windows():
    joiner = TrackJoiner(JoinSettings(min_similarity=0.5, min_dormant_similarity=0.9, class_weight=0.0))
    mean = [2**-0.5, 2**-0.5, 0.0]
    joiner.join(range(2), candidates((A, [0.8, 0.1], [HERE, HERE])))
    joiner.release(1)
    joiner.join(range(1, 3), candidates((B, [0.8, 0.1], [HERE, NOWHERE])))
    joiner.release(3)
    joiner.join(range(3, 5), candidates((B, [0.8, 0.1], [THERE, HERE]), (mean, [0.8, 0.1], [HERE, HERE])))
    assert joiner.release(5)[0].mask_logits[:, 0].tolist() == [HERE, THERE]


def test_nothing_found_anywhere():
    joiner = TrackJoiner(JoinSettings())
    joiner.join(range(2), none(2))
    frames = joiner.release(2)
    assert [frame.track_numbers for frame in frames] == [(), ()]
    assert joiner.track_scores() == []


def test_what_is_held_does_not_grow_with_the_video():
    """A new object in every window, and one that is always there."""
    joiner = TrackJoiner(JoinSettings(dormant_windows=3))
    held = []
    for start in range(0, 100, 2):
        stranger = torch.nn.functional.normalize(torch.randn(3, generator=torch.Generator().manual_seed(start)), dim=0)
        joiner.join(
            range(start, start + 3),
            candidates((A, [0.8, 0.1], [HERE] * 3), (stranger.tolist(), [0.1, 0.8], [NOWHERE, THERE, NOWHERE])),
        )
        joiner.release(start + 2)
        sums = [track.sums for track in joiner._tracks if track.sums]
        held.append((len(joiner._tracks), sum(one.total.untyped_storage().nbytes() for one in sums)))
    assert max(count for count, _ in held) <= 1 + 5
    assert max(size for _, size in held) <= 2 * 2 * 4  # of two tracks, one frame of two pixels of four bytes
    assert len(joiner.track_scores()) > 6
