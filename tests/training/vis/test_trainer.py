import dataclasses
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from mfvis_engine.errors import MfvisError
from mfvis_engine.models.weights_file import CheckpointError
from mfvis_engine.training.steering import Steering
from mfvis_engine.training.vis.labelled_video import LabelledSet
from mfvis_engine.training.vis.progress import PARTS
from mfvis_engine.training.vis.settings import VisSettingsError
from mfvis_engine.training.vis.trainer import TERMS
from tests.models.video_mask2former.shapes import SMALL
from tests.training.vis.learning import (
    SETTINGS,
    assert_equal,
    changed,
    largest_difference,
    model,
    share_apart,
    trainer,
    video,
    videos,
    weights,
)

ROOT = Path(__file__).parents[3]


class StopError(Exception):
    """Whoever steers has had enough."""


def stopping_after(steps):
    """Lets so many steps be done, and raises before the next."""
    left = [None] * steps

    def heed():
        if not left:
            raise StopError
        left.pop()

    return Steering(heed=heed)


def moments(learner):
    """The optimizer's state by the order of its parameters, and its groups without the parameters."""
    state = learner._optimizer.state_dict()
    return {f"{index} {key}": value for index, own in state["state"].items() for key, value in own.items()}


def assert_same_training(one, other):
    assert one.step == other.step
    assert_equal(weights(one._net), weights(other._net))
    assert_equal(weights(one.result), weights(other.result))
    assert_equal(moments(one), moments(other))


def run(settings=SETTINGS, **options):
    learner, told = trainer(settings, **options), []
    learner.run(told.append)
    return learner, told


@pytest.fixture(scope="module")
def whole():
    """Six steps at once, and what was told of them."""
    return run()


def test_each_step_is_told(whole):
    learner, told = whole
    assert learner.step == 6
    assert [progress.step for progress in told] == [1, 2, 3, 4, 5, 6]
    for progress in told:
        assert progress.steps == 6
        assert tuple(name for name, _ in progress.terms) == TERMS
        assert progress.total == pytest.approx(sum(value for _, value in progress.terms))
        assert tuple(name for name, _ in progress.seconds) == PARTS
        assert all(seconds > 0 for _, seconds in progress.seconds)
        assert progress.surplus_count == 0
    assert [progress.rate for progress in told] == pytest.approx([5e-4, 1e-3, 1e-3, 1e-3, 1e-4, 1e-4])
    elapsed = [progress.elapsed_seconds for progress in told]
    assert elapsed == sorted(elapsed)
    assert learner.seconds == elapsed[-1]
    known = ("classes", "projection", "pairwise", "temporal", "absence")
    assert all(any(dict(one.terms)[name] > 0 for one in told) for name in known)
    assert dict(told[0].terms)["temporal"] == 0  # which warms up from 0


def test_every_weight_learns(whole):
    before, after = weights(model()), weights(whole[0]._net)
    names = [name for name, _ in model().named_parameters()]
    assert [name for name in names if torch.equal(before[name], after[name])] == []


def test_the_loss_falls():
    _, told = run(changed(steps=30))
    totals = [progress.total for progress in told]
    assert np.mean(totals[-5:]) < 0.75 * np.mean(totals[:5])


def test_the_start_is_left_as_it_is():
    start = model()
    run(changed(steps=1), start=start)
    assert_equal(weights(start), weights(model()))


def test_the_average_is_kept_or_the_last_weights(whole):
    learner, _ = whole
    assert largest_difference(weights(learner.result), weights(learner._net)) > 0
    assert not learner.result.training
    last, _ = run(changed(average_decay=None))
    assert_equal(weights(last.result), weights(learner._net))


def test_another_seed_is_another_training(whole):
    _, told = run(changed(seed=4, steps=1))
    assert told[0].total != whole[1][0].total


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("average_decay", [0.9, None])
def test_a_stopped_training_goes_on_as_if_it_had_not_been(tmp_path, passes, average_decay):
    settings = changed(passes_per_step=passes, average_decay=average_decay)
    whole, told = run(settings)
    first, before = trainer(settings, snapshot_folder=tmp_path, steering=stopping_after(3)), []
    with pytest.raises(StopError):
        first.run(before.append)
    second = trainer(settings, start=model(), snapshot_folder=tmp_path)
    assert (second.step, second.seconds) == (3, pytest.approx(first.seconds))
    after = []
    second.run(after.append)
    assert_same_training(second, whole)
    assert [one.total for one in before + after] == [one.total for one in told]
    assert second.seconds > first.seconds
    again = trainer(settings, snapshot_folder=tmp_path)
    assert again.step == 6
    again.run(after.append)
    assert len(after) == 3
    assert_same_training(again, whole)


