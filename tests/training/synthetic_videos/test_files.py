import json
import sys

import numpy as np
import pytest

from mfvis_engine.actions.training_sets import coco_vis_set
from mfvis_engine.formats.coco_vis import check_ground_truth, read_boxes, read_ground_truth
from mfvis_engine.formats.frame_folder import PictureFormat
from mfvis_engine.training.synthetic_videos import (
    CLASS_NAMES,
    Split,
    SyntheticVideoSettings,
    make_video,
    write_dataset,
)
from mfvis_engine.training.synthetic_videos.__main__ import main

SMALL = SyntheticVideoSettings(height=64, width=96, length=3, diameters_px=(20, 30))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic") / "set"
    return write_dataset(folder, SMALL, 4, train_count=3, held_out_count=2, picture_format=PictureFormat.PNG)


def test_the_boxes_file_has_no_mask_and_reads_back(files, textures):
    content = json.loads(files.train_boxes.read_text(encoding="utf-8"))
    assert all("segmentations" not in annotation for annotation in content["annotations"])
    read = coco_vis_set(files.train_boxes, files.frames_dir)
    assert read.class_names == CLASS_NAMES
    for index, video in enumerate(read.videos):
        expected = make_video(SMALL, textures[Split.TRAIN], 4, index)
        assert video.name == expected.name
        assert np.array_equal(video.boxes_xyxy, expected.boxes_xyxy, equal_nan=True)
        assert np.array_equal(video.class_index, expected.class_index)
        assert np.array_equal(video.read_frame(1), expected.frames_rgb[1])
        assert video.read_masks(1) == {}
    assert len(read.videos) == 3
    assert len(read_boxes(files.train_boxes, "train_00001").tracks) == len(read.videos[1].class_index)


def test_the_files_with_masks_are_sound(files, textures):
    for path, split, count in ((files.train_masks, Split.TRAIN, 3), (files.held_out, Split.HELD_OUT, 2)):
        assert check_ground_truth(path) == []
        assert len(read_ground_truth(path).videos) == count
        video = coco_vis_set(path, files.frames_dir).videos[0]
        expected = make_video(SMALL, textures[split], 4, 0)
        for row, mask in video.read_masks(2).items():
            assert np.array_equal(mask, expected.masks[row, 2])
        assert sorted(video.read_masks(2)) == np.flatnonzero(expected.present[:, 2]).tolist()


def test_the_command_line(tmp_path, monkeypatch, capsys):
    out = tmp_path / "set"
    words = ["synthetic_videos", str(out), "--train", "1", "--held-out", "1", "--length", "2"]
    monkeypatch.setattr(sys, "argv", words)
    main()
    assert "1 + 1 videos" in capsys.readouterr().out
    assert len(list((out / "JPEGImages").glob("*/*.jpg"))) == 4
    assert read_ground_truth(out / "held_out.json").videos[0].name == "held_out_00000"
