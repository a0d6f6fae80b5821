"""Folders of engines: temporary ones go, kept ones keep what was learned."""

import os

import pytest

from mfvis_engine.jobs.cluster.home import Home, KeptFolder
from mfvis_engine.jobs.errors import EngineError


def test_homes_of_running_engines_stay():
    first, second = Home(), Home()
    assert first.folder.exists()
    first.close()
    second.close()
    assert not first.folder.exists()


def test_what_was_learned_is_there_when_a_kept_folder_is_served_again(tmp_path):
    kept = KeptFolder(tmp_path / "kept")
    for name in ("blobs", "clips", "jobs", "workers", "certificates"):
        (kept.folder / name).mkdir()
    kept.close()
    kept.close()
    again = KeptFolder(tmp_path / "kept")
    assert {path.name for path in again.folder.iterdir() if path.is_dir()} == {"blobs", "clips"}
    assert again.folder.stat().st_mode & 0o077 == 0 or os.name == "nt"
    again.close()


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "jobs").mkdir()
    with pytest.raises(EngineError, match="not of an engine"):
        KeptFolder(tmp_path)
    assert (tmp_path / "jobs").exists()
