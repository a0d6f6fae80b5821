"""Small datasets and models to train with the actions and the command line."""

import dataclasses
import json

import torch

from mfvis_engine.actions.vis_training import CocoVisSource
from mfvis_engine.models.video_mask2former import VideoMask2Former, load_video_model
from mfvis_engine.training.synthetic_videos import SyntheticVideoSettings, write_dataset
from mfvis_engine.training.vis.settings import SMALL, VisTrainSettings, changed_settings
from tests.models.video_mask2former.shapes import SMALL as SMALL_MODEL

VIDEOS = SyntheticVideoSettings(height=32, width=48, length=4, most_objects=2, diameters_px=(14, 20), bar_probability=0)
CHANGES = {
    "steps": "3",
    "clips_per_step": "2",
    "precision": "float32",
    "clips.frames": "2",
    "clips.short_sides": "[32]",
    "objective.temporal_delay_steps": "0",
    "objective.temporal_warmup_steps": "0",
    "optimizer.warmup_steps": "1",
}
SETTINGS: VisTrainSettings = changed_settings(SMALL, CHANGES)


def coco_vis(folder):
    """Two videos with boxes, as COCO-VIS."""
    files = write_dataset(folder, VIDEOS, 0, train_count=2, held_out_count=0)
    return CocoVisSource(files.train_boxes, files.frames_dir)


def class_names_of(source):
    return tuple(one["name"] for one in json.loads(source.json_path.read_text(encoding="utf-8"))["categories"])


def small_model(*class_names):
    torch.manual_seed(7)
    return VideoMask2Former(dataclasses.replace(SMALL_MODEL, class_names=class_names))


def class_row(folder, name):
    """What a trained model's class head has learned of a class."""
    model = load_video_model(folder / "model.safetensors")
    return model.head.decoder.head.classes.weight[model.config.class_names.index(name)].detach()
