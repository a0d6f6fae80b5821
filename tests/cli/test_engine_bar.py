"""The bar of a job on an engine, on a terminal and elsewhere."""

import io

import pytest
from rich.console import Console

from mfvis_engine.cli import engine_bar
from mfvis_engine.cli.engine_bar import EngineBar
from mfvis_engine.jobs.events import Progress, Queued, Stage, Started, Warned
from tests.cli.conftest import said

STEPS = 250


@pytest.fixture
def bar_on(monkeypatch):
    """A function that gives a bar on a terminal or none, and what is written there."""

    def made(*, terminal):
        console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
        monkeypatch.setattr(engine_bar, "Console", lambda **_: console)
        return EngineBar(), console.file

    return made


def trained(step):
    return Progress(stage=Stage.TRAINING, fraction_done=step / STEPS, step=step, loss=3.126)


def shown(bar):
    (task,) = bar._progress.tasks
    return task.description, task.completed, task.total, task.fields["count"], task.fields["note"]


def test_one_thing_is_shown_after_another(bar_on):
    bar, _ = bar_on(terminal=True)
    with bar:
        assert shown(bar) == ("Starting", 0, None, "", "")
        bar.sending(300_000, 2_000_000)
        assert shown(bar) == ("Sending", 300_000, 2_000_000, "300 kB of 2.0 MB", "")
        bar(Queued())
        assert shown(bar) == ("Waiting for a worker", 0, None, "", "")
        bar(Started(attempt=1, device="cpu"))
        assert shown(bar) == ("Starting", 0, None, "", "")
        bar(trained(7))
        assert shown(bar) == ("Training", 7, STEPS, f"7/{STEPS} steps", "loss 3.13")
        bar(Progress(stage=Stage.PREDICTING, fraction_done=0.0))
        assert shown(bar)[0] == "Training"
        bar(Progress(stage=Stage.PREDICTING, fraction_done=0.5, step=4))
        assert shown(bar) == ("Predicting", 4, 8, "4/8 frames", "")


def test_without_a_terminal_there_is_a_line_for_a_hundred_steps_though_some_are_not_told(bar_on):
    bar, written = bar_on(terminal=False)
    with bar:
        bar(Started(attempt=1, device="cpu"))
        for step in (1, 40, 99, 101, 160, 130, 199, 205, 249, STEPS):  # a worker that was lost goes back
            bar(trained(step))
    lines = written.getvalue().splitlines()
    assert [line.partition(",")[0] for line in lines] == [f"step {step} of {STEPS}" for step in (101, 205, STEPS)]
    assert lines[0] == f"step 101 of {STEPS}, loss 3.13, 0 s"


def test_a_terminal_gets_no_lines(bar_on):
    bar, written = bar_on(terminal=True)
    with bar:
        bar(trained(STEPS))
    assert "step 250 of" not in written.getvalue()


def test_warnings_are_shown(bar_on, capsys):
    bar, _ = bar_on(terminal=False)
    with bar:
        bar(Warned("The worker was lost."))
    assert "Warning: The worker was lost." in said(capsys.readouterr().err)
