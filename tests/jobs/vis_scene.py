"""Projects of moving squares, and a model for many videos that takes a few hundredths of a second a step."""

import dataclasses

import msgspec
import numpy as np
import torch

from mfvis_engine.annotation import Annotations, Keyframe, Track
from mfvis_engine.jobs.video_model import VideoModel
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import VideoMask2Former
from mfvis_engine.models.video_mask2former.checkpoint import save_video_model
from mfvis_engine.project import Project
from mfvis_engine.training.vis.objective_settings import ObjectiveSettings
from mfvis_engine.training.vis.optimization import OptimizerSettings
from mfvis_engine.training.vis.sampling import ClipSettings
from mfvis_engine.training.vis.settings import Precision, VisTrainSettings
from tests.models.video_mask2former.shapes import SMALL

CPU = Device(torch.device("cpu"), bfloat16=False)
CLASS_NAMES = ("ape", "bee", "cat")
LENGTH, HEIGHT, WIDTH = 5, 32, 48
SAVED_EVERY_STEPS = 5
SETTINGS = VisTrainSettings(
    steps=4,
    clips_per_step=2,
    precision=Precision.FLOAT32,
    average_decay=0.9,
    save_every_steps=SAVED_EVERY_STEPS,
    clips=ClipSettings(frames=2, frame_range=2, short_sides=(32,)),
    objective=ObjectiveSettings(mask_point_count=50),
    optimizer=OptimizerSettings(learning_rate=1e-3, warmup_steps=2),
)
EVERYTHING = {"min_candidate_score": 0.0, "join": {"min_new_score": 0.0}, "short_side": 32, "window_frames": 4}
EVERYTHING |= {"overlap_frames": 2}
"""How to look at a video so that even an untrained model finds something."""


def settings_json(**changes):
    return msgspec.json.encode(dataclasses.replace(SETTINGS, **changes)).decode("utf-8")


def project_of(folder, index):
    """The folder of a project of two squares, with the keyframes of their boxes; clip `index` shows its own."""
    rng = np.random.default_rng(index)
    frames = rng.integers(60, 70, (LENGTH, HEIGHT, WIDTH, 3), np.uint8)
    tracks = []
    for row, category in enumerate((CLASS_NAMES[index], CLASS_NAMES[-1])):
        x, y, side = int(rng.integers(20)), int(rng.integers(12)), 10 + 4 * row
        boxes = [(x + 2 * t, y, x + 2 * t + side, y + side) for t in range(LENGTH)]
        for frame, (x0, y0, x1, y1) in zip(frames, boxes, strict=True):
            frame[y0:y1, x0:x1, row] += 120
        tracks.append(Track(row + 1, category, (Keyframe(0, boxes[0]), Keyframe(LENGTH - 1, boxes[-1]))))
    folder.mkdir(exist_ok=True)
    path = folder / f"video{index}.npy"
    np.save(path, frames)
    with Project.create(folder / f"video{index}.mfvis", path) as project:
        project.replace_annotations(Annotations(tuple(tracks)))
        return project.path


def small_model(class_names=CLASS_NAMES):
    torch.manual_seed(0)
    return VideoMask2Former(dataclasses.replace(SMALL, class_names=tuple(class_names)))


def kept(desk, model):
    """A model among the blobs of a desk."""
    path = desk.folder / "given" / "model.safetensors"
    save_video_model(path, model)
    return VideoModel(desk.keep_blob(path), path.with_suffix(".json").read_text(encoding="utf-8"))


def weights(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def assert_same_weights(one, other):
    """Bit by bit."""
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []
