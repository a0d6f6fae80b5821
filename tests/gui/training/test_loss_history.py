import numpy as np

from mfvis_napari.training.loss_history import MOST_POINTS, LossHistory


def test_many_points_become_fewer_and_stay_in_order():
    history = LossHistory(("a", "b"))
    for step in range(1, 5001):
        history.add(step, (1.0, step / 5000))
    assert len(history) <= MOST_POINTS
    assert (np.diff(history.steps) > 0).all()
    assert history.steps[-1] == 5000
    assert np.allclose(history.parts[:, 0], 1.0)
    assert np.allclose(history.parts[:, 1], history.steps / 5000)


def test_training_that_goes_on_from_an_earlier_step_replaces_what_came_after_it():
    history = LossHistory(("a",))
    for step in (10, 20, 30, 40):
        history.add(step, (1.0,))
    history.add(25, (2.0,))
    assert history.steps.tolist() == [10, 20, 25]
    assert history.total.tolist() == [1.0, 1.0, 2.0]


def test_a_loss_that_is_no_number_can_be_drawn():
    history = LossHistory(("a",))
    history.add(1, (float("nan"),))
    history.add(2, (float("inf"),))
    assert np.isfinite(history.total).all()


def test_smooth_begins_at_the_first_value_and_follows():
    values = np.array([1.0] + [0.0] * 60)
    smoothed = LossHistory.smooth(values)
    assert smoothed[0] == 1.0
    assert 0 < smoothed[-1] < 0.01
