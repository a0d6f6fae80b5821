import dataclasses

import numpy as np
import pytest

from mfvis_engine.inference.refined import refined_once
from tests.training.scenes import disc_boxes


class Refiner:
    """Moves all boxes by half a pixel, and counts how often."""

    def __init__(self, given):
        self.given, self.calls = given, 0

    def __call__(self):
        self.calls += 1
        return dataclasses.replace(self.given, boxes_xyxy=self.given.boxes_xyxy + np.float32(0.5))


@pytest.fixture
def refiner():
    return Refiner(disc_boxes(every=3))


def test_boxes_are_refined_once_and_come_back_exactly(refiner, tmp_path):
    first, second = (refined_once(tmp_path / "new", refiner.given, refiner) for _ in range(2))
    assert refiner.calls == 1
    assert np.array_equal(first.boxes_xyxy, second.boxes_xyxy, equal_nan=True)
    assert np.array_equal(second.origin, refiner.given.origin)


def test_other_boxes_are_refined_anew(refiner, tmp_path):
    refined_once(tmp_path, refiner.given, refiner)
    refined_once(tmp_path, disc_boxes(every=2), refiner)
    assert refiner.calls == 2


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: b"", lambda data: b"x" * len(data)])
def test_what_cannot_be_read_is_made_anew(refiner, tmp_path, damage):
    refined_once(tmp_path, refiner.given, refiner)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert refined_once(tmp_path, refiner.given, refiner).boxes_xyxy.shape == refiner.given.boxes_xyxy.shape
    assert refiner.calls == 2
    refined_once(tmp_path, refiner.given, refiner)
    assert refiner.calls == 2


def test_without_a_folder_nothing_is_kept(refiner):
    refined_once(None, refiner.given, refiner)
    refined_once(None, refiner.given, refiner)
    assert refiner.calls == 2
