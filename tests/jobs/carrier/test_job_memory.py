"""Memory that runs out: smaller portions, a warning with the numbers, and a clear end."""

import numpy as np
import pytest
import torch

from mfvis_engine.jobs.carrier.memory import JobMemoryError, MemoryLimit, Portions, told_in_words
from mfvis_engine.jobs.events import Learned, Warned
from mfvis_engine.models import Device
from mfvis_engine.models.box_prompted import BoxPromptedNet
from mfvis_engine.training import FineTuner, FineTuneSettings
from tests.jobs.carrier.wishing_desk import WishingDesk
from tests.jobs.disc_job import carried_out
from tests.training.scenes import LENGTH

CPU = Device(torch.device("cpu"), bfloat16=False)
EXHAUSTED = [
    MemoryError(),
    np._core._exceptions._ArrayMemoryError((10**6, 10**6), np.dtype(float)),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nmore"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory"),
    RuntimeError("could not create a primitive"),
]


def test_portions_shrink_to_the_smallest_and_no_further():
    portions, seen = Portions.of(FineTuneSettings()), []
    while portions:
        seen.append((portions.tubes_per_step, portions.most_tubes, portions.crops_at_once))
        portions = portions.smaller()
    assert seen == [(4, 240, 32), (2, 120, 16), (1, 60, 8), (1, 30, 4), (1, 15, 2), (1, 8, 1)]
    assert Portions(1, 3, 1).smaller() is None


@pytest.mark.parametrize("error", EXHAUSTED)
def test_work_is_tried_again_smaller_and_the_portions_that_fit_stay(error):
    desk = WishingDesk()
    limit = MemoryLimit(Portions(4, 240), CPU, desk)

    def work(portions):
        if portions.tubes_per_step > 1:
            raise error
        return portions.most_tubes

    assert limit.within(work) == 60
    assert limit.portions == Portions(1, 60, 8)
    first, second = (event.message for event in desk.events)
    assert "4 tubes a step, 240 tubes in memory and 32 crops at once" in first
    assert "Going on with 2 tubes a step, 120 tubes in memory and 16 crops" in first
    assert "Going on with 1 tubes" in second
    assert "more" not in first


def test_at_the_smallest_it_gives_up_with_a_clear_error():
    limit = MemoryLimit(Portions(1, 8, 1), CPU, WishingDesk())
    with pytest.raises(JobMemoryError, match=r"cpu.*even with 1 tubes a step.*Close what else"):
        limit.within(lambda _: (_ for _ in ()).throw(MemoryError("no room")))


def test_other_errors_come_through():
    with pytest.raises(RuntimeError, match="shapes"):
        MemoryLimit(Portions(4, 240), CPU, WishingDesk()).within(
            lambda _: (_ for _ in ()).throw(RuntimeError("shapes"))
        )


def test_a_job_trains_and_predicts_smaller_where_memory_runs_out(tmp_path, monkeypatch):
    step, forward = FineTuner._train_step, BoxPromptedNet.forward

    def train_step(tuner, done):
        if tuner.settings.tubes_per_step > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return step(tuner, done)

    def narrow_forward(net, inputs):
        if not torch.is_grad_enabled() and len(inputs) > 4:
            raise MemoryError("no room")
        return forward(net, inputs)

    monkeypatch.setattr(FineTuner, "_train_step", train_step)
    monkeypatch.setattr(BoxPromptedNet, "forward", narrow_forward)
    desk = carried_out(tmp_path)
    assert [event.message.count("ran out of memory") for event in desk.of(Warned)] == [1, 1, 1]
    assert "4 crops at once" in desk.of(Warned)[-1].message
    assert desk.of(Learned)[0].steps == 10
    assert sorted(desk.frames()) == list(range(LENGTH))


def test_work_that_has_no_smaller_portions_says_what_needs_less():
    told = r"cpu.* has too little memory \(CUDA out of memory\)\. Take less\."
    with pytest.raises(JobMemoryError, match=told), told_in_words(CPU, "Take less."):
        raise torch.OutOfMemoryError("CUDA out of memory\nand much more")
    with pytest.raises(RuntimeError, match="a fault"), told_in_words(CPU, "Take less."):
        raise RuntimeError("a fault")
