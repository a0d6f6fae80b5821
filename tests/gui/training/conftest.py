import pytest

from mfvis_napari.messages import Messages
from mfvis_napari.slices import Slices
from mfvis_napari.training import Trainer
from tests.gui.training.scripted import ScriptedEngine


class Desk:
    """A trainer with an engine that does as the test says, and all that it tells."""

    def __init__(self, session, qtbot):
        self.session, self.qtbot = session, qtbot
        self.messages, self.slices, self.engines = Messages(), Slices(), []
        self.trainer = Trainer(self.slices, self.messages, make_engine=self.make_engine)
        self.told, self.endings, self.pasts = [], [], []
        self.trainer.ended.connect(self.endings.append)
        self.trainer.past_told.connect(self.pasts.append)
        self.messages.said.connect(self.told.append)

    def make_engine(self, preferences):
        self.engines.append(ScriptedEngine())
        return self.engines[-1]

    @property
    def job(self):
        return self.engines[-1].job

    @property
    def _job_count(self):
        return sum(len(engine.handles) for engine in self.engines)

    def start(self, settings=None, *, jobs=1):
        """Begins, and returns the job once the engine has it."""
        self.trainer.start(self.session, settings)
        self.until(lambda: self._job_count == jobs and self.trainer._training._handle is self.job)
        return self.job

    def run(self, settings=None, *events, jobs=1):
        """A whole training; returns how it ended."""
        self.start(settings, jobs=jobs).tell(*events)
        self.until(lambda: not self.trainer.is_running)
        return self.endings[-1]

    def until(self, condition):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=5000)

    def newest_run(self):
        return self.session.project.runs()[-1]


@pytest.fixture
def desk(session, qtbot):
    made = Desk(session, qtbot)
    yield made
    made.trainer.close()
    made.trainer.wait_closed()
