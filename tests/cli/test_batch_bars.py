import functools
import io
from pathlib import Path

import pytest
from rich.console import Console

from mfvis_engine.actions.batch_report import Ending, Made, Outcome
from mfvis_engine.cli import batch_bars
from mfvis_engine.cli.batch_bars import BatchBars
from mfvis_engine.jobs.events import Finished, Progress, Queued, Stage, Started, Warned

WALK, SWIM = Path("clips/[bold] walk.mfvis"), Path("clips") / f"{'swim' * 40}.mfvis"
MADE = Made(run_id="r", mask_count=12, track_count=1, frame_count=12, device="cpu")


@pytest.fixture
def drawn(monkeypatch):
    """A function that tells bars of two projects, and returns what they drew."""

    def draw(*, is_terminal):
        out = io.StringIO()
        console = functools.partial(Console, file=out, force_terminal=is_terminal, width=120, color_system=None)
        monkeypatch.setattr(batch_bars, "Console", lambda stderr, highlight: console())
        with BatchBars(2) as bars:
            _tell(bars)
        return out.getvalue()

    return draw


def _tell(bars):
    bars.began(WALK)
    bars.began(SWIM)
    bars.repaired(SWIM, "a change was finished")
    for event in (
        Queued(),
        Started(attempt=1, device="cpu"),
        Progress(stage=Stage.READING, fraction_done=0.5),
        Progress(stage=Stage.TRAINING, fraction_done=0.5, step=150),
    ):
        bars.told(WALK, event)
    bars.sent(SWIM, 5, 10)
    bars._progress.refresh()
    bars.told(WALK, Warned("It rains."))
    bars.told(WALK, Progress(stage=Stage.PREDICTING, fraction_done=0.5, step=6))
    bars.told(WALK, Finished())
    bars.ended(Outcome(WALK, Ending.SEGMENTED, 61.4, MADE))
    bars.ended(Outcome(SWIM, Ending.FAILED, reason="It sank."))


LINES = [
    f"Warning: {SWIM}: A change was finished.",
    f"Warning: '{WALK}': It rains.",
    f"1 of 2  segmented  '{WALK}': 12 masks in 61 s",
    f"2 of 2  failed  {SWIM}: It sank.",
]


def test_each_project_in_hand_has_a_bar_and_each_that_ended_a_line(drawn):
    text = drawn(is_terminal=True)
    assert "[bold] walk" in text
    assert "Training, step 150" in text
    assert "Sending the video" in text
    assert "0 of 2 projects" in text
    assert all(line in text for line in LINES)
    assert max(map(len, [line for line in text.splitlines() if "Sending" in line])) <= 200  # the long name is cut there


def test_in_a_log_file_there_are_only_lines(drawn):
    assert drawn(is_terminal=False).splitlines() == LINES
