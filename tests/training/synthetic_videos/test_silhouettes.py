import numpy as np
import pytest

from mfvis_engine.training.synthetic_videos.silhouettes import CLASS_NAMES, coverage, random_outline


def test_coverage_of_a_rectangle_by_hand():
    rectangle = np.array([[1.0, 1.0], [3.5, 1.0], [3.5, 2.25], [1.0, 2.25]])
    covered = coverage(rectangle, 4, 5)
    expected = np.zeros((4, 5), np.float32)
    expected[1, 1:4] = 1, 1, 0.5
    expected[2, 1:4] = 0.25, 0.25, 0.125
    assert np.abs(covered - expected).max() <= 0.26  # a sample wide
    assert np.array_equal(covered >= 0.75, expected >= 0.75)


def test_what_lies_outside_the_picture_covers_nothing():
    outline = np.array([[-20.0, -20.0], [-5.0, -20.0], [-5.0, -5.0]])
    assert not coverage(outline, 8, 8).any()


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("disc", 0.74, 0.82),
        ("triangle", 0.42, 0.55),
        ("star", 0.25, 0.42),
        ("cross", 0.33, 0.55),
        ("crescent", 0.25, 0.5),
    ],
)
def test_classes_fill_their_boxes_differently(name, low, high):
    rng = np.random.default_rng(0)
    for _ in range(20):
        outline = random_outline(CLASS_NAMES.index(name), rng)
        assert np.hypot(*outline.T).max() <= 1.001
        pixels = (outline - outline.min(0)) * 40
        width, height = np.ceil(pixels.max(0)).astype(int)
        assert low < coverage(pixels, height, width).sum() / np.prod(pixels.max(0)) < high


def test_every_class_is_tested():
    assert CLASS_NAMES == ("disc", "triangle", "star", "cross", "crescent")
