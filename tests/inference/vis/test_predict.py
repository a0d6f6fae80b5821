import numpy as np
import pytest
import torch

from mfvis_engine.inference.vis import VisInferenceSettings, predict_tracks
from mfvis_engine.inference.vis.frame_grid import LogitGridError
from mfvis_engine.inference.vis.predict import TracksNotKnownError
from mfvis_engine.inference.vis.settings import JoinSettings
from mfvis_engine.models.device import Device
from mfvis_engine.training.steering import Steering
from tests.inference.vis.colour_finder import SIDE, ColourFinder, squares_video

CPU = Device(torch.device("cpu"), bfloat16=False)
SETTINGS = VisInferenceSettings(short_side=None, window_frames=6, overlap_frames=2)
LENGTH = 28

# Red and yellow, of one class, cross; green is away for longer than a window; blue enters in the third one.
CROSSING = [(4 + 2 * t, 8) for t in range(LENGTH)]
AWAY = [(8, 40) if t < 5 or t >= 17 else None for t in range(LENGTH)]
ENTERING = [None if t < 11 else (40, 40) for t in range(LENGTH)]
CROSSED = [(64 - 2 * t, 16) for t in range(LENGTH)]
PATHS = [CROSSING, AWAY, ENTERING, CROSSED]


def square_boxes(frame_index):
    """Where each colour is, for those not hidden by yellow: by colour."""
    return {
        colour: [x, y, x + SIDE, y + SIDE]
        for colour, path in enumerate(PATHS)
        for x, y in [path[frame_index] or (None, None)]
        if x is not None
    }


@pytest.fixture(scope="module")
def crossing():
    prediction = predict_tracks(ColourFinder(), squares_video(PATHS), SETTINGS, CPU)
    return list(prediction), prediction.tracks


def test_every_frame_comes_once_in_order(crossing):
    frames, _ = crossing
    assert [frame.frame_index for frame in frames] == list(range(LENGTH))
    assert all(frame.masks.shape[1:] == (64, 96) and frame.masks.dtype == np.bool_ for frame in frames)
    assert all(frame.track_numbers.dtype == np.int64 for frame in frames)


def test_identities_survive(crossing):
    """Each track is one colour in all frames, also the one that was away."""
    frames, tracks = crossing
    colour_of = {}
    for frame in frames:
        boxes = square_boxes(frame.frame_index)
        assert len(frame.track_numbers) == len(boxes)
        for number, box in zip(frame.track_numbers.tolist(), frame.boxes_xyxy, strict=True):
            colour = min(boxes, key=lambda one: np.abs(np.subtract(boxes[one], box)).sum())
            assert colour_of.setdefault(number, colour) == colour, f"in frame {frame.frame_index}"
    assert sorted(colour_of.values()) == [0, 1, 2, 3]
    assert [track.track_number for track in tracks] == [1, 2, 3, 4]


def test_the_tracks_say_what_and_when(crossing):
    _, tracks = crossing
    by_first = {track.first_frame: track for track in tracks if track.first_frame}
    assert list(by_first) == [11]
    assert by_first[11].class_index == 1
    assert by_first[11].frame_count == LENGTH - 11
    away = next(track for track in tracks if track.frame_count == LENGTH - 12)
    assert (away.first_frame, away.last_frame, away.class_index) == (0, LENGTH - 1, 1)
    assert sorted(track.class_index for track in tracks) == [0, 0, 1, 1]
    for track in tracks:
        assert track.score == pytest.approx(0.9, abs=1e-5)
        assert track.class_scores.tolist() == pytest.approx([0.05, 0.9] if track.class_index else [0.9, 0.05], abs=1e-5)


def test_masks_lie_on_the_objects(crossing):
    frames, tracks = crossing
    entered = next(track.track_number for track in tracks if track.first_frame == 11)
    for frame in frames[11:]:
        row = frame.track_numbers.tolist().index(entered)
        assert frame.boxes_xyxy[row].tolist() == [40, 40, 40 + SIDE, 40 + SIDE]
        assert frame.masks[row].sum() >= SIDE**2 - 4 * 4
        assert 0.8 < frame.scores[row] < 1


