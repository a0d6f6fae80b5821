"""A job that is killed and carried out again in the same folder ends with the very masks of an undisturbed one."""

import subprocess
import sys
from pathlib import Path

import pytest

from mfvis_engine.jobs.events import Learned, Progress, Stage
from tests.jobs.disc_job import LONG_ENOUGH_TO_SAVE, NotingDesk, carried_out
from tests.training.scenes import LENGTH

ROOT = Path(__file__).parents[3]


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def undisturbed(one_thread, tmp_path_factory):
    return carried_out(tmp_path_factory.mktemp("undisturbed"), limits=LONG_ENOUGH_TO_SAVE).frames()


def killed(folder, part):
    """Kills a job in a process of its own when it has come to a part; returns the frames that it had told."""
    command = [sys.executable, "-m", "tests.jobs.disc_job", str(folder), part]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as process:
        told = []
        while (line := process.stdout.readline().strip()) != "here":
            assert line, "the job ended before it was killed"
            told.append(int(line))
        process.kill()
    return told


@pytest.mark.parametrize("part", ["training", "learned", "predicting"])
def test_killed_and_gone_on_with_it_ends_with_the_same_masks(undisturbed, tmp_path, part):
    told = killed(tmp_path, part)
    assert len(told) == (1 if part == "predicting" else 0)
    desk = carried_out(tmp_path, NotingDesk(tmp_path, attempt=2, done=frozenset(told)), limits=LONG_ENOUGH_TO_SAVE)
    assert sorted([*told, *desk.frames()]) == list(range(LENGTH))
    assert desk.frames() == {t: masks for t, masks in undisturbed.items() if t not in told}
    assert desk.of(Learned)[0].steps == LONG_ENOUGH_TO_SAVE.steps
    steps = [progress.step for progress in desk.of(Progress) if progress.stage is Stage.TRAINING]
    assert bool(steps) == (part == "training")
    assert min(steps, default=101) > 100  # where it was saved
