"""A process that is killed while it exports leaves whole files or none."""

import multiprocessing
import time
from itertools import count

import numpy as np

from mfvis_engine.annotation import Annotations, Keyframe, Track, interpolate
from mfvis_engine.formats import coco_vis, read_davis, write_davis
from mfvis_engine.formats.cell_tracking import read_cell_tracking, write_cell_tracking

LENGTH, KILLS = 12, 4


def masks():
    labels = np.zeros((LENGTH, 40, 60), np.uint16)
    for frame_index in range(LENGTH):
        labels[frame_index, 5:25, frame_index : frame_index + 20] = 3
    return labels


def version(number):
    """One of two datasets, told apart by the category."""
    annotations = Annotations((Track(3, f"version {number}", (Keyframe(0, (0, 0, 9, 9)),)),))
    boxes = interpolate(annotations, LENGTH)
    return coco_vis.single_video_dataset("a", masks(), annotations, boxes, height=40, width=60)


def export_for_ever(folder):
    versions = [version(0), version(1)]
    for number in count():
        coco_vis.write_ground_truth(folder / "gt.json", versions[number % 2])
        write_davis(folder / f"davis{number}", masks())
        write_cell_tracking(folder / f"cells{number}", masks(), [3])
        (folder / "rounds.txt").write_text(str(number + 1))


def test_every_export_is_whole_after_a_kill(tmp_path):
    random = np.random.default_rng(0)
    for kill in range(KILLS):
        folder = tmp_path / str(kill)
        folder.mkdir()
        process = multiprocessing.get_context("spawn").Process(target=export_for_ever, args=(folder,))
        process.start()
        deadline = time.monotonic() + 60
        while not (folder / "rounds.txt").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(random.uniform(0, 0.2))
        process.kill()
        process.join()
        assert (folder / "davis0").is_dir()
        assert coco_vis.read_ground_truth(folder / "gt.json") in (version(0), version(1))
        for davis in folder.glob("davis*"):
            np.testing.assert_array_equal(list(read_davis(davis)), masks())
        for cells in folder.glob("cells*"):
            np.testing.assert_array_equal(list(read_cell_tracking(cells).label_masks()), masks())