def test_without_memory_of_lost_tracks_a_return_is_a_new_track():
    forgetful = VisInferenceSettings(
        short_side=None, window_frames=6, overlap_frames=2, join=JoinSettings(dormant_windows=0)
    )
    prediction = predict_tracks(ColourFinder(), squares_video(PATHS), forgetful, CPU)
    assert len(list(prediction)) == LENGTH
    assert [track.track_number for track in prediction.tracks] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("window", [None, 100])
def test_the_whole_video_at_once(window):
    model = ColourFinder()
    settings = VisInferenceSettings(short_side=None, window_frames=window)
    prediction = predict_tracks(model, squares_video(PATHS), settings, CPU)
    assert len(list(prediction)) == LENGTH
    assert model.clip_lengths == [LENGTH]
    assert len(prediction.tracks) == 4


@pytest.mark.parametrize("settings", [SETTINGS, VisInferenceSettings.released()])
def test_one_object_found_by_two_queries(settings):
    video = squares_video([[(20, 20)] * 10])
    prediction = predict_tracks(ColourFinder(repeats=2), video, settings, CPU)
    seen = {number for frame in prediction for number in frame.track_numbers.tolist()}
    assert len(seen) == (1 if settings is SETTINGS else 2)


@pytest.mark.parametrize("short_side", [None, 32, 100])
def test_masks_are_of_the_videos_size(short_side):
    settings = VisInferenceSettings(short_side=short_side, window_frames=4, overlap_frames=1)
    video = squares_video([[(20, 24)] * 5], height=70, width=90)
    for frame in predict_tracks(ColourFinder(), video, settings, CPU):
        assert frame.masks.shape == (1, 70, 90)
        np.testing.assert_allclose(frame.boxes_xyxy, [[20, 24, 36, 40]], atol=4.5)  # half a logit at 32


def test_an_empty_video_of_nothing_to_see():
    prediction = predict_tracks(ColourFinder(), squares_video([[None] * 9]), SETTINGS, CPU)
    assert [frame.masks.shape for frame in prediction] == [(0, 64, 96)] * 9
    assert prediction.tracks == ()


def test_tracks_are_not_known_before_the_last_frame():
    prediction = predict_tracks(ColourFinder(), squares_video(PATHS), SETTINGS, CPU)
    next(prediction)
    with pytest.raises(TracksNotKnownError, match="after its last frame"):
        prediction.tracks  # noqa: B018


def test_a_model_on_another_grid():
    class Other(ColourFinder):
        def encode(self, frames_rgb, /):
            return super().encode(frames_rgb[..., :32, :32])

    with pytest.raises(LogitGridError):
        next(predict_tracks(Other(), squares_video(PATHS), SETTINGS, CPU))


def test_it_reports_and_heeds():
    class EndedError(Exception):
        pass

    heeded, reported = [], []

    def heed():
        heeded.append(len(reported))
        if len(reported) == 3:
            raise EndedError

    prediction = predict_tracks(
        ColourFinder(),
        squares_video(PATHS),
        SETTINGS,
        CPU,
        steering=Steering(heed=heed),
        on_progress=lambda done, length: reported.append((done, length)),
    )
    with pytest.raises(EndedError):
        list(prediction)
    assert reported == [(6, LENGTH), (10, LENGTH), (14, LENGTH)]
    assert heeded == [0, 0, *[1] * 5, *[2] * 5, 3]


def test_whoever_takes_frames_is_not_in_inference_mode():
    prediction = predict_tracks(ColourFinder(), squares_video(PATHS), SETTINGS, CPU)
    assert [torch.is_inference_mode_enabled() for _ in prediction] == [False] * LENGTH
