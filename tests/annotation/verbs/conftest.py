import pytest

from .scene import SceneInMemory


@pytest.fixture
def scene():
    return SceneInMemory()
