"""The button with the real engine: it starts, learns, and its masks arrive; nothing of it is left."""

import psutil
import pytest

from mfvis_engine.project import RunStatus, check_project
from mfvis_napari.messages import Messages
from mfvis_napari.slices import Slices
from mfvis_napari.training import Trainer, TrainingSettings
from mfvis_napari.training.advance import Phase
from tests.gui.clip import LENGTH


@pytest.mark.gui
@pytest.mark.slow
def test_masks_are_learned_and_arrive(session, qtbot, project_path):
    trainer = Trainer(Slices(), Messages())
    endings, advances, previews = [], [], []
    trainer.ended.connect(endings.append)
    trainer.advanced.connect(advances.append)
    trainer.previewed.connect(lambda *preview: previews.append(preview))
    trainer.start(session, TrainingSettings(steps=2, device="cpu"))
    qtbot.waitUntil(lambda: bool(endings), timeout=120_000)
    assert endings[0].text.startswith(f"{LENGTH} frames, "), endings[0]
    phases = list(dict.fromkeys(advance.phase for advance in advances))
    assert {Phase.STARTING, Phase.READING, Phase.LEARNING, Phase.PREDICTING} <= set(phases)
    assert previews
    assert session.read_masks(0)[10:20, 10:20].any()
    assert session.project.runs()[-1].status is RunStatus.FINISHED
    processes = [child for child in psutil.Process().children(recursive=True) if not _is_pythons_own(child)]
    assert processes
    trainer.close()
    trainer.wait_closed()
    assert psutil.wait_procs(processes, timeout=10)[1] == []
    assert check_project(project_path).findings == ()


def _is_pythons_own(process):
    """The tracker that multiprocessing starts with its first process, and keeps."""
    return any("resource_tracker" in argument for argument in process.cmdline())
