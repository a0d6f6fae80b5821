"""A small clip with boxes and exact masks, a project about it, and a network small enough to train in a test."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from mfvis_engine.actions import demo
from mfvis_engine.cli.app import app
from mfvis_engine.formats import write_davis
from mfvis_engine.inference import predict_video
from mfvis_engine.jobs.carrier import prediction, weights
from mfvis_engine.models import BoxPromptedConfig, BoxPromptedNet
from mfvis_engine.project import Project
from mfvis_engine.sample import SampleClip

LENGTH, HEIGHT, WIDTH = 4, 48, 64

BOXES = """track_id,frame,x0,y0,x1,y1,category
1,0,4,4,20,20,cell
1,3,10,4,26,20,cell
3,1,36,20,56,44,egg
3,3,36,20,56,44,egg
"""


@pytest.fixture
def run(monkeypatch):
    """A function that runs `mfvis` with the words given, and returns exit code and output."""
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words])


@pytest.fixture
def video_path(tmp_path):
    """A folder of noisy pictures with two brighter squares where the boxes are."""
    folder = tmp_path / "clip"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(LENGTH):
        picture = rng.integers(0, 60, (HEIGHT, WIDTH, 3), np.uint8)
        picture[4:20, 4 + 2 * index : 20 + 2 * index, 0] += 150
        picture[20:44, 36:56, 1] += 150
        Image.fromarray(picture).save(folder / f"{index:03}.png")
    return folder


@pytest.fixture
def boxes_path(tmp_path):
    path = tmp_path / "boxes.csv"
    path.write_text(BOXES, encoding="utf-8")
    return path


@pytest.fixture
def empty_project(tmp_path, video_path):
    """The path of a project without boxes."""
    path = tmp_path / "walk.mfvis"
    Project.create(path, video_path).close()
    return path


@pytest.fixture
def boxed_project(run, empty_project, boxes_path):
    """The path of a project with boxes and without masks."""
    assert run("boxes", "import", empty_project, boxes_path).exit_code == 0
    return empty_project


@pytest.fixture
def masked_project(boxed_project):
    """The path of a project with masks from a run: the two squares, with the scores 0.5 and 0.9."""
    with Project.open(boxed_project) as project:
        writer = project.create_run({"made": "by a test"}, [1, 3])
        for frame_index in range(LENGTH):
            writer.write_frame(frame_index, true_labels(frame_index), [0.5, 0.9 if frame_index else 0])
        writer.finish()
        project.merge_run(writer.run_id)
    return boxed_project


@pytest.fixture
def tiny_net(monkeypatch):
    """Puts a network of a few thousand weights in the place of the one that is shipped."""
    net = make_tiny_net()
    monkeypatch.setattr(weights, "load_net", lambda: net)
    return net


@pytest.fixture
def predicted_labels(monkeypatch, tiny_net):
    """A function that takes a function from frame index to label mask, and lets the prediction be that."""

    def predict_so(labels_of_frame):
        def predict(net, video, boxes, device, frames):
            for frame in predict_video(net, video, boxes, device, frames):
                frame.labels[:] = labels_of_frame(frame.frame_index)
                frame.scores[:] = np.isin(boxes.track_ids, frame.labels)
                yield frame

        monkeypatch.setattr(prediction, "predict_video", predict)

    return predict_so


@pytest.fixture
def sample(monkeypatch, tmp_path, video_path, boxes_path):
    """Puts the small clip in the place of the sample clip."""
    masks_dir = tmp_path / "truth"
    write_davis(masks_dir, map(true_labels, range(LENGTH)))
    clip = SampleClip(video_path, boxes_path, masks_dir)
    monkeypatch.setattr(demo, "sample_clip", lambda: clip)
    return clip


@pytest.fixture
def at_engine(engine, tmp_path):
    """The options that name the engine that the file's fixture `engine` started."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    own = engine.credentials
    for path, name in ((own.authority, "authority.pem"), (own.certificate, "client.pem"), (own.key, "client.key")):
        shutil.copyfile(path, folder / name)
    return "--engine", engine.address, "--certificates", folder


def make_tiny_net() -> BoxPromptedNet:
    """The same network of a few thousand weights every time."""
    torch.manual_seed(0)
    return BoxPromptedNet(BoxPromptedConfig(widths=(8, 8, 8), crop_size=32))


def true_labels(frame_index: int) -> np.ndarray:
    """The exact masks of a frame, (H, W); the egg comes in frame 1."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    labels[4:20, 4 + 2 * frame_index : 20 + 2 * frame_index] = 1
    if frame_index:
        labels[20:44, 36:56] = 3
    return labels


def said(text: str | Path) -> str:
    """The text without line breaks and runs of spaces."""
    return " ".join(str(text).split())


def format_of(path: Path) -> str | None:
    """The format of a picture."""
    with Image.open(path) as picture:
        return picture.format
