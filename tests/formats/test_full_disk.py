"""A disk that takes no more: every writer says so with one typed error, and leaves what was there."""

import sys
from contextlib import contextmanager

import numpy as np
import pytest

from mfvis_engine.formats import (
    WriteError,
    coco_vis,
    write_bdd100k,
    write_box_csv,
    write_cell_tracking,
    write_coco_vid,
    write_cvat_video,
    write_davis,
    write_frames,
    write_mot,
    write_mot_labels,
    write_mots,
)
from mfvis_engine.formats.frame_folder import PictureFormat
from mfvis_engine.video import ArrayVideo
from tests.formats.conftest import HEIGHT, LENGTH, WIDTH

if sys.platform == "win32":
    pytest.skip("the size of files cannot be limited", allow_module_level=True)

import resource

VIDEO = coco_vis.CocoVisVideo.of_size(1, "clip", width=WIDTH, height=HEIGHT, length=LENGTH)
FRAMES = np.random.default_rng(0).integers(0, 256, (2, 20, 30, 3)).astype(np.uint8)


@contextmanager
def small_files_only():
    """No file of this process may have more than 200 bytes, for one call only: the log of the tests is one too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def write_results(path, dataset):
    coco_vis.write_results(path, [track.as_result(0.5) for track in dataset.tracks], dataset)


WRITERS = {
    "a.csv": lambda path, dataset, annotations, masks: write_box_csv(path, annotations),
    "gt.txt": lambda path, dataset, annotations, masks: write_mot(path, annotations, length=LENGTH),
    "labels.txt": lambda path, dataset, annotations, masks: write_mot_labels(path, map(str, range(200))),
    "a.xml": lambda path, dataset, annotations, masks: write_cvat_video(path, annotations, VIDEO),
    "vis.json": lambda path, dataset, annotations, masks: coco_vis.write_ground_truth(path, dataset),
    "results.json": lambda path, dataset, annotations, masks: write_results(path, dataset),
    "results.zip": lambda path, dataset, annotations, masks: write_results(path, dataset),
    "vid.json": lambda path, dataset, annotations, masks: write_coco_vid(path, annotations, VIDEO, masks),
    "bdd.json": lambda path, dataset, annotations, masks: write_bdd100k(path, annotations, VIDEO, masks),
    "mots.txt": lambda path, dataset, annotations, masks: write_mots(path, masks, annotations),
    "davis": lambda path, dataset, annotations, masks: write_davis(path, masks),
    "cells": lambda path, dataset, annotations, masks: write_cell_tracking(path, masks, (2, 7)),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_cannot_grow_is_named_and_nothing_is_left(tmp_path, name, dataset, annotations, label_masks):
    path = tmp_path / name
    if path.suffix:
        path.write_text("the last export")
    message = r"cannot be written \(File too large\)\. \d+ bytes had been written"
    with pytest.raises(WriteError, match=message) as caught, small_files_only():
        WRITERS[name](path, dataset, annotations, label_masks)
    assert str(path) in str(caught.value)
    assert [left.read_text() for left in tmp_path.iterdir()] == (["the last export"] if path.suffix else [])


@pytest.mark.parametrize("picture_format", PictureFormat)
def test_pictures_that_cannot_grow_are_named_and_nothing_is_left(tmp_path, picture_format):
    with pytest.raises(WriteError, match=r"clip cannot be written \(File too large"), small_files_only():
        write_frames(tmp_path, ArrayVideo(FRAMES), "clip", picture_format)
    assert not list(tmp_path.iterdir())
