from types import SimpleNamespace

import pytest

from mfvis_napari.messages import Messages
from mfvis_napari.workspace import Workspace


class Layers:
    """Stands for the layers of a window, and tells what was asked of them."""

    def __init__(self):
        self.called = []
        self.boxes = self._named("boxes", "begin_drawing", "begin_selecting")
        self.masks = self._named("masks", "begin_painting")

    def _named(self, layer, *names):
        def noting(name):
            return lambda **how: self.called.append(f"{layer}.{name}")

        return SimpleNamespace(**{name: noting(name) for name in names})


class AtOnce:
    """Stands for slices of time: does all at once."""

    def run(self, steps, *, on_error, on_end):
        try:
            for _ in steps:
                pass
        except Exception as error:
            on_error(error)
        else:
            on_end()


def make_desk(session):
    """What a workspace is to actions, without a window."""
    asked, said = [], []
    messages = Messages()
    messages.said.connect(said.append)
    desk = SimpleNamespace(
        session=session,
        layers=Layers(),
        messages=messages,
        slices=AtOnce(),
        requested=SimpleNamespace(emit=asked.append),
        asked=asked,
        said=said,
        player=SimpleNamespace(toggle=lambda: asked.append("toggle")),
    )
    desk.walk = lambda *args: Workspace.walk(desk, *args)
    return desk


@pytest.fixture
def desk(session):
    return make_desk(session)


@pytest.fixture
def empty_desk():
    """No project is open."""
    return make_desk(None)