def test_passes_change_no_more_than_rounding(whole):
    """Adam makes whole steps of gradients that are all but 0: few weights may be steps apart, the others must not."""
    gradient = torch.cat([p.grad.flatten() for p in run(changed(steps=1))[0]._net.parameters()])
    for passes in (2, 4):
        split, _ = run(changed(steps=1, passes_per_step=passes))
        got = torch.cat([p.grad.flatten() for p in split._net.parameters()])
        assert torch.allclose(got, gradient, atol=1e-4 * float(gradient.abs().max()), rtol=0.01)
        split, told = run(changed(passes_per_step=passes))
        assert [one.total for one in told] == pytest.approx([one.total for one in whole[1]], rel=1e-4)
        assert share_apart(split._net, whole[0]._net) < 0.01


@pytest.mark.parametrize(
    "other",
    [
        {"settings": changed(seed=4)},
        {"settings": changed(average_decay=None)},
        {"labelled": LabelledSet(SMALL.class_names, (video(0), video(5)))},
        {"labelled": LabelledSet(SMALL.class_names, (video(0),))},
    ],
    ids=["seed", "average", "boxes", "videos"],
)
def test_a_snapshot_of_another_training_is_refused(tmp_path, other):
    run(changed(steps=1), snapshot_folder=tmp_path)
    trainer(changed(steps=1), snapshot_folder=tmp_path)
    settings = dataclasses.replace(other.get("settings", SETTINGS), steps=1)
    with pytest.raises(CheckpointError, match="belongs to other boxes, masks or settings"):
        trainer(settings, labelled=other.get("labelled"), snapshot_folder=tmp_path)


def test_a_killed_training_goes_on_from_where_it_was_saved(tmp_path, whole):
    command = [sys.executable, "-m", "tests.training.vis.killed_training", str(tmp_path)]
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}  # each number of them rounds otherwise
    options = {"cwd": ROOT, "env": os.environ | threads, "stdout": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(command, **options) as process:
        assert process.stdout.readline() == "here, step 5\n"
        process.kill()
    settings = changed(save_every_steps=2)
    resumed = trainer(settings, snapshot_folder=tmp_path)
    assert resumed.step == 4
    resumed.run()
    assert_same_training(resumed, whole[0])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000006.training.safetensors", "training.json"]


def test_nothing_is_saved_before_the_first_step(tmp_path):
    with pytest.raises(StopError):
        trainer(snapshot_folder=tmp_path, steering=stopping_after(0)).run()
    assert list(tmp_path.iterdir()) == []


def test_clips_without_objects_are_learned_from():
    labelled = LabelledSet(SMALL.class_names, (video(2, empty=True),))
    learner, told = run(changed(steps=2), labelled=labelled)
    assert [name for name, value in told[1].terms if value] == ["classes"]
    assert all(bool(torch.isfinite(value).all()) for value in weights(learner.result).values())


def test_objects_without_a_query_are_counted():
    crowded = LabelledSet(SMALL.class_names, (video(0, objects=7),))
    settings = changed(steps=1, clips=dataclasses.replace(SETTINGS.clips, flip_probability=0))
    for passes in (1, 2):
        _, told = run(changed(settings, passes_per_step=passes), labelled=crowded)
        assert 4 <= told[0].surplus_count <= 8  # of 6 or 7 objects in each of 4 clips, for 5 queries


def test_uneven_shares_are_refused():
    with pytest.raises(VisSettingsError, match="4 clips a step"):
        trainer(changed(passes_per_step=3))


def test_a_training_that_diverges_says_so_and_leaves_nothing_running():
    wild = changed(optimizer=dataclasses.replace(SETTINGS.optimizer, learning_rate=1e30, warmup_steps=0))
    with pytest.raises(MfvisError, match=r"diverged\. Train again with a lower learning rate"):
        run(wild)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("clips")]


def test_a_frame_that_cannot_be_read_ends_training_and_leaves_nothing_running(tmp_path):
    def read_frame(index):
        raise MfvisError(f"Frame {index} cannot be read.")

    broken = LabelledSet(SMALL.class_names, (dataclasses.replace(video(0), read_frame=read_frame),))
    with pytest.raises(MfvisError, match="cannot be read"):
        run(labelled=broken, snapshot_folder=tmp_path)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("clips")]


def test_batches_are_prepared_for_the_steps_that_come_and_no_others():
    read = []
    shown = videos().videos[0]
    counted = dataclasses.replace(shown, read_frame=lambda t: read.append(t) or shown.read_frame(t))
    run(changed(steps=2), labelled=LabelledSet(SMALL.class_names, (counted,)))
    assert len(read) == 2 * 4 * 2  # steps, clips, frames
