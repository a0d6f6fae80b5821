import numpy as np

from mfvis_engine.training.synthetic_videos import CLASS_NAMES, SyntheticVideoSettings, labelled_set, labelled_video
from mfvis_engine.training.vis.sampling import ClipSampler, ClipSettings


def test_videos_to_train_from(videos):
    boxed, masked = (labelled_video(videos[0], with_masks=with_masks) for with_masks in (False, True))
    assert boxed.size_hw == (128, 192)
    assert boxed.annotated.all()
    assert boxed.length == 12
    assert np.array_equal(boxed.read_frame(2), videos[0].frames_rgb[2])
    for t in range(12):
        assert boxed.read_masks(t) == {}
        found = masked.read_masks(t)
        assert sorted(found) == np.flatnonzero(videos[0].present[:, t]).tolist()
        assert all(np.array_equal(mask, videos[0].masks[row, t]) for row, mask in found.items())


def test_a_set_can_be_sampled():
    made = labelled_set(SyntheticVideoSettings(length=5), 0, 3, with_masks=True)
    assert made.class_names == CLASS_NAMES
    clip = ClipSampler(made, ClipSettings(frames=3, short_sides=(128,)), 0).clip(0)
    assert clip.frames_rgb.shape == (3, 3, 128, 192)
    assert clip.targets.present.any()
    assert bool((clip.targets.has_mask == clip.targets.present).all())
