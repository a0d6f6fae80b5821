"""What the window remembers, for the next window too."""

import pytest
from qtpy.QtCore import QSettings

from mfvis_napari.memory import MAX_RECENT, Memory


@pytest.fixture
def memory():
    return Memory()


def test_nothing_is_remembered_at_first(memory):
    assert (memory.recent_projects, memory.last_folder, memory.own_keys) == ((), None, {})
    assert not memory.is_folded("Project")


def test_recent_projects_are_newest_first_and_few(memory, tmp_path):
    paths = [tmp_path / f"{number}.mfvis" for number in range(MAX_RECENT + 1)]
    for path in [*paths, paths[3]]:
        memory.remember_project(path)

    found = Memory().recent_projects
    assert len(found) == MAX_RECENT
    assert found[:3] == (paths[3], paths[-1], paths[-2])
    assert paths[0] not in found

    memory.forget_project(paths[3])
    assert Memory().recent_projects[0] == paths[-1]


def test_a_folder_that_is_gone_is_forgotten(memory, tmp_path):
    memory.last_folder = tmp_path
    assert Memory().last_folder == tmp_path
    memory.last_folder = tmp_path / "gone"
    assert Memory().last_folder is None


def test_keys_and_folded_sections_are_kept(memory):
    memory.own_keys = {"boxes.keyframe": ("Y",), "whole.help": ()}
    memory.set_folded("Train", folded=True)
    memory.set_folded("Export", folded=True)
    memory.set_folded("Train", folded=False)

    again = Memory()
    assert again.own_keys == {"boxes.keyframe": ("Y",), "whole.help": ()}
    assert [title for title in ("Train", "Export") if again.is_folded(title)] == ["Export"]


def test_the_model_for_many_videos_is_kept(memory, tmp_path):
    assert (memory.model, memory.released_classes, memory.min_score) == (None, None, None)
    memory.model, memory.released_classes, memory.min_score = tmp_path / "a.pth", "cell, dish", 0.55
    again = Memory()
    assert (again.model, again.released_classes, again.min_score) == (tmp_path / "a.pth", "cell, dish", 0.55)
    memory.min_score = 7
    assert memory.min_score is None  # no score


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"a": 3}', "null"])
def test_what_cannot_be_read_is_as_if_never_kept(memory, text):
    settings = QSettings(QSettings.defaultFormat(), QSettings.Scope.UserScope, "mfvis", "mfvis-napari")
    for name in ("recent_projects", "last_folder", "own_keys", "folded"):
        settings.setValue(name, text)
    settings.sync()

    assert (memory.recent_projects, memory.last_folder, memory.own_keys) == ((), None, {})
    assert not memory.is_folded("Project")
