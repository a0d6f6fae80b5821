"""A small folder of pictures as the video, and a project about it with two annotated tracks."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.project import Project

LENGTH, HEIGHT, WIDTH = 4, 6, 8


def write_pictures(folder: Path, length: int = LENGTH, shape: tuple[int, int] = (HEIGHT, WIDTH)) -> Path:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(length):
        picture = rng.integers(0, 256, (*shape, 3), np.uint8)
        Image.fromarray(picture).save(folder / f"{index:03}.png")
    return folder


@pytest.fixture
def memory_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where the system has one: killing a process loses nothing of what a disk still waits for."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="mfvis-tests-") as folder:
        yield Path(folder)


@pytest.fixture
def video_path(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "clip")


@pytest.fixture
def annotations() -> Annotations:
    return Annotations(
        (
            Track(1, "cell", (Keyframe(0, (0, 0, 4, 4)), Keyframe(3, (1.5, 0.25, 5, 4), occluded=True))),
            Track(7, "Zelle ü", (Keyframe(1, (3, 1, 8, 6)), Keyframe(2, (3, 1, 8, 6), outside=True))),
            Track(65535, "cell", ()),
        )
    )


@pytest.fixture
def project(tmp_path: Path, video_path: Path, annotations: Annotations) -> Iterator[Project]:
    with Project.create(tmp_path / "walk", video_path) as made:
        made.replace_annotations(annotations)
        yield made
