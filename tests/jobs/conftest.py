"""A board, and a file for jobs that look at no frame."""

import pytest

from mfvis_engine.jobs.board.board import Board


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "walk.mp4"
    path.write_bytes(b"film")
    return path


@pytest.fixture
def board(tmp_path):
    (tmp_path / "board").mkdir()
    return Board(tmp_path / "board")
