import pytest

from mfvis_engine.inference.vis.settings import JoinSettings, VisInferenceSettings, VisSettingsError


@pytest.mark.parametrize(
    "wrong",
    [{"short_side": 0}, {"overlap_frames": 30}, {"overlap_frames": -1}, {"candidate_count": 0}, {"frames_at_once": 0}],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(VisSettingsError, match="must"):
        VisInferenceSettings(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"mask_weight": -1.0}, {"embedding_weight": 0.0, "class_weight": 0.0}, {"dormant_windows": -1}]
)
def test_joining_that_cannot_be_is_refused(wrong):
    with pytest.raises(VisSettingsError, match="must"):
        JoinSettings(**wrong)


def test_the_released_settings_hold_nothing_back():
    settings = VisInferenceSettings.released()
    assert settings.window_frames is None
    assert settings.suppress_mask_iou is None
    assert (settings.candidate_count, settings.min_candidate_score, settings.join.min_new_score) == (10, 0.0, 0.0)
