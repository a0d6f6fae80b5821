"""The network itself, small and untrained, asked as a user's is."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from mfvis_engine.inference.vis import MaskSpool, VisInferenceSettings, predict_tracks, youtube_vis_results
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former.config import BackboneConfig, BackboneNorm, VideoMask2FormerConfig
from mfvis_engine.models.video_mask2former.model import VideoMask2Former
from tests.inference.vis.colour_finder import squares_video

pytest.importorskip("transformers")

CPU = Device(torch.device("cpu"), bfloat16=False)
VIDEO = squares_video([[(5 * t, 20) for t in range(7)]], height=50, width=90)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(5)
    backbone = BackboneConfig(
        depths=(1, 1, 1, 1), channels=(32, 32, 32, 32), stem_channels=32, bottleneck=False, norm=BackboneNorm.GROUP
    )
    config = VideoMask2FormerConfig(
        ("cat", "dog"),
        backbone,
        hidden_dim=32,
        mask_dim=32,
        head_count=2,
        encoder_layers=1,
        encoder_ffn_dim=32,
        decoder_layers=2,
        decoder_ffn_dim=32,
        query_count=12,
    )
    return VideoMask2Former(config).eval()


def test_the_released_settings_give_what_the_released_code_does(model):
    """All masks upsampled, then the ten best pairs of query and class: here it is the other way round."""
    settings = VisInferenceSettings.released()
    prediction = predict_tracks(model, VIDEO, settings, CPU)
    with MaskSpool() as spool:
        for frame in prediction:
            spool.append(frame)
        results = youtube_vis_results(spool, prediction.tracks, video_id=1, length=7, category_ids=(1, 2))
    with torch.inference_mode():
        frames = torch.from_numpy(VIDEO.frames(0, 7)).permute(0, 3, 1, 2).float()
        resized = functional.interpolate(frames, (360, 648), mode="bilinear", antialias=True).round()
        final = model(resized[None]).final
    masks = functional.interpolate(final.mask_logits[0], (384, 672), mode="bilinear")[..., :360, :648]
    masks = functional.interpolate(masks, (50, 90), mode="bilinear") > 0
    scores = final.class_logits[0].softmax(-1)[:, :-1].flatten()
    best = scores.argsort(descending=True)[:10]
    expected = {
        (round(float(scores[i]), 5), int(i % 2) + 1): masks[int(i) // 2] for i in best if masks[int(i) // 2].any()
    }
    answered = {(round(result.score, 5), result.category_id): result for result in results}
    assert set(expected) <= set(answered)
    assert expected
    for key, tube in expected.items():
        for code, mask in zip(answered[key].masks, tube.numpy(), strict=True):
            ours = np.zeros_like(mask) if code is None else code.decode()
            assert (ours != mask).mean() < 1e-3


def test_windows_of_a_video_that_is_the_same_throughout_are_one(model):
    """Nothing moves, so that every window says the same of each query, and each is one track from end to end."""
    still = squares_video([[(30, 20)] * 11], height=50, width=90)
    settings = VisInferenceSettings(
        short_side=None, window_frames=4, overlap_frames=2, suppress_mask_iou=None, min_candidate_score=0.0
    )
    prediction = predict_tracks(model, still, settings, CPU)
    frames = list(prediction)
    assert len(frames) == 11
    assert prediction.tracks
    assert all(track.frame_count == 11 for track in prediction.tracks)
    assert len({tuple(frame.track_numbers.tolist()) for frame in frames}) == 1
